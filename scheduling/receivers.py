"""When this happens → do that. Receivers run in the transaction of the fact and only write rows of the outbox.

Aggregates: `appointment:<id>:client`, `…:members`, `…:state`; rows of one are handled in order. Keys: kind,
appointment, sequence: a row is written once for each.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django_tenants.utils import tenant_context

from daybook.core.actors import Actor
from daybook.core.errors import Conflict
from daybook.core.outbox import Entry, enqueue_all
from scheduling import signals, tasks
from scheduling.domain.messages import Kind, leads_of, reminders
from scheduling.enums import Source, Status
from scheduling.models import Appointment, AppointmentEvent
from scheduling.selectors.setup import is_priced
from scheduling.services import waitlist_offers, waitlist_rows
from scheduling.services.moves import UNDO_FOR
from scheduling.services.team import make_provider
from scheduling.services.transitions import request_ends_at
from tenants.signals import business_made, currency_changing

if TYPE_CHECKING:
    from tenants.models import Business


def on_business_made(*, business: Business, owner_name: str, **_: Any) -> None:
    """A new business has one provider: whoever signed up."""
    make_provider(business=business, name=owner_name[:100])


def on_currency_changing(*, business: Business, **_: Any) -> None:
    """Amounts of two currencies are never added together, so the currency stays once anything has a price."""
    with tenant_context(business):
        if is_priced():
            message = gettext("The currency cannot be changed any more: prices and appointments are kept in it.")
            raise Conflict("currency_in_use", message, {"fields": {"currency": [message]}})


def on_held(*, appointment: Appointment, **_: Any) -> None:
    if appointment.hold_expires_at is not None:
        enqueue_all([_state(tasks.HOLD_END, appointment, appointment.hold_expires_at)])


def on_requested(
    *, appointment: Appointment, by: Actor, now: datetime, notify: bool, event: AppointmentEvent, **_: Any
) -> None:
    enqueue_all(
        [
            _request_end(appointment, event),
            *_client(Kind.REQUESTED, appointment, by, now, notify),
            _members(Kind.MEMBERS_REQUEST, appointment, by, now),
        ]
    )


def on_confirmed(
    *,
    appointment: Appointment,
    business: Business,
    by: Actor,
    now: datetime,
    notify: bool,
    tell_at: datetime | None = None,
    tell_members: bool = True,
    **_: Any,
) -> None:
    due = tell_at or now
    enqueue_all(
        [
            *_client(Kind.CONFIRMED, appointment, by, due, notify),
            *([_members(Kind.MEMBERS_NEW, appointment, by, due)] if tell_members else []),
            *_ahead(appointment, business, now),
        ]
    )


def on_rescheduled(
    *,
    appointment: Appointment,
    business: Business,
    by: Actor,
    now: datetime,
    notify: bool,
    old_start: datetime,
    event: AppointmentEvent,
    tell_at: datetime | None = None,
    tell_members: bool = True,
    seats: int = 1,
    **_: Any,
) -> None:
    """`seats`: of the class session that was moved as one, of which members hear once."""
    facts = {"old_start": old_start.isoformat(), "reason": event.reason}
    pending = appointment.status == Status.PENDING_APPROVAL
    due = tell_at or now
    enqueue_all(
        [
            *_client(Kind.RESCHEDULED, appointment, by, due, notify, **facts),
            *([_members(Kind.MEMBERS_CHANGED, appointment, by, due, seats=seats, **facts)] if tell_members else []),
            *([_request_end(appointment, event)] if pending else _ahead(appointment, business, now)),
        ]
    )


def on_cancelled(
    *,
    appointment: Appointment,
    by: Actor,
    now: datetime,
    notify: bool,
    was: str,
    tell_members: bool = True,
    **facts: Any,
) -> None:
    if was == Status.HELD:
        return
    more = {"was": was, "reason": facts.get("reason", "")}
    enqueue_all(
        [
            *_client(Kind.CANCELLED, appointment, by, now, notify, **more),
            *([_members(Kind.MEMBERS_CANCELLED, appointment, by, now, **more)] if tell_members else []),
        ]
    )


def on_declined(*, appointment: Appointment, by: Actor, now: datetime, notify: bool, **facts: Any) -> None:
    enqueue_all(_client(Kind.DECLINED, appointment, by, now, notify, reason=facts.get("reason", "")))


def on_expired(*, appointment: Appointment, by: Actor, now: datetime, notify: bool, **_: Any) -> None:
    enqueue_all(_client(Kind.REQUEST_EXPIRED, appointment, by, now, notify))


def on_restored(
    *,
    appointment: Appointment,
    business: Business,
    by: Actor,
    now: datetime,
    notify: bool,
    was: str,
    tell_members: bool = True,
    **_: Any,
) -> None:
    """What was cancelled is on again. Undoing "completed" or "no-show" is nobody's news."""
    news = was == Status.CANCELLED
    enqueue_all(
        [
            *_client(Kind.CONFIRMED, appointment, by, now, notify and news),
            *([_members(Kind.MEMBERS_NEW, appointment, by, now)] if news and tell_members else []),
            *_ahead(appointment, business, now),
        ]
    )


