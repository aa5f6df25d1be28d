"""Somebody changed our event in the outside calendar: the appointment follows, or somebody is asked.

The event is read again before anything is decided, so a notification that comes late, twice or not at all changes
nothing. Nothing is ever cancelled because a call failed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from calendarsync.domain.changes import Verdict
from calendarsync.domain.events import Outside, Span, span, whole_minutes
from calendarsync.enums import Found, Vendor
from calendarsync.gateways.base import Account, AuthLost, CalendarLost, Gone, Later, Removed
from calendarsync.models import Calendar, Mirror
from calendarsync.services import contents, findings, mirrors, rows
from calendarsync.services.accounts import NotNow, fail, opened
from daybook.core.actors import Actor, ActorKind
from daybook.core.errors import DaybookError, Unavailable
from daybook.core.outbox import Drop
from scheduling.selectors import blocks
from scheduling.services import moves, transitions
from scheduling.services.moves import Move
from tenants.selectors import members

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business

ASKED = {
    Verdict.ASK_MOVED: Found.MOVED,
    Verdict.ASK_DELETED: Found.DELETED,
    Verdict.ASK_RESHAPED: Found.RESHAPED,
}


def settle(*, business: Business, mirror_id: UUID, now: datetime) -> None:
    """Read our event and do what follows from it."""
    mirror = Mirror.objects.select_related("calendar__connection").filter(pk=mirror_id).first()
    if mirror is None:
        raise Drop("nothing is mirrored there any more")
    with opened(mirror.calendar.connection) as account:
        seen, sure = _look(account, mirror, now)
        if seen.cancelled and (not sure or _carried_elsewhere(account, mirror, now)):
            verdict = Verdict.PUT_BACK
        else:
            verdict = mirrors.judged(mirror, seen, blocks.seats(mirror.block_id), now=now)
    _act(business, mirror, seen, verdict, now)


def remove(*, mirror_id: UUID, event_id: str, now: datetime) -> None:
    """Take an event that does not stand for its block any more out of the mirror's calendar."""
    mirror = Mirror.objects.select_related("calendar__connection").filter(pk=mirror_id).first()
    if mirror is None or mirror.event_id == event_id:
        raise Drop("it stands for its block")
    with opened(mirror.calendar.connection) as account:
        answer = account.remove(mirror.calendar.external_id, event_id)
    if not isinstance(answer, Removed):
        fail(answer, mirror.calendar.connection, mirror.calendar, now=now)


def _look(account: Account, mirror: Mirror, now: datetime) -> tuple[Outside, bool]:
    """The event, and whether it is sure what became of it: one that Google does not know may not have been deleted."""
    connection, calendar = mirror.calendar.connection, mirror.calendar
    seen = account.look(calendar.external_id, mirror.event_id)
    if isinstance(seen, Outside):
        return seen, True
    if not isinstance(seen, Gone):
        fail(seen, connection, calendar, now=now)
    listed = account.calendars()
    if not isinstance(listed, list):
        fail(listed, connection, calendar, now=now)
    if all(one.id != calendar.external_id for one in listed):
        fail(CalendarLost("not listed any more"), connection, calendar, now=now)
    return Outside(mirror.event_id, cancelled=True), False


def _carried_elsewhere(account: Account, mirror: Mirror, now: datetime) -> bool:
    """Whether the event was moved to another calendar of the account: that is no deletion. It is taken out there.

    While one of them does not answer nobody knows, so it is asked again later.
    """
    others = Calendar.objects.filter(connection=mirror.calendar.connection, gone_at__isnull=True)
    for other in others.exclude(pk=mirror.calendar_id).order_by("-counts", "-writable", "pk"):
        seen = account.look(other.external_id, mirror.event_id)
        if isinstance(seen, Later | AuthLost):
            fail(seen, mirror.calendar.connection, other, now=now)
        if isinstance(seen, Outside) and not seen.cancelled:
            answer = account.remove(other.external_id, mirror.event_id)
            if not isinstance(answer, Removed):
                fail(answer, mirror.calendar.connection, other, now=now)
            return True
    return False


def _act(business: Business, mirror: Mirror, seen: Outside, verdict: Verdict, now: datetime) -> None:
    seats = blocks.seats(mirror.block_id)
    if verdict == Verdict.NOTHING:
        _note(mirror, seen, seats, now)
    elif verdict == Verdict.PUT_BACK:
        put_back(mirror, seen, now=now)
    elif verdict == Verdict.MOVE:
        _follow_move(business, mirror, seen, seats[0], now)
    elif verdict == Verdict.CANCEL:
        _follow_deletion(business, mirror, seen, seats[0], now)
    else:
        findings.find(mirror=mirror, found=ASKED[verdict], seen=seen, start=seats[0].starts_at, now=now)


