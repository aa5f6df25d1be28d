"""Answering what was found: the appointment follows the calendar, or the calendar shows the appointment again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from calendarsync.domain.changes import in_reach
from calendarsync.domain.events import Outside, whole_minutes
from calendarsync.enums import Answer, Found
from calendarsync.errors import AlreadyAnswered, CannotAccept
from calendarsync.models import Attention, Mirror
from calendarsync.services import changes, findings
from scheduling.selectors import blocks

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from tenants.models import Business


def accept(*, business: Business, attention: Attention, now: datetime, by: Actor) -> None:
    """Do to the appointment what was done to its event, on top of others if need be. Clients are told as always.

    Something else in the calendar is only taken note of. Raises `AlreadyAnswered`, `CannotAccept` for what no
    appointment can be like, and whatever a move or a cancellation by staff raises.
    """
    if attention.answer != Answer.OPEN:
        raise AlreadyAnswered()
    if attention.found == Found.RESHAPED:
        raise CannotAccept()
    if attention.found == Found.MOVED:
        _move(business, attention, by=by, now=now)
    if attention.found == Found.DELETED:
        _cancel(business, attention, by=by, now=now)
    findings.close(attention, Answer.ACCEPTED, now=now, by=by.name)


def revert(*, attention: Attention, now: datetime, by: Actor) -> None:
    """Have the calendar show the appointment as it is booked. Raises `AlreadyAnswered`."""
    findings.close(attention, Answer.REVERTED, now=now, by=by.name)
    if attention.found == Found.OVERLAP:
        return
    mirror = _mirror(attention)
    if mirror is not None:
        changes.put_back(mirror, _seen(attention, mirror), now=now)


def _move(business: Business, attention: Attention, *, by: Actor, now: datetime) -> None:
    mirror = _mirror(attention)
    to = whole_minutes((attention.starts_at, attention.ends_at)) if attention.starts_at and attention.ends_at else None
    if mirror is None or to is None or not in_reach(to):
        raise CannotAccept()
    seen = _seen(attention, mirror)
    for seat in blocks.seats(attention.block_id):
        changes.move_there(business, mirror, seen, seat, to, by=by, now=now, answering=True)


def _cancel(business: Business, attention: Attention, *, by: Actor, now: datetime) -> None:
    mirror = _mirror(attention)
    if mirror is None:
        raise CannotAccept()
    for seat in blocks.seats(attention.block_id):
        changes.cancel(business, mirror, _seen(attention, mirror), seat, by=by, now=now, answering=True)


def _mirror(attention: Attention) -> Mirror | None:
    found = Mirror.objects.select_related("calendar__connection").filter(connection=attention.connection)
    return found.filter(block_id=attention.block_id).first()


def _seen(attention: Attention, mirror: Mirror) -> Outside:
    """The event as it was found; if it has changed since, writing over it is refused and it is looked at again."""
    gone = attention.found == Found.DELETED
    return Outside(
        mirror.event_id, etag=attention.etag, cancelled=gone, start=attention.starts_at, end=attention.ends_at
    )
