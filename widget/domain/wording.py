"""How an instant reads in an answer. Instants are epoch minutes; strings are remembered, because lists repeat them."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Words(NamedTuple):
    """`2027-01-15T10:00:00-08:00`, `2027-01-15T18:00:00Z`, `10:00 AM PST`."""

    local: str
    utc: str
    display: str


@lru_cache(65536)
def words(zone: str, minute: int) -> Words:
    """The three readings of an instant in a zone."""
    local = datetime.fromtimestamp(minute * 60, ZoneInfo(zone))
    clock = f"{local.hour % 12 or 12}:{local.minute:02} {'AM' if local.hour < 12 else 'PM'}"
    return Words(local.isoformat(), utc(minute), f"{clock} {_abbreviation(local)}")


@lru_cache(65536)
def slot(zone: str, start: int, end: int) -> tuple[str, str, str, str]:
    """`start_time`, `start_time_utc`, `end_time_utc` and `display_time` of a slot."""
    local, start_utc, display = words(zone, start)
    return local, start_utc, utc(end), display


@lru_cache(65536)
def utc(minute: int) -> str:
    """`2027-01-15T18:00:00Z`."""
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def of(instant: datetime, zone: str) -> Words:
    """The readings of an aware instant on a whole minute."""
    return words(zone, int(instant.timestamp()) // 60)


def _abbreviation(local: datetime) -> str:
    """The zone's letters at that instant; zones without letters read `GMT+5:45`."""
    name = local.tzname() or ""
    if name[:1] not in "+-":
        return name
    sign, hours, minutes = name[0], int(name[1:3]), name[3:5]
    return f"GMT{sign}{hours}" + (f":{minutes}" if minutes not in ("", "00") else "")
