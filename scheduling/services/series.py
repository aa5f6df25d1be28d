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
from functools import partial
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
from scheduling.services.series_rows import MEMBERS, PATIENCE, News

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
    """What became of each part: ids of the appointments in the order of the work, and what was missed.

    `after`: the sequence that each appointment has since, where it was changed; `news`: what is told of it.
    """

    series: str = ""
    done: list[str] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    after: dict[str, int] = field(default_factory=dict)
    news: dict[str, Any] = field(default_factory=dict)


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
    return _together(business, rows, cancel_one, _missed_row, news, now, due=now + UNDO_FOR)


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
    return _together(
        business, ordered, move_one, lambda target: _missed_row(target.appointment), news, now, due=now + UNDO_FOR
    )


def undo(
    *, business: Business, outcome: Outcome, run_id: UUID, rows: Sequence[Appointment], now: datetime, by: Actor
) -> Outcome:
    """Take back what a run of cancelling or moving changed of these appointments, each if it has not changed since.

    One whose time was taken meanwhile stays as it is and is missed. Nobody hears of what was not told yet; who has
    heard of the run hears of this, in one mail. A second call changes nothing.
    """
    undone = undo_id(run_id)
    if (known := outcome_of(business, undone)) is not None:
        return known
    told = News.of(outcome.news)
    waiting = series_rows.make_due(told, due=now + PATIENCE)
    cancelled = told.kind == Kind.CANCELLED
    act = partial(transitions.restore, tell_members=False) if cancelled else partial(moves.put_back, tell=False)
    found = {str(row.pk): row for row in rows}
    changed = [found[pk] for pk in reversed(outcome.done) if pk in found and pk in outcome.after]

    def undo_one(row: Appointment) -> Appointment:
        return act(
            business=business, appointment=row, sequence=outcome.after[str(row.pk)], now=now, by=by,
            **_once(business, undone, str(row.pk)),
        )  # fmt: skip

    def missed(row: Appointment) -> Missed:
        """With the time that it does not have again."""
        return _missed_row(row) if cancelled else Missed(told.facts["old"][str(row.pk)], "")

    old = {} if cancelled else {"old": {str(row.pk): row.starts_at.isoformat() for row in changed}}
    news = News(
        Kind.CONFIRMED if cancelled else Kind.RESCHEDULED,
        undone,
        by,
        to_client=told.to_client and told.kind not in waiting,
        facts={**_expected(changed), **old},
        to_members=MEMBERS[told.kind] not in waiting,
    )
    result = _together(business, changed, undo_one, missed, news, now, due=now)
    series_rows.make_due(told, due=now)  # tells of what stays as the run left it
    return result


def undo_id(run_id: UUID) -> UUID:
    """The run that takes back another one."""
    return uuid5(run_id, "undo")


def may_undo(outcome: Outcome | None, by: Actor) -> bool:
    """Whether it can be taken back by this actor: it is known, changed something, and is his own."""
    if not (outcome and outcome.after and outcome.news):
        return False
    news = News.of(outcome.news)
    return news.kind in (Kind.CANCELLED, Kind.RESCHEDULED) and news.by == by


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
    due: datetime,
) -> Outcome:
    run = _run_key(business, news.run)
    if (known := _known(run)) is not None:
        return known
    with transaction.atomic():
        _begin(run)
        series_rows.announce(news, due=now + PATIENCE)
    outcome = Outcome(news=news.kept)
    _each(parts, act, outcome, missed)
    expected = dict(news.facts["appointments"])
    outcome.after = {pk: after for pk, after in outcome.after.items() if after >= expected[pk]}
    _finish(run, outcome)
    if outcome.done:
        series_rows.make_due(news, due=due)
    else:
        series_rows.forget(news)
    return outcome


def _each(parts: Iterable[T], act: Callable[[T], Appointment], outcome: Outcome, missed: Callable[[T], Missed]) -> None:
    for part in parts:
        try:
            row = act(part)
            _done(outcome, row.pk, row.sequence)
        except Replayed as before:
            _done(outcome, before.answer.object_id, before.answer.body.get("sequence", 0))
        except DaybookError as error:
            outcome.missed.append(replace(missed(part), why=error.message))
        except DatabaseError:
            log.exception("a part of a series")
            why = _("Something went wrong; this one was left as it is. Please try again.")
            outcome.missed.append(replace(missed(part), why=why))


def _done(outcome: Outcome, pk: UUID | None, sequence: int) -> None:
    outcome.done.append(str(pk))
    outcome.after[str(pk)] = sequence


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
    return {
        "key": key,
        "finish": lambda row: key.finish(status=200, body={"sequence": row.sequence}, object_id=row.pk),
    }


def _known(run: Key) -> Outcome | None:
    """The outcome of a run that was finished."""
    try:
        run.recall()
    except Replayed as before:
        body = before.answer.body
        if body:
            missed = [Missed(**one) for one in body["missed"]]
            return Outcome(body["series"], body["done"], missed, body.get("after", {}), body.get("news", {}))
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
