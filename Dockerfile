# One image for migrations, web, worker and beat; the command decides.
FROM python:3.12.11-slim-bookworm AS build
WORKDIR /source
RUN pip install --no-cache-dir hatchling==1.27.0
COPY . .
RUN python -m hatchling build --target wheel --directory /wheel

FROM python:3.12.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=daybook.settings.production \
    STATIC_ROOT=/srv/daybook/static \
    ASSETS_DIR=/srv/daybook/assets \
    MEDIA_ROOT=/srv/daybook/media
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/daybook --create-home daybook
COPY requirements/app.txt /tmp/app.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/app.txt
COPY --from=build /wheel /tmp/wheel
RUN pip install --no-cache-dir --no-deps /tmp/wheel/*.whl
USER daybook
WORKDIR /srv/daybook
# Production settings start with a full environment only; these values serve the two commands and stay in no layer.
RUN mkdir -p "$STATIC_ROOT" "$ASSETS_DIR" "$MEDIA_ROOT" \
    && export SECRET_KEY="$(head -c 48 /dev/urandom | base64)" LINK_KEY="$(head -c 48 /dev/urandom | base64)" \
        SECRETS_KEYS="$(head -c 48 /dev/urandom | base64)" \
        DATABASE_URL=postgresql://build/build REDIS_URL=redis://build SMTP_HOST=build MAIL_FROM=build@build.example \
        BASE_DOMAIN=build.example PLATFORM_URL=https://build.example \
    && daybook build_assets \
    && daybook collectstatic --noinput --verbosity 0
EXPOSE 8000
ENV WEB_CONCURRENCY=4
CMD ["gunicorn", "daybook.wsgi:application", "--bind", "0.0.0.0:8000", "--preload", "--worker-class", "gthread", \
     "--threads", "2", "--max-requests", "5000", "--max-requests-jitter", "500", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
