"""Moving a class session: all its seats that are still on, in one transaction. All of them go, or none.

Who has booked a seat until the providers are locked goes along and is told. A seat that is only held keeps the session
where it is: its holder is choosing this very time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.db.models import QuerySet

from daybook.core.actors import Actor
from scheduling.domain.calendars import Session
from scheduling.domain.messages import Kind
from scheduling.enums import LIVE
from scheduling.errors import ClassFull, InvalidTransition, Overlaps, SeatHeld
from scheduling.models import Appointment, AppointmentEvent
from scheduling.selectors.availability import Plan
from scheduling.services import checks, holds, moves, write_path
from scheduling.services.moves import MOVABLE, Move
from scheduling.services.placing import check_length

if TYPE_CHECKING:
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class _Seat:
    """A seat on its way: what becomes of its row, and who hears of it."""

    row: Appointment
    overlap: bool
    earlier: list[dict[str, str]]
    client: bool
    members: bool


def seats_of(seat: Appointment) -> list[Appointment]:
    """The seats of its session that a move would take along. 1 query."""
    return list(_live(seat).filter(status__in=MOVABLE))


def reschedule(
    *,
    business: Business,
    seat: Appointment,
    move: Move,
    now: datetime,
    by: Actor,
    notify: bool = True,
    tell_at: datetime | None = None,
) -> list[Appointment]:
    """Move the session in which `seat` was read; answers its seats. Members get one notice for all of them.

    Where it is already, nothing happens. Raises `InvalidTransition` when nobody is left there, `SeatHeld`, `ClassFull`
    when a session of the service at the new time has no room for all, and what `moves.reschedule` raises.
    """
    if move.duration_minutes not in (None, seat.duration_minutes):
        check_length(move.duration_minutes or 0, of_class=True)
    provider_id = move.provider_id or seat.provider_id
    stays = (seat.starts_at, seat.provider_id) == (move.start, provider_id)

    def work(plan: Plan) -> list[Appointment]:
        rows = _lock(business, seat, provider_id, now=now)
        going = [row for row in rows if row.status in MOVABLE]
        if not going:
            raise InvalidTransition(seat.status, "reschedule")
        if stays:
            return going
        if len(going) < len(rows):
            raise SeatHeld()
        session = _check(plan, going, move, provider_id, now=now, by=by)
        detail = {
            "session": uuid4().hex,
            "seats": len(going),
            "others": session.seats_taken if session is not None else 0,
        }
        most = min(row.capacity for row in going)
        on_their_way = [
            _Seat(
                row,
                overlap=move.allow_overlap or number >= most,  # who sat on top of a full class still does
                earlier=[*row.policy.get("moves", []), {"at": moves.iso(now), "start": moves.iso(row.starts_at)}],
                client=notify,
                members=number == 0,
            )
            for number, row in enumerate(going)
        ]
        return _go(business, plan, on_their_way, move, session, detail, now=now, by=by, tell_at=tell_at)

    return _planned(business, seat, move, provider_id, now, work)


def put_back(
    *, business: Business, seat: Appointment, event: AppointmentEvent, now: datetime, by: Actor
) -> list[Appointment]:
    """Take back the move of the whole session of which `event` (of `seat`) tells; answers its seats.

    Told as `moves.put_back` does. Raises `InvalidTransition` when one of the seats has changed since or somebody has
    booked another one, and what `reschedule` raises when the old time was taken.
    """
    run, old_provider = event.detail["session"], UUID(event.detail["old_provider"])

    def work(plan: Plan) -> list[Appointment]:
        rows = _lock(business, seat, old_provider, now=now)
        found = AppointmentEvent.objects.filter(
            appointment__in=[row.pk for row in rows], action="rescheduled", detail__session=run
        )
        events = {one.appointment_id: one.detail for one in found}
        going = [row for row in rows if row.pk in events]
        same = all(row.status in MOVABLE and row.sequence == events[row.pk]["sequence"] for row in going)
        if not same or len(going) != event.detail["seats"] or len(rows) - len(going) > event.detail["others"]:
            raise InvalidTransition(seat.status, "undo")
        on_top = any(detail["old_overlap"] for detail in events.values())
        back = _back(event, allow_overlap=on_top)
        session = _check(plan, going, back, old_provider, now=now, by=by)
        on_their_way = [
            _Seat(
                row,
                overlap=events[row.pk]["old_overlap"],
                earlier=row.policy.get("moves", [])[:-1],
                client=bool(events[row.pk].get("told")) and not moves.unsaid(Kind.RESCHEDULED, row),
                members=bool(events[row.pk].get("members")) and not moves.unsaid(Kind.MEMBERS_CHANGED, row),
            )
            for row in going
        ]
        return _go(business, plan, on_their_way, back, session, {"undo": True}, now=now, by=by)

    return _planned(business, seat, _back(event, allow_overlap=False), old_provider, now, work)


def _back(event: AppointmentEvent, *, allow_overlap: bool) -> Move:
    return Move(
        start=datetime.fromisoformat(event.detail["old_start"]),
        provider_id=UUID(event.detail["old_provider"]),
        duration_minutes=event.detail["old_duration"],
        allow_outside_hours=True,
        allow_overlap=allow_overlap,
    )


def _planned(
    business: Business,
    seat: Appointment,
    move: Move,
    provider_id: UUID,
    now: datetime,
    work: Callable[[Plan], list[Appointment]],
) -> list[Appointment]:
    plan = moves.plan_for(business, seat, move, provider_id, now)
    return moves.or_next(lambda: work(plan), plan, seat, move.start, now)


def _live(seat: Appointment) -> QuerySet[Appointment]:
    """The seats that take the session's time, those on top of a full one last: by place, not by id, which has no index."""
    rows = Appointment.objects.filter(
        provider_id=seat.provider_id, service_id=seat.service_id, starts_at=seat.starts_at, capacity__gt=1,
        status__in=LIVE,
    )  # fmt: skip
    return rows.select_related("service", "provider", "client").order_by("overlap_allowed", "created_at", "id")


