"""What demo, test and production have in common. Differences are URLs, keys and strictness, never code paths."""

import zoneinfo
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from whitenoise.compress import Compressor

from daybook.settings.env import celery_url, database, integer, text, words

PACKAGE_DIR = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE_DIR.parents[1]
BASE_DIR = CHECKOUT if (CHECKOUT / "pyproject.toml").exists() else PACKAGE_DIR  # the wheel carries templates and static
zoneinfo.reset_tzpath(to=())  # the pinned tzdata package wins over the system's copy

SECRET_KEY = text("SECRET_KEY")
LINK_KEY = text("LINK_KEY")
SECRETS_KEYS = words("SECRETS_KEYS")  # newest first: the first encrypts, all decrypt
DEBUG = False
SETTABLE_CLOCK = False

BASE_DOMAIN = text("BASE_DOMAIN", "localhost")
PLATFORM_URL = text("PLATFORM_URL", f"http://{BASE_DOMAIN}")
TRUSTED_PROXIES = integer("TRUSTED_PROXIES", 0)
OUTSIDE_PRIVATE_ALLOWED = False  # whether addresses that people typed may lie in our own network: demo and test only
ALLOWED_HOSTS = ["*"]  # hosts are decided by TenantMiddleware: an unknown one is 404, never a default
USE_X_FORWARDED_HOST = False

SHARED_APPS = [
    "tenants.apps.TenantsConfig",  # before django_tenants: `migrate` is ours
    "django_tenants",
    "daybook.core.apps.CoreConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "ninja",
    "django_htmx",
    "csp",
    "daybook.dashboard.apps.DashboardConfig",
    "daybook.ops.apps.OpsConfig",
    "widget.apps.WidgetConfig",
]
TENANT_APPS = ["scheduling.apps.SchedulingConfig", "billing.apps.BillingConfig", "calendarsync.apps.CalendarSyncConfig"]
INSTALLED_APPS = SHARED_APPS + TENANT_APPS

TENANT_MODEL = "tenants.Business"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
TENANT_TEMPLATE_SCHEMA = "template_business"
DATABASES = {"default": database(text("DATABASE_URL", "postgresql:///daybook"))}
DATABASE_ROUTERS = ("django_tenants.routers.TenantSyncRouter",)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOCK_TIMEOUT_MS = 2000
ROUTING_CACHE_SECONDS = 2.0

MIDDLEWARE = [
    "daybook.core.http.middleware.RequestIdMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.middleware.TenantMiddleware",
    "widget.middleware.KnownAddressMiddleware",
    "widget.middleware.PublicCorsMiddleware",
    "daybook.core.http.middleware.SecurityHeadersMiddleware",
    "daybook.core.http.csp.PolicyMiddleware",
    "daybook.core.languages.middleware.LanguageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.MemberMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "daybook.core.http.middleware.ErrorMiddleware",
]
ROOT_URLCONF = "daybook.urls_tenant"
PUBLIC_SCHEMA_URLCONF = "daybook.urls_public"
WSGI_APPLICATION = "daybook.wsgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "daybook.core.http.context.page",
                "daybook.dashboard.nav.nav",
            ]
        },
    }
]
FORM_RENDERER = "daybook.core.forms.Renderer"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(text("STATIC_ROOT", str(BASE_DIR / ".local" / "static")))
ASSETS_DIR = Path(text("ASSETS_DIR", str(BASE_DIR / ".local" / "assets")))
LOCALE_PATHS = [ASSETS_DIR.with_name("locale")]  # compiled by build_assets from BASE_DIR/locale
STATICFILES_DIRS = [BASE_DIR / "static", *([ASSETS_DIR] if ASSETS_DIR.is_dir() else [])]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "daybook.core.staticfiles.Storage"},
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")  # large, and for developers only
MEDIA_ROOT = Path(text("MEDIA_ROOT", str(BASE_DIR / ".local" / "media")))
MEDIA_URL = "/media/"

