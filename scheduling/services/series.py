"""Several appointments at once: booked as a series, moved or cancelled together.

Each goes through the normal write path in a transaction of its own, so that no lock is held for longer than one
booking takes. What cannot be done, because somebody was faster, is named in the outcome with why; the others stand.
Work that was broken off is taken up again by sending the same form again: every part has an idempotency key of its
own, and the client is told once, of what was done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid5

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from daybook.core.actors import Actor
from daybook.core.errors import DaybookError
from daybook.core.idempotency import Key, Replayed, key_for
from scheduling.domain.messages import Kind
from scheduling.domain.recurrence import Recurrence
from scheduling.enums import Status
from scheduling.errors import AlreadyTold
from scheduling.models import Appointment, Series
from scheduling.services import bookings, moves, series_rows, transitions
from scheduling.services.clients import ClientDetails
from scheduling.services.moves import UNDO_FOR, Move
from scheduling.services.placing import Terms, Wish
from scheduling.services.series_rows import PATIENCE, News

if TYPE_CHECKING:
    from tenants.models import Business

log = logging.getLogger(__name__)
T = TypeVar("T")
SERIES = UUID("a2a5bd0e-7f0b-4c39-9f64-6d2a2a1cbe07")
"""Namespace of series: the same form of the same member makes the same one."""


@dataclass(frozen=True, slots=True)
class Part:
    """One appointment of a series that is to be booked, with the permissions that staff gave for it."""

    start: datetime
    provider_id: UUID
    allow_outside_hours: bool = False
    allow_overlap: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """A time that was not booked, or an appointment that was not changed, and why. `start` is an ISO instant."""

    start: str
    why: str
    provider: str = ""


@dataclass(slots=True)
class Outcome:
    """What became of each part: ids of the appointments, and what was missed."""

    series: str = ""
    done: list[str] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Target:
    """An appointment and where it shall go."""

    appointment: Appointment
    move: Move


def series_id_of(*, caller: str, nonce: str) -> UUID:
    """The id of the series that a form makes."""
    return uuid5(SERIES, f"{caller}:{nonce}")


def book(
    *,
    business: Business,
    series_id: UUID,
    recurrence: Recurrence,
    parts: Sequence[Part],
    wish: Wish,
    client: ClientDetails,
    terms: Mapping[UUID, Terms],
    now: datetime,
    by: Actor,
    notify: bool = True,
) -> Outcome:
    """Book each part as `wish` says, at its own time, for one client. A series of which nothing was booked is not kept.

    The client hears of all in one mail, some seconds later, so that it can be taken back before.
    """
    run = _run_key(business, series_id)
    if (known := _known(run)) is not None:
        return known
    news = News(Kind.CONFIRMED, series_id, by, notify, {"series": str(series_id)})
    with transaction.atomic():
        _begin(run)
        Series.objects.get_or_create(pk=series_id, defaults=_fields(recurrence, by, now))
        series_rows.announce(news, due=now + PATIENCE)
    known_client = client

    def place(part: Part) -> Appointment:
        nonlocal known_client
        made = bookings.place(
            business=business, wish=_wish(wish, part, series_id), client=known_client, terms=terms, now=now, by=by,
            notify=False, tell_members=False, **_once(business, series_id, part.start.isoformat()),
        )  # fmt: skip
        known_client = replace(client, client_id=made.client_id)
        return made

    outcome = Outcome(str(series_id))
    _each(parts, place, outcome, lambda part: Missed(part.start.isoformat(), "", str(part.provider_id)))
    if not outcome.done:
        _undone(news, series_id)
        return outcome
    _finish(run, outcome)
    series_rows.make_due(news, due=now + UNDO_FOR)
    return outcome


def take_back(
    *, business: Business, series_id: UUID, now: datetime, by: Actor, only: Collection[UUID] | None = None
) -> int:
    """Cancel a series (`only` these of its appointments) that was just booked, before anybody was told; answers how many.

    Raises `AlreadyTold` when the client has heard of it (or is hearing).
    """
    found = Appointment.objects.filter(series_id=series_id, status=Status.CONFIRMED, sequence=0)
    rows = list(found if only is None else found.filter(pk__in=only))
    news = News(Kind.CONFIRMED, series_id, by, True, {"series": str(series_id)})
    waiting = series_rows.make_due(news, due=now + PATIENCE)
    if series_rows.was_asked(news, Kind.CONFIRMED) and Kind.CONFIRMED not in waiting:
        raise AlreadyTold()
    outcome = Outcome()
    members_heard = Kind.MEMBERS_NEW not in waiting

    def cancel_one(row: Appointment) -> Appointment:
        return transitions.cancel(
            business=business, appointment=row, now=now, by=by, reason=_("Taken back right after booking."),
            notify=False, tell_members=members_heard,
        )  # fmt: skip

    _each(rows, cancel_one, outcome, _missed_row)
    return len(outcome.done)


def cancel(
    *,
    business: Business,
    rows: Sequence[Appointment],
    run_id: UUID,
    now: datetime,
    by: Actor,
    reason: str = "",
    notify: bool = True,
) -> Outcome:
    """Cancel these appointments of a series; the client hears of all in one mail."""

    def cancel_one(row: Appointment) -> Appointment:
        return transitions.cancel(
            business=business, appointment=row, now=now, by=by, reason=reason, notify=False, tell_members=False,
            **_once(business, run_id, str(row.pk)),
        )  # fmt: skip

    news = News(Kind.CANCELLED, run_id, by, notify, {**_expected(rows), "reason": reason})
    return _together(business, rows, cancel_one, _missed_row, news, now)


def move(
    *,
    business: Business,
    targets: Sequence[Target],
    run_id: UUID,
    now: datetime,
    by: Actor,
    notify: bool = True,
) -> Outcome:
    """Move these appointments of a series, each to its target; the client hears of all in one mail.

    One that moves to where another of them still is has to wait for that one: the last goes first when time goes on.
    """

    def move_one(target: Target) -> Appointment:
        row = target.appointment
        return moves.reschedule(
            business=business, appointment=row, move=target.move, now=now, by=by, notify=False, tell_members=False,
            **_once(business, run_id, str(row.pk)),
        )  # fmt: skip

    rows = [target.appointment for target in targets]
    later = any(target.move.start > target.appointment.starts_at for target in targets)
    ordered = sorted(targets, key=lambda target: target.appointment.starts_at, reverse=later)
    old = {str(row.pk): row.starts_at.isoformat() for row in rows}
    news = News(Kind.RESCHEDULED, run_id, by, notify, {**_expected(rows), "old": old})
    return _together(business, ordered, move_one, lambda target: _missed_row(target.appointment), news, now)


def outcome_of(business: Business, run_id: UUID) -> Outcome | None:
    """What became of a run (kept for 24 hours); None when nobody knows."""
    return _known(_run_key(business, run_id))


def _together(
    business: Business,
    parts: Sequence[T],
    act: Callable[[T], Appointment],
    missed: Callable[[T], Missed],
    news: News,
    now: datetime,
) -> Outcome:
    run = _run_key(business, news.run)
    if (known := _known(run)) is not None:
        return known
    with transaction.atomic():
        _begin(run)
        series_rows.announce(news, due=now + PATIENCE)
    outcome = Outcome()
    _each(parts, act, outcome, missed)
    _finish(run, outcome)
    if outcome.done:
        series_rows.make_due(news, due=now)
    else:
        series_rows.forget(news)
    return outcome


def _each(parts: Iterable[T], act: Callable[[T], Appointment], outcome: Outcome, missed: Callable[[T], Missed]) -> None:
    for part in parts:
        try:
            outcome.done.append(str(act(part).pk))
        except Replayed as before:
            outcome.done.append(str(before.answer.object_id))
        except DaybookError as error:
            outcome.missed.append(replace(missed(part), why=error.message))
        except DatabaseError:
            log.exception("a part of a series")
            why = _("Something went wrong; this one was left as it is. Please try again.")
            outcome.missed.append(replace(missed(part), why=why))


def _wish(wish: Wish, part: Part, series_id: UUID) -> Wish:
    return replace(
        wish,
        start=part.start,
        provider_id=part.provider_id,
        allow_outside_hours=part.allow_outside_hours,
        allow_overlap=part.allow_overlap,
        series_id=series_id,
    )


def _fields(recurrence: Recurrence, by: Actor, now: datetime) -> dict[str, Any]:
    return {
        "every": recurrence.every,
        "unit": recurrence.unit,
        "count": recurrence.count,
        "until": recurrence.until,
        "created_by": by.name[:100],
        "created_at": now,
    }


def _expected(rows: Iterable[Appointment]) -> dict[str, Any]:
    """Which appointments the news is about, each with the sequence that it has once it is true."""
    return {"appointments": [[str(row.pk), row.sequence + 1] for row in rows]}


def _missed_row(row: Appointment) -> Missed:
    return Missed(row.starts_at.isoformat(), "", str(row.provider_id))


def _run_key(business: Business, run_id: UUID) -> Key:
    return key_for(tenant_id=business.pk, route="series", caller="", key=str(run_id), body={})


def _once(business: Business, run_id: UUID, part: str) -> dict[str, Any]:
    """The key of one part of a run, and how it is finished."""
    key = key_for(tenant_id=business.pk, route="series:part", caller=str(run_id), key=part, body={})
    return {"key": key, "finish": lambda row: key.finish(status=200, body={}, object_id=row.pk)}


def _known(run: Key) -> Outcome | None:
    """The outcome of a run that was finished."""
    try:
        run.recall()
    except Replayed as before:
        body = before.answer.body
        return Outcome(body["series"], body["done"], [Missed(**one) for one in body["missed"]]) if body else None
    return None


def _begin(run: Key) -> None:
    """Take the run; one that was broken off goes on."""
    try:
        run.claim()
    except Replayed:
        log.info("a run of a series goes on")


def _finish(run: Key, outcome: Outcome) -> None:
    run.finish(status=200, body=asdict(outcome), object_id=None)


def _undone(news: News, series_id: UUID) -> None:
    """Nothing could be booked: no series, no mail. The run has no answer, so the form may be sent again."""
    with transaction.atomic():
        series_rows.forget(news)
        Series.objects.filter(pk=series_id, appointments__isnull=True).delete()
