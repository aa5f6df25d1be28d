"""The test run: real PostgreSQL and Valkey, mail kept in memory unless a test starts the sandbox."""

from daybook.settings.base import *
from daybook.settings.base import REDIS_URL
from daybook.settings.env import celery_url, text

SECRET_KEY = "test-only-" + "k" * 50
LINK_KEY = "test-only-" + "l" * 50
SECRETS_KEYS = ["test-only-" + "e" * 50]
SETTABLE_CLOCK = True
SHOW_STYLEGUIDE = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = (
    True  # looks when asked; else each client of a test would look through all of STATIC_ROOT first
)
PLATFORM_URL = "http://localhost"
OUTBOX_WAKE = False
CALENDAR_SILENCE_SECONDS = 0
ROUTING_CACHE_SECONDS = 0.0
CELERY_BROKER_URL = text("BROKER_URL", celery_url(REDIS_URL))