def _lock(business: Business, seat: Appointment, provider_id: UUID, *, now: datetime) -> list[Appointment]:
    """The session's live seats as they are now, locked after both providers; dead holds are over."""
    providers = {seat.provider_id, provider_id}
    write_path.lock(providers)
    for one in sorted(providers):
        holds.expire_dead(business, one, now=now)
    return list(_live(seat).select_for_update(of=("self",)))


def _check(
    plan: Plan, going: Sequence[Appointment], move: Move, provider_id: UUID, *, now: datetime, by: Actor
) -> Session | None:
    """The time for all of them at once; a session that is there is joined when it has room for all."""
    try:
        session = checks.check(
            plan, provider_id, move.start, now=now, staff=by.is_staff, without=[row.pk for row in going],
            allow_outside_hours=move.allow_outside_hours, allow_overlap=move.allow_overlap,
        )  # fmt: skip
    except Overlaps as error:
        if error.details["reason"] == "full":
            raise ClassFull() from error
        raise
    place = plan.seat(provider_id)
    assert place is not None
    if session is not None and session.seats_taken + len(going) > place.spec.capacity:
        raise ClassFull()
    return session


def _go(
    business: Business,
    plan: Plan,
    on_their_way: Sequence[_Seat],
    move: Move,
    session: Session | None,
    facts: dict[str, object],
    *,
    now: datetime,
    by: Actor,
    tell_at: datetime | None = None,
) -> list[Appointment]:
    """Write all of them. Until each has its new time it stands in no other's way: the constraint sees row by row."""
    Appointment.objects.filter(pk__in=[one.row.pk for one in on_their_way]).update(overlap_allowed=True)
    for one in on_their_way:
        row = one.row
        before = moves.place_of(row)
        own = Move(
            move.start, move.provider_id, move.duration_minutes,
            allow_outside_hours=move.allow_outside_hours, allow_overlap=one.overlap,
        )  # fmt: skip
        moves.apply(plan, row, own, move.provider_id or row.provider_id, session, moves=one.earlier)
        detail = {**before, "new_start": moves.iso(row.starts_at), "new_duration": row.duration_minutes, **facts}
        detail |= {"told": one.client and bool(row.client_email), "members": one.members}
        moves.announce_move(
            business, row, detail, by=by, now=now, notify=one.client, tell_at=tell_at, tell_members=one.members,
            seats=len(on_their_way),
        )  # fmt: skip
    return [one.row for one in on_their_way]
