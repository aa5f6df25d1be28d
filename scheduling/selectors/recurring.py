"""Recurring times as instants: the arithmetic of `domain.recurrence` for those above."""

from __future__ import annotations

from datetime import datetime

from scheduling.domain.recurrence import FEWEST, LONGEST, MOST, MOST_EVERY, Recurrence, shift_between, shifted, starts
from scheduling.domain.zones import floor_minute, instant

__all__ = ("FEWEST", "LONGEST", "MOST", "MOST_EVERY", "Recurrence", "recurring", "same_shift")


def recurring(zone: str, first: datetime, recurrence: Recurrence) -> list[datetime]:
    """The starts from `first` on, at the same wall time of `zone`."""
    return [instant(minute) for minute in starts(zone, floor_minute(first), recurrence)]


def same_shift(zone: str, old: datetime, new: datetime, start: datetime) -> datetime:
    """Where `start` goes when it moves by the same dates and minutes of the day as `old` does to `new`."""
    shift = shift_between(zone, floor_minute(old), floor_minute(new))
    return instant(shifted(zone, floor_minute(start), shift))