REDIS_URL = text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    }
}
CELERY_BROKER_URL = text("BROKER_URL", celery_url(REDIS_URL))
CELERY_RESULT_BACKEND = text("RESULT_URL", celery_url(REDIS_URL))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "relay": {"task": "daybook.core.outbox.tasks.relay", "schedule": 5.0, "options": {"headers": {"schema": "public"}}},
    "sweep": {
        "task": "daybook.core.outbox.tasks.sweep",
        "schedule": 3600.0,
        "options": {"headers": {"schema": "public"}},
    },
}
CELERY_IMPORTS = ["daybook.core.outbox.tasks"]
OUTBOX_WAKE = True
OUTBOX_PAUSED_SCHEMAS = "tenants.selectors.paused_schemas"

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "tenants.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "tenants.account_forms.LoginForm",
    "reset_password": "tenants.account_forms.ResetPasswordForm",
    "reset_password_from_key": "tenants.account_forms.ResetPasswordKeyForm",
    "change_password": "tenants.account_forms.ChangePasswordForm",
    "add_email": "tenants.account_forms.AddEmailForm",
    "reauthenticate": "tenants.account_forms.PasswordAgainForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whoever owns an account hears of every change to how it is signed in to
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Daybook"
MFA_ADAPTER = "tenants.accounts.MfaAdapter"
MFA_FORMS = {
    "authenticate": "tenants.account_forms.CodeForm",
    "reauthenticate": "tenants.account_forms.CodeAgainForm",
    "activate_totp": "tenants.account_forms.ActivateAppForm",
    "add_webauthn": "tenants.account_forms.AddPasskeyForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = BASE_DOMAIN == "localhost"  # browsers trust it without https, too
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/businesses/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

SESSION_COOKIE_NAME = "daybook_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
CSRF_COOKIE_NAME = "daybook_csrf"
CSRF_FAILURE_VIEW = "daybook.core.http.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

STRIPE_SECRET_KEY = text("STRIPE_SECRET_KEY")  # without it online payment is off
STRIPE_API_BASE = text("STRIPE_API_BASE")  # empty: Stripe itself
STRIPE_WEBHOOK_SECRETS = words("STRIPE_WEBHOOK_SECRETS")  # several while one is being rolled
STRIPE_THIN_SECRETS = words("STRIPE_THIN_SECRETS")  # of the destination for events about accounts
_STRIPE_PAGES = [STRIPE_API_BASE] if STRIPE_API_BASE else ["https://checkout.stripe.com", "https://connect.stripe.com"]

GOOGLE_CLIENT_ID = text("GOOGLE_CLIENT_ID")  # without it nobody is offered to connect a Google calendar
GOOGLE_CLIENT_SECRET = text("GOOGLE_CLIENT_SECRET")
GOOGLE_API_BASE = text("GOOGLE_API_BASE", "https://www.googleapis.com")
GOOGLE_AUTH_URI = text("GOOGLE_AUTH_URI", "https://accounts.google.com/o/oauth2/v2/auth")
GOOGLE_TOKEN_URI = text("GOOGLE_TOKEN_URI", "https://oauth2.googleapis.com/token")
GOOGLE_REVOKE_URI = text("GOOGLE_REVOKE_URI", "https://oauth2.googleapis.com/revoke")
GOOGLE_WEBHOOK_URL = text("GOOGLE_WEBHOOK_URL", f"{PLATFORM_URL}/v1/webhooks/google-calendar")
_GOOGLE_PAGE = "/".join(GOOGLE_AUTH_URI.split("/")[:3])

# Signing in leads a form from the platform to a business and back, paying leads it to Stripe, connecting a calendar to
# Google: browsers count the redirect as part of the form.
_SCHEME = PLATFORM_URL.partition("://")[0]
_OWN_HOSTS = [f"{_SCHEME}://{BASE_DOMAIN}:*", f"{_SCHEME}://*.{BASE_DOMAIN}:*"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": [NONE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [
            *(SELF, *_OWN_HOSTS, *words("FORM_ACTION_ORIGINS")),
            *(_STRIPE_PAGES if STRIPE_SECRET_KEY else ()),
            *([_GOOGLE_PAGE] if GOOGLE_CLIENT_ID else ()),
        ],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = text("SMTP_HOST", "127.0.0.1")
EMAIL_PORT = integer("SMTP_PORT", 25)
EMAIL_HOST_USER = text("SMTP_USER")
EMAIL_HOST_PASSWORD = text("SMTP_PASSWORD")
EMAIL_USE_TLS = text("SMTP_TLS") == "1"
EMAIL_TIMEOUT = 10
MAIL_FROM = text("MAIL_FROM", f"bookings@{BASE_DOMAIN}")
DEFAULT_FROM_EMAIL = f"Daybook <{MAIL_FROM}>"

PLATFORM_FEE_BASIS_POINTS = integer("PLATFORM_FEE_BASIS_POINTS", 0)  # of online payments, unless a plan says otherwise

CALENDAR_SILENCE_SECONDS = 20  # how long nothing more is asked of a calendar vendor that did not answer

PUBLIC_LIMIT_PER_ADDRESS = integer("PUBLIC_LIMIT_PER_ADDRESS", 100)  # a minute, per (business, address)
PUBLIC_LIMIT_PER_BUSINESS = integer("PUBLIC_LIMIT_PER_BUSINESS", 6000)  # a minute

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "daybook.core.logs.Formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.db.backends": {"level": "INFO"},
        "fontTools": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
