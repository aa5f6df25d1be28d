"""The time zones a client may choose from, with what their clocks show."""

import zoneinfo
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import formats


@lru_cache(1)
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_zone(name: str) -> bool:
    """Whether this is a zone of the pinned tzdata; nothing else may reach `ZoneInfo`."""
    return name in _names()


def offset(zone: str, at: datetime) -> int:
    """Minutes to add to UTC at that instant."""
    found = at.astimezone(ZoneInfo(zone)).utcoffset()
    return int(found.total_seconds()) // 60 if found is not None else 0


def same_clock(one: str, other: str, at: datetime) -> bool:
    """Whether clocks of both zones show the same at that instant."""
    return one == other or offset(one, at) == offset(other, at)


def is_repeated(instant: datetime, zone: str) -> bool:
    """Whether this instant's wall time happens twice, because clocks go back around it."""
    local = instant.astimezone(ZoneInfo(zone))
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def abbreviation(instant: datetime, zone: str) -> str:
    """`EST`; `UTC+03:30` where the zone has no letters."""
    local = instant.astimezone(ZoneInfo(zone))
    name = local.tzname() or ""
    if name.isalpha():
        return name
    digits = local.strftime("%z")
    return f"UTC{digits[:3]}" + ("" if digits[3:] == "00" else f":{digits[3:]}")


def city(zone: str) -> str:
    """`New York`."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def label(zone: str, now: datetime, hours: int) -> str:
    """`Eastern Time — New York (9:41 am)`."""
    language = get_language()
    return f"{formats.zone_label(zone, now, language)} ({formats.clock(now, zone, language, hours=hours)})"


def options(chosen: str, suggested: list[str], now: datetime, hours: int) -> SafeString:
    """The options of the zone list: the chosen and the suggested zones by their long names, then all by continent."""
    top = format_html('<option value="{}" selected>{}</option>', chosen, label(chosen, now, hours))
    others = [(zone, label(zone, now, hours)) for zone in suggested if zone != chosen]
    more = format_html_join("", '<option value="{}">{}</option>', others)
    minute = int(now.timestamp()) // 60
    return format_html("{}{}{}", top, more, _all(minute, hours, get_language() or "en"))


@lru_cache(8)
def _all(minute: int, hours: int, language: str) -> SafeString:
    now = datetime.fromtimestamp(minute * 60, UTC)
    groups = (
        format_html(
            '<optgroup label="{}">{}</optgroup>', title,
            format_html_join(
                "", '<option value="{}">{} ({})</option>',
                ((zone, city(zone), formats.clock(now, zone, language, hours=hours)) for zone in zones),
            ),
        )
        for title, zones in _groups(language)
    )  # fmt: skip
    return format_html_join("", "{}", ((group,) for group in groups))


@lru_cache(8)
def _groups(language: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    titles = {
        "America": _("America"),
        "Europe": _("Europe"),
        "Asia": _("Asia"),
        "Africa": _("Africa"),
        "Australia": _("Australia"),
        "Pacific": _("Pacific"),
        "Atlantic": _("Atlantic"),
        "Indian": _("Indian Ocean"),
        "Antarctica": _("Antarctica"),
    }
    zones = sorted(_canonical(), key=city)
    found = [(title, tuple(z for z in zones if z.startswith(f"{region}/"))) for region, title in titles.items()]
    return (*found, (_("Other"), ("UTC",)))


@lru_cache(1)
def _canonical() -> tuple[str, ...]:
    """One zone for each region whose clocks have agreed since 1970 (tzdata's own list)."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone1970.tab").read_text()
    names = (line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#"))
    return tuple(name for name in names if is_zone(name))
