"""Which slugs a business may have. A slug is the first label of its host: `<slug>.<base domain>`."""

import re
import unicodedata
from enum import StrEnum

SHORTEST, LONGEST = 3, 63

RESERVED = frozenset(
    [
        "about",
        "abuse",
        "account",
        "accounts",
        "admin",
        "administrator",
        "api",
        "app",
        "apps",
        "assets",
        "auth",
        "autoconfig",
        "autodiscover",
        "beta",
        "billing",
        "blog",
        "book",
        "booking",
        "bookings",
        "calendar",
        "cdn",
        "client",
        "clients",
        "console",
        "contact",
        "dashboard",
        "daybook",
        "demo",
        "dev",
        "developer",
        "developers",
        "dns",
        "docs",
        "domain",
        "download",
        "email",
        "enter",
        "events",
        "example",
        "favicon",
        "feed",
        "files",
        "forum",
        "ftp",
        "gateway",
        "get",
        "git",
        "go",
        "graphql",
        "health",
        "help",
        "home",
        "hosting",
        "host",
        "hostmaster",
        "http",
        "https",
        "id",
        "imap",
        "img",
        "images",
        "info",
        "internal",
        "invitations",
        "invoice",
        "invoices",
        "isatap",
        "legal",
        "live",
        "local",
        "localhost",
        "localdomain",
        "login",
        "logout",
        "mail",
        "mailbox",
        "mailer",
        "manage",
        "marketing",
        "mcp",
        "media",
        "metrics",
        "mobile",
        "mta",
        "mx",
        "my",
        "new",
        "news",
        "newsletter",
        "noc",
        "none",
        "noreply",
        "ns",
        "ns1",
        "ns2",
        "ns3",
        "null",
        "oauth",
        "official",
        "operations",
        "operator",
        "ops",
        "page",
        "pages",
        "pay",
        "payment",
        "payments",
        "platform",
        "pop",
        "pop3",
        "portal",
        "postgres",
        "postmaster",
        "press",
        "preview",
        "pricing",
        "privacy",
        "private",
        "prod",
        "production",
        "proxy",
        "public",
        "root",
        "sandbox",
        "sales",
        "schema",
        "search",
        "secure",
        "security",
        "server",
        "settings",
        "shop",
        "signin",
        "signup",
        "sites",
        "smtp",
        "ssl",
        "sso",
        "staff",
        "staging",
        "stage",
        "start",
        "static",
        "stats",
        "status",
        "store",
        "stripe",
        "subdomain",
        "sudo",
        "support",
        "sys",
        "sysadmin",
        "system",
        "team",
        "template",
        "template-business",
        "tenant",
        "tenants",
        "terms",
        "test",
        "testing",
        "tls",
        "tools",
        "undefined",
        "update",
        "upload",
        "usenet",
        "user",
        "users",
        "uucp",
        "v1",
        "v2",
        "vpn",
        "web",
        "webhook",
        "webhooks",
        "webmail",
        "webmaster",
        "widget",
        "widgets",
        "wpad",
        "ws",
        "www",
        "www1",
        "www2",
        "www3",
        "your",
    ]
)

_ALLOWED = re.compile(r"[a-z0-9-]+")
_SPELLED_OUT = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i",
        "&": " and ", "'": "", "’": "",
    }
)  # fmt: skip


class Problem(StrEnum):
    """Why a slug is refused."""

    EMPTY = "empty"
    SHORT = "short"
    LONG = "long"
    NOT_ASCII = "not_ascii"
    UPPER_CASE = "upper_case"
    CHARACTERS = "characters"
    HYPHEN_AT_END = "hyphen_at_end"
    PUNYCODE = "punycode"
    PG_PREFIX = "pg_prefix"
    RESERVED = "reserved"
    NUMBER = "number"


def problem(slug: str) -> Problem | None:
    """The first rule that the slug breaks, None when it is good."""
    if not slug:
        return Problem.EMPTY
    return _problem_of_characters(slug) or _problem_of_name(slug)


def _problem_of_characters(slug: str) -> Problem | None:
    if not slug.isascii():
        return Problem.NOT_ASCII
    if slug.lower().startswith("pg_"):
        return Problem.PG_PREFIX
    if slug != slug.lower():
        return Problem.UPPER_CASE
    return None if _ALLOWED.fullmatch(slug) else Problem.CHARACTERS


def _problem_of_name(slug: str) -> Problem | None:
    if len(slug) > LONGEST:
        return Problem.LONG
    if slug in RESERVED:
        return Problem.RESERVED
    if len(slug) < SHORTEST:
        return Problem.SHORT
    if slug.startswith("-") or slug.endswith("-"):
        return Problem.HYPHEN_AT_END
    if slug[2:4] == "--":  # `xn--…` and its kind mean something else to browsers (RFC 5891)
        return Problem.PUNYCODE
    return Problem.NUMBER if slug.isdigit() else None


def suggest(name: str) -> str:
    """A slug made of a business's name: transliterated where Unicode allows it; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_SPELLED_OUT)).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")
    if not slug:
        return ""
    return slug if problem(slug) is None else f"{slug[: LONGEST - 7].strip('-')}-studio"