def put_back(mirror: Mirror, seen: Outside, *, now: datetime) -> None:
    """Have the calendar show what is booked, over what it shows now."""
    findings.over(mirror.block_id, now=now)
    if mirror.starts_at is None and not seen.cancelled:  # we took it out, somebody restored it
        found = span(seen, mirror.calendar.timezone)
        mirror.starts_at, mirror.ends_at = found or (now, now)
        mirror.save(update_fields=["starts_at", "ends_at"])
    mirrors.forget_version(mirror, seen)
    rows.match([mirror.block_id], now=now)


def _note(mirror: Mirror, seen: Outside, seats: list[Appointment], now: datetime) -> None:
    """It is as it shall be, or does not matter: remember the version, so that it is not looked at again."""
    if seen.cancelled:
        if not seats:
            mirrors.forget_version(mirror, seen)
        return
    if seen.etag != mirror.etag:
        Mirror.objects.filter(pk=mirror.pk).update(etag=seen.etag)
    shown = span(seen, mirror.calendar.timezone)
    if seats and shown == (seats[0].starts_at, seats[0].ends_at) and findings.open_finding(mirror.block_id):
        findings.over(mirror.block_id, now=now)  # somebody has put it back there himself


def _follow_move(business: Business, mirror: Mirror, seen: Outside, row: Appointment, now: datetime) -> None:
    """Move the appointment to where its event is; ask when another appointment is in the way."""
    shown = span(seen, mirror.calendar.timezone)
    whole = whole_minutes(shown) if shown else None
    assert whole is not None
    try:
        move_there(business, mirror, seen, row, whole, by=doer(business, row), now=now)
    except Unavailable:
        raise
    except DaybookError:
        findings.find(mirror=mirror, found=Found.MOVED, seen=seen, start=row.starts_at, now=now)


def move_there(
    business: Business, mirror: Mirror, seen: Outside, row: Appointment, to: Span, *, by: Actor, now: datetime,
    answering: bool = False,
) -> None:  # fmt: skip
    """Reschedule to [start, end) and know the event as it is, in one transaction: no write follows from it.

    `answering`: a person has said so, who closes the question and may book on top of others.
    """
    minutes = round((to[1] - to[0]).total_seconds() / 60)
    length = None if minutes == row.duration_minutes else minutes
    connection = mirror.calendar.connection
    before = contents.desired(business, connection, mirror, blocks.seats(row.block_id) or [row]).rev
    as_wanted = mirror.content == before and span(seen, mirror.calendar.timezone) == to
    move = Move(start=to[0], duration_minutes=length, allow_outside_hours=True, allow_overlap=answering)

    def finish(fresh: Appointment) -> None:
        if not answering:
            _as_judged(row, fresh)
        if fresh.block_id != mirror.block_id:
            if Mirror.objects.filter(block_id=fresh.block_id, calendar=mirror.calendar).exists():
                return  # it joins another session, which has an event already
            mirror.block_id = fresh.block_id
            mirror.save(update_fields=["block_id"])
        seats = blocks.seats(fresh.block_id) or [fresh]
        mirrors.accept(mirror, seen, contents.desired(business, connection, mirror, seats))
        if not as_wanted:  # something else about it has still to be written
            Mirror.objects.filter(pk=mirror.pk).update(content="")
        if not answering:
            findings.over(fresh.block_id, now=now)

    moves.reschedule(
        business=business, appointment=row, move=move, now=now, by=by, reason=reason(business, "moved", mirror),
        finish=finish,
    )  # fmt: skip


def _follow_deletion(business: Business, mirror: Mirror, seen: Outside, row: Appointment, now: datetime) -> None:
    cancel(business, mirror, seen, row, by=doer(business, row), now=now)


def cancel(
    business: Business, mirror: Mirror, seen: Outside, row: Appointment, *, by: Actor, now: datetime,
    answering: bool = False,
) -> None:  # fmt: skip
    """Cancel the appointment whose event was deleted; there is nothing left to take out."""

    def finish(fresh: Appointment) -> None:
        if not answering:
            _as_judged(row, fresh)
        mirrors.forget_version(mirror, seen)
        if not answering:
            findings.over(fresh.block_id, now=now)

    transitions.cancel(
        business=business, appointment=row, now=now, by=by, reason=reason(business, "deleted", mirror), finish=finish
    )


def _as_judged(row: Appointment, fresh: Appointment) -> None:
    """Undo what was done when the appointment was moved, or paid for, after it was judged: it is judged again."""
    if fresh.sequence > row.sequence + 1 or blocks.paid([fresh]) != blocks.paid([row]):
        raise NotNow("the appointment was changed meanwhile")


def doer(business: Business, row: Appointment) -> Actor:
    """Who changes an event in a provider's calendar: the provider, as far as we can know."""
    member = next((m for m in members(business) if m.active and m.provider_id == row.provider_id), None)
    return Actor(ActorKind.MEMBER, id=str(member.pk) if member else "", name=row.provider.name)


def reason(business: Business, what: str, mirror: Mirror) -> str:
    """What the history says about why, in the business's language."""
    vendor = {"calendar": Vendor(mirror.calendar.connection.vendor).label}
    with translation.override(business.locale):
        return (_("Moved in %(calendar)s.") if what == "moved" else _("Deleted in %(calendar)s.")) % vendor