def on_time_freed(*, now: datetime, by: Actor, **_: Any) -> None:
    """Somebody on the waiting list may want it; not while staff can still undo it by a toast."""
    waitlist_rows.look(now + UNDO_FOR if by.is_staff else now)


def on_held_time_lost(*, appointment: Appointment, now: datetime, **_: Any) -> None:
    if appointment.source == Source.WAITLIST:
        waitlist_offers.time_lost(appointment=appointment, now=now)


def on_time_booked(*, appointment: Appointment, now: datetime, **_: Any) -> None:
    waitlist_offers.time_booked(appointment=appointment, now=now)


def on_times_changed(**_: Any) -> None:
    waitlist_rows.look()


def connect() -> None:
    """Connect the receivers of this app."""
    for signal, receiver in (
        (business_made, on_business_made),
        (currency_changing, on_currency_changing),
        (signals.booking_held, on_held),
        (signals.booking_requested, on_requested),
        (signals.booking_confirmed, on_confirmed),
        (signals.booking_rescheduled, on_rescheduled),
        (signals.booking_cancelled, on_cancelled),
        (signals.booking_declined, on_declined),
        (signals.booking_expired, on_expired),
        (signals.booking_restored, on_restored),
        (signals.booking_confirmed, on_time_booked),
        (signals.booking_requested, on_time_booked),
        (signals.booking_expired, on_held_time_lost),
        (signals.booking_cancelled, on_held_time_lost),
        (signals.booking_expired, on_time_freed),
        (signals.booking_cancelled, on_time_freed),
        (signals.booking_declined, on_time_freed),
        (signals.booking_rescheduled, on_time_freed),
        (signals.booking_no_show, on_time_freed),
        (signals.times_changed, on_times_changed),
    ):
        signal.connect(receiver, dispatch_uid=f"scheduling.{receiver.__name__}")


def _ahead(appointment: Appointment, business: Business, now: datetime) -> list[Entry]:
    """What lies ahead of a confirmed appointment: its reminders, and completing when nobody touches it.

    Counted from now when it has ended already: staff who restored it have just touched it.
    """
    untouched = max(appointment.ends_at, now) + timedelta(minutes=business.complete_after_minutes)
    leads = reminders(appointment.starts_at, leads_of(business.reminder_minutes), made=now)
    return [
        *(
            _entry(Kind.REMINDER, "client", appointment, due, suffix=f":{lead}", lead=lead)
            for lead, due in leads
            if appointment.client_email
        ),
        _state(tasks.COMPLETE, appointment, untouched),
    ]


def _request_end(appointment: Appointment, event: AppointmentEvent) -> Entry:
    """One for each time it was asked: what expired may be asked for again at the same instant."""
    return _state(tasks.REQUEST_END, appointment, request_ends_at(appointment), suffix=f":{event.pk}")


def _state(kind: str, appointment: Appointment, due: datetime, *, suffix: str = "") -> Entry:
    return _entry(kind, "state", appointment, due, suffix=suffix)


def _client(kind: Kind, appointment: Appointment, by: Actor, now: datetime, notify: bool, **facts: str) -> list[Entry]:
    if not notify or not appointment.client_email:
        return []
    return [_entry(kind, "client", appointment, now, by=by.kind, **facts)]


def _members(kind: Kind, appointment: Appointment, by: Actor, now: datetime, **facts: Any) -> Entry:
    return _entry(kind, "members", appointment, now, by=by.kind, by_id=by.id, **facts)


def _entry(kind: str, to: str, appointment: Appointment, due: datetime, *, suffix: str = "", **facts: Any) -> Entry:
    return Entry(
        kind=str(kind),
        aggregate=f"appointment:{appointment.pk}:{to}",
        dedupe_key=f"{kind}:{appointment.pk}:{appointment.sequence}{suffix}",
        due_at=due,
        payload={"appointment": str(appointment.pk), "sequence": appointment.sequence, **facts},
    )
