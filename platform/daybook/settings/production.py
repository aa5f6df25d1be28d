"""Production: refuses to start with anything missing, default or unsafe."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from daybook.settings.base import *
from daybook.settings.base import (
    BASE_DOMAIN,
    LINK_KEY,
    PLATFORM_URL,
    SECRET_KEY,
    SECRETS_KEYS,
    STRIPE_SECRET_KEY,
    STRIPE_THIN_SECRETS,
    STRIPE_WEBHOOK_SECRETS,
)
from daybook.settings.env import integer, text

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
TRUSTED_PROXIES = integer("TRUSTED_PROXIES", 1)


def _problems() -> list[str]:
    found = []
    sealing = [("SECRETS_KEYS", key) for key in SECRETS_KEYS or [""]]
    for name, value in (("SECRET_KEY", SECRET_KEY), ("LINK_KEY", LINK_KEY), *sealing):
        if len(value) < 40 or value.startswith(("demo-only-", "test-only-", "django-insecure-")):
            found.append(f"{name} is missing, short or a default")
    if SECRET_KEY == LINK_KEY:
        found.append("LINK_KEY must differ from SECRET_KEY")
    if {SECRET_KEY, LINK_KEY} & set(SECRETS_KEYS):
        found.append("SECRETS_KEYS must differ from SECRET_KEY and LINK_KEY")
    found += [
        f"{name} is missing" for name in ("DATABASE_URL", "REDIS_URL", "SMTP_HOST", "MAIL_FROM") if not text(name)
    ]
    if text("OAUTHLIB_INSECURE_TRANSPORT"):
        found.append("OAUTHLIB_INSECURE_TRANSPORT is set")
    if text("DEBUG") not in ("", "0"):
        found.append("DEBUG is on")
    if BASE_DOMAIN == "localhost" or "." not in BASE_DOMAIN:
        found.append("BASE_DOMAIN is missing")
    found += [f"{name} must be https" for name in _addresses() if urlsplit(text(name)).scheme != "https"]
    if urlsplit(PLATFORM_URL).scheme != "https":
        found.append("PLATFORM_URL must be https")
    return found + (_stripe_problems() if STRIPE_SECRET_KEY else [])


def _stripe_problems() -> list[str]:
    """Stripe is optional; once there is a key, everything of it must be meant for real money."""
    found = ["STRIPE_SECRET_KEY is a test key"] if STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_")) else []
    secrets = {"STRIPE_WEBHOOK_SECRETS": STRIPE_WEBHOOK_SECRETS, "STRIPE_THIN_SECRETS": STRIPE_THIN_SECRETS}
    for name, values in secrets.items():
        if not values:
            found.append(f"{name} is missing")
        if any(value.startswith("whsec_test_") or len(value) < 20 for value in values):
            found.append(f"{name} has a test secret")
    return found


def _addresses() -> list[str]:
    google = ("GOOGLE_API_BASE", "GOOGLE_AUTH_URI", "GOOGLE_TOKEN_URI", "GOOGLE_REVOKE_URI", "GOOGLE_WEBHOOK_URL")
    return [name for name in ("STRIPE_API_BASE", *google) if text(name)]


if problems := _problems():
    raise ImproperlyConfigured("Daybook does not start: " + "; ".join(problems) + ".")
