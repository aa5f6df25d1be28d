"""What a change of our event in an outside calendar means for its appointment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calendarsync.domain.events import Outside, Span, span, whole_minutes

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Between which an appointment can be."""


class Verdict(StrEnum):
    """`NOTHING`: it is ours, or does not matter. `PUT_BACK`: the calendar shall show what is booked."""

    NOTHING = "nothing"
    PUT_BACK = "put_back"
    MOVE = "move"
    CANCEL = "cancel"
    ASK_MOVED = "ask_moved"
    ASK_DELETED = "ask_deleted"
    ASK_RESHAPED = "ask_reshaped"


@dataclass(frozen=True, slots=True)
class Booked:
    """What is booked. `seats`: how many clients; `live`: whether it takes place; `paid`: whether money was taken."""

    start: datetime
    end: datetime
    seats: int = 1
    live: bool = True
    paid: bool = False


def judge(event: Outside, *, etag: str, pushed: Span, booked: Booked, apply: bool, zone: str, now: datetime) -> Verdict:
    """What to do about our event as it is now in the calendar.

    `etag` and `pushed` are what we last wrote or accepted. A cancelled appointment has no event; after its start an
    appointment stands, whatever the calendar says. With `apply` a move is followed and a deletion cancels one client
    who has not paid; whatever concerns more clients, or money, is asked.
    """
    if not booked.live:
        return Verdict.NOTHING if event.cancelled else Verdict.PUT_BACK
    if not event.cancelled and etag and event.etag == etag:
        return Verdict.NOTHING
    if now >= booked.start:
        return Verdict.NOTHING
    if event.cancelled:
        return Verdict.CANCEL if apply and booked.seats == 1 and not booked.paid else Verdict.ASK_DELETED
    if event.all_day or event.repeats:
        return Verdict.ASK_RESHAPED
    seen = span(event, zone)
    if (seen is None and not event.unreadable) or seen in (pushed, (booked.start, booked.end)):
        return Verdict.NOTHING
    if (booked.start, booked.end) != pushed:
        return Verdict.PUT_BACK
    return Verdict.MOVE if apply and booked.seats == 1 and seen and _bookable(seen) else Verdict.ASK_MOVED


def in_reach(seen: Span) -> bool:
    """Whether the years are such that an appointment can be then."""
    return seen[0].year >= FIRST_YEAR and seen[1].year <= LAST_YEAR


def _bookable(seen: Span) -> bool:
    whole = whole_minutes(seen)
    return whole is not None and in_reach(whole) and 5 <= (whole[1] - whole[0]).total_seconds() / 60 <= 24 * 60
