"""Daybook's template tags: badges, people, money, durations, dates, brand and colour scheme. `{% load ui %}`."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from daybook.core import crypto, formats, icons, media, theme
from daybook.core.badges import badge_of
from daybook.core.charts import Bar, bar_chart

register = template.Library()

SCHEMES = ("auto", "light", "dark")
_KINDS = {"debug": "info", "info": "info", "success": "good", "warning": "warn", "error": "bad"}
_ALERT_ICONS = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert", "info": "info", "": "info"}
_HUES = ("teal", "orange", "violet", "blue", "pink", "green", "gold", "slate")


@register.simple_tag(takes_context=True)
def color_scheme(context: Context) -> str:
    """The reader's own choice (cookie set by theme.js), or `auto`: safe to print into data-theme."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in SCHEMES else "auto"


@register.simple_tag
def brand_url(business: Any) -> str:
    """The address of the business's brand stylesheet; its name changes with the colour."""
    return f"/brand-{theme.digest(getattr(business, 'brand_color', '') or theme.DEFAULT_BRAND)}.css"


@register.simple_tag
def brand_color(business: Any, mode: str = "light") -> str:
    """The fill colour, for <meta name=theme-color> and mails."""
    color = getattr(business, "brand_color", "") or theme.DEFAULT_BRAND
    return theme.tokens(color, "dark" if mode == "dark" else "light")["brand"]


@register.simple_tag
def brand_tokens(business: Any) -> dict[str, str]:
    """`{% brand_tokens business as brand %}`: the light tokens with underscores, for mails and documents."""
    color = getattr(business, "brand_color", "") or theme.DEFAULT_BRAND
    return {name.replace("-", "_"): value for name, value in theme.tokens(color, "light").items()}


@register.simple_tag
def badge(status: str, text: str = "") -> SafeString:
    """`{% badge booking.status %}`: icon and words of a status; `text` replaces the words ("$70 due")."""
    found = badge_of(str(status))
    classes = "badge" + (f" badge--{found.kind}" if found.kind else "") + (" badge--struck" if found.struck else "")
    return format_html('<span class="{}">{}<span>{}</span></span>', classes, icon(found.icon), text or found.text)


@register.simple_tag
def icon(name: str, css: str = "i") -> SafeString:
    """A Lucide icon whose name is only known at run time."""
    return icons.icon(name, css)


@register.filter
def status_icon(status: str) -> str:
    """The Lucide name of a status, for calendar events."""
    return badge_of(str(status)).icon


@register.filter
def status_text(status: str) -> str:
    """The words of a status, without markup."""
    return str(badge_of(str(status)).text)


@register.filter
def alert_kind(level: str) -> str:
    """Django's message level to an alert kind."""
    return _KINDS.get(level, "info")


@register.filter
def alert_icon(kind: str) -> str:
    """The icon of an alert kind."""
    return _ALERT_ICONS.get(kind, "info")


@register.filter
def media_url(name: str) -> str:
    """The address of a public file (logo, photo) on its business's host."""
    return media.public_url(name)


@register.filter
def initials(name: str) -> str:
    """`Ana Duarte` → `AD`; one or two letters."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    picked = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0].upper() for word in picked)


@register.filter
def person_name(user: Any) -> str:
    """A user's name, or the e-mail address when none is known."""
    name = getattr(user, "name", "") or (user.get_full_name() if hasattr(user, "get_full_name") else "")
    return str(name or getattr(user, "email", "") or "")


@register.filter
def hue(index: int) -> str:
    """The hue class of the n-th person: `p-teal`, `p-orange`, … (eight, then again)."""
    return f"p-{_HUES[int(index) % len(_HUES)]}"


@register.filter
def money(amount: int | None, currency: str) -> str:
    """`{{ 9500|money:"usd" }}` → `$95.00`; minor units."""
    return "" if amount is None else formats.money(int(amount), currency, get_language())


@register.filter
def percent(value: Decimal | int | str) -> str:
    """`{{ 50|percent }}` → `50%`."""
    return formats.percent(value, get_language())


@register.filter
def price(amount: int | None, currency: str) -> str:
    """As `money`, but whole amounts without decimals: `$95`."""
    return "" if amount is None else formats.money(int(amount), currency, get_language(), short=True)


@register.filter
def duration(minutes: int | None) -> str:
    """`{{ 90|duration }}` → `1 h 30 min`."""
    return "" if minutes is None else formats.duration(int(minutes))


@register.filter
def day(value: date | datetime, zone: str = "UTC") -> str:
    """`Thu 12 Nov`; an instant is read in `zone`."""
    return formats.day(_local_date(value, zone), get_language())


@register.filter
def day_year(value: date | datetime, zone: str = "UTC") -> str:
    """`Thu 12 Nov 2026`."""
    return formats.day(_local_date(value, zone), get_language(), year=True)


@register.filter
def long_day(value: date | datetime, zone: str = "UTC") -> str:
    """`Thursday, 12 November`."""
    return formats.long_day(_local_date(value, zone), get_language())


@register.filter
def clock(value: datetime, zone: str = "UTC") -> str:
    """`10:30 am` on the wall of `zone`."""
    return formats.clock(value, zone, get_language())


@register.simple_tag
def clock_time(value: datetime, zone: str, hours: int | None = None) -> str:
    """As the filter `clock`, with `hours=12` or `hours=24`."""
    return formats.clock(value, zone, get_language(), hours=hours)


@register.simple_tag
def when(start: datetime, end: datetime, zone: str, hours: int | None = None) -> str:
    """`Thu 12 Nov, 10:30 – 11:30 am`."""
    return formats.when(start, end, zone, get_language(), hours=hours)


@register.simple_tag
def time_span(start: datetime, end: datetime, zone: str, hours: int | None = None) -> str:
    """`10:30 – 11:30 am`."""
    return formats.span(start, end, zone, get_language(), hours=hours)


@register.simple_tag
def zone_label(zone: str, at: datetime) -> str:
    """`Eastern Time — New York`."""
    return formats.zone_label(zone, at, get_language())


@register.simple_tag
def bars(points: list[Bar | Mapping[str, Any]], label: str) -> SafeString:
    """An SVG bar chart with a hidden table: `points` as `daybook.core.charts.Bar` or dicts of its fields."""
    return bar_chart([point if isinstance(point, Bar) else Bar(**point) for point in points], label)


@register.filter
def fingerprint(text: str) -> str:
    """By which a form says what text it was opened with."""
    return crypto.fingerprint(text)


@register.filter
def upto(count: int) -> range:
    """1 to `count`, for loops."""
    return range(1, int(count) + 1)


@register.filter
def words(text: str) -> list[str]:
    """`{% for name in "a b c"|words %}`."""
    return text.split()


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """`{{ mapping|get:key }}`."""
    return mapping.get(key)


def _local_date(value: date | datetime, zone: str) -> date:
    return value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value
