"""Wall clock and instants: the two edges of the slot engine, which itself counts epoch minutes (UTC)."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# The pinned tzdata package wins over whatever the machine has (which may be old, and knows a zone "localtime").
zoneinfo.reset_tzpath(to=())

DAY = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


@lru_cache(1)
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_zone(name: str) -> bool:
    """Whether this is a zone of the pinned tzdata. Compares names only; nothing is opened."""
    return name in _names()


@lru_cache(1024)
def zone(name: str) -> ZoneInfo:
    """The zone of that name; ValueError for anything that `is_zone` refuses."""
    if not is_zone(name):
        raise ValueError(f"unknown time zone: {name[:64]!r}")
    return ZoneInfo(name)


@lru_cache(65536)
def local_minute(zone_name: str, date_ordinal: int, minute: int) -> int:
    """Epoch minute of a wall time given as minutes since local midnight (1440 and more: a later date).

    A repeated wall time means its first occurrence; one in a gap takes the offset before the gap (PEP 495, fold=0).
    """
    day = date.fromordinal(date_ordinal + minute // DAY)
    hour, rest = divmod(minute % DAY, 60)
    return (datetime(day.year, day.month, day.day, hour, rest, tzinfo=zone(zone_name)) - _EPOCH) // _MINUTE


@lru_cache(65536)
def local_date(zone_name: str, epoch_minute: int) -> int:
    """Ordinal of the local date on which an instant falls."""
    return (_EPOCH + epoch_minute * _MINUTE).astimezone(zone(zone_name)).toordinal()


@lru_cache(65536)
def offset_at(zone_name: str, epoch_minute: int) -> int:
    """Minutes to add to an instant to read its wall clock in that zone."""
    offset = (_EPOCH + epoch_minute * _MINUTE).astimezone(zone(zone_name)).utcoffset()
    assert offset is not None
    return offset // _MINUTE


def minutes(instant: datetime) -> float:
    """Epoch minutes of an aware datetime, seconds as a fraction: what the engine takes as `now`."""
    return (instant - _EPOCH) / _MINUTE


def floor_minute(instant: datetime) -> int:
    """Epoch minute in which an aware datetime falls."""
    return (instant - _EPOCH) // _MINUTE


def instant(epoch_minute: int) -> datetime:
    """The aware UTC datetime of an epoch minute."""
    return _EPOCH + epoch_minute * _MINUTE
