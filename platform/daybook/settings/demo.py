"""`./dev up`: a whole platform on this machine. Same code paths as production; the clock can be set."""

from daybook.settings.base import *
from daybook.settings.env import integer, text, words

SECRET_KEY = text("SECRET_KEY", "demo-only-" + "k" * 50)
LINK_KEY = text("LINK_KEY", "demo-only-" + "l" * 50)
SECRETS_KEYS = words("SECRETS_KEYS", "demo-only-" + "e" * 50)
SETTABLE_CLOCK = text("SETTABLE_CLOCK", "1") == "1"
PORT = integer("PORT", 8000)
PLATFORM_URL = text("PLATFORM_URL", f"http://localhost:{PORT}")
SHOW_STYLEGUIDE = True
OUTSIDE_PRIVATE_ALLOWED = True  # the sandbox is on this machine
