"""Making appointments: hold a time, place a booking, turn a hold into one.

Every write goes through `write_path.transact`: lock the provider, expire dead holds, look again, insert behind the
constraint, history, facts. `terms` (price and policy per provider) come from above as values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction

from daybook.core.actors import Actor
from daybook.core.idempotency import Key
from daybook.core.ids import new_reference
from scheduling import signals
from scheduling.domain.states import may_follow
from scheduling.enums import Status
from scheduling.errors import (
    CheckoutOpen,
    HoldExpired,
    InvalidTransition,
    OutsideHours,
    Overlaps,
    SlotUnavailable,
    no_such_service,
    wrong_pair,
)
from scheduling.models import Appointment
from scheduling.selectors import availability
from scheduling.selectors.availability import Plan
from scheduling.services import checks, client_blocks, clients, history, holds, write_path
from scheduling.services.clients import ClientDetails
from scheduling.services.placing import Terms, Wish, check_length, give_client, new_appointment

if TYPE_CHECKING:
    from tenants.models import Business

Finish = Callable[[Appointment], None]
"""Called in the transaction of the effect, to keep the answer under its idempotency key."""
TermsByProvider = Mapping[UUID, Terms]


def hold(
    *,
    business: Business,
    wish: Wish,
    terms: TermsByProvider,
    now: datetime,
    by: Actor,
    until: datetime | None = None,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Keep a time for `business.hold_minutes`, or `until` then. Raises `SlotUnavailable`, `TooManyHolds`."""

    def write(appointment: Appointment) -> None:
        holds.allow_another(address=wish.held_by, now=now)
        appointment.status = Status.HELD
        appointment.held_at = now
        appointment.hold_expires_at = until or now + timedelta(minutes=business.hold_minutes)
        insert(appointment)
        event = history.record(appointment, "held", by=by, now=now)
        history.announce(
            signals.booking_held, appointment, business=business, by=by, now=now, notify=False, event=event
        )

    return make(business, wish, terms, write, now=now, by=by, key=key, finish=finish)


def place(
    *,
    business: Business,
    wish: Wish,
    client: ClientDetails,
    terms: TermsByProvider,
    now: datetime,
    by: Actor,
    notify: bool = True,
    tell_at: datetime | None = None,
    tell_members: bool = True,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Book a time for a client: confirmed, or waiting for approval where the service asks clients for it.

    `tell_at`: when the mails about it are due, at once without; `tell_members` false: members hear of it otherwise.
    Raises `BookingRefused` for clients whom the business has blocked.
    """
    client_blocks.refuse_blocked(business, client, by=by)

    def write(appointment: Appointment) -> None:
        appointment.client = clients.resolve(client)
        give_client(appointment, client)
        settle(appointment, needs_approval=wish.service.requires_approval and not by.is_staff, now=now)
        insert(appointment)
        news = {"tell_at": tell_at, "tell_members": tell_members}
        tell(business, appointment, was="", by=by, now=now, notify=notify, **news)

    return make(business, wish, terms, write, now=now, by=by, key=key, finish=finish)


def confirm_hold(
    *,
    business: Business,
    appointment: Appointment,
    client: ClientDetails,
    notes: str = "",
    terms: Terms | None = None,
    now: datetime,
    by: Actor,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Turn a hold into a booking for this client. A hold that is over still books when its time is free.

    `terms`: how it is paid after all; the price stays. Raises `CheckoutOpen` while it may still be paid online, `HoldExpired` when it was released, `SlotUnavailable` when the time went to somebody else meanwhile,
    `BookingRefused` for clients whom the business has blocked; the hold stays as it is.
    """
    client_blocks.refuse_blocked(business, client, by=by)
    plan = plan_of(business, appointment, now)

    def work() -> Appointment:
        if key is not None:
            key.claim()
        fresh = lock_appointment(business, appointment, now=now)
        if fresh.status not in (Status.HELD, Status.EXPIRED):
            raise HoldExpired() if fresh.status == Status.CANCELLED else InvalidTransition(fresh.status, "confirm")
        if fresh.checkout_open:
            raise CheckoutOpen()
        retake(plan, fresh, now=now)
        was = fresh.status
        fresh.client = clients.resolve(client)
        give_client(fresh, client)
        fresh.notes = notes or fresh.notes
        if terms is not None:
            fresh.payment_mode, fresh.amount_due_now = terms.payment_mode, terms.due_now
        settle(fresh, needs_approval=fresh.service.requires_approval and not by.is_staff, now=now)
        save_guarded(fresh)
        tell(business, fresh, was=was, by=by, now=now, notify=True)
        if finish is not None:
            finish(fresh)
        return fresh

    return or_next(lambda: write_path.transact(work), plan, appointment.starts_at, now)


def confirm(
    *, business: Business, appointment: Appointment, now: datetime, by: Actor, notify: bool = True
) -> Appointment:
    """Confirm what is held, waiting for approval, or expired with its time still free. A payment calls this too."""
    plan = plan_of(business, appointment, now)

    def work() -> Appointment:
        fresh = lock_appointment(business, appointment, now=now)
        if not may_follow(fresh.status, Status.CONFIRMED) or fresh.client_id is None:
            raise InvalidTransition(fresh.status, "confirm")
        if fresh.status in (Status.HELD, Status.EXPIRED):
            retake(plan, fresh, now=now)
        was = fresh.status
        settle(fresh, needs_approval=False, now=now)
        save_guarded(fresh)
        tell(business, fresh, was=was, by=by, now=now, notify=notify)
        return fresh

    return or_next(lambda: write_path.transact(work), plan, appointment.starts_at, now)


def settle(appointment: Appointment, *, needs_approval: bool, now: datetime) -> None:
    """Set the status that a booking has once nothing is missing, with its time stamp."""
    if needs_approval:
        appointment.status, appointment.requested_at = Status.PENDING_APPROVAL, now
    else:
        appointment.status, appointment.confirmed_at = Status.CONFIRMED, now
    appointment.checkout_open = False


def plan_of(business: Business, appointment: Appointment, now: datetime) -> Plan:
    """The plan to check an appointment's own time, with its own duration and buffers and its provider."""
    first, last = checks.reach(appointment.starts_at, now)
    plan = availability.plan(
        business, appointment.service, provider_id=appointment.provider_id, from_date=first, to_date=last
    )
    return plan.lasting(
        duration=appointment.duration_minutes,
        before=appointment.buffer_before_minutes,
        after=appointment.buffer_after_minutes,
    )


def lock_appointment(
    business: Business, appointment: Appointment, *, now: datetime, also: UUID | None = None
) -> Appointment:
    """The appointment as it is now, its row and its provider (and `also` another) locked, their dead holds expired.

    Raises `write_path.Moved`, with the caller's appointment brought up to date, when it has another provider by now.
    """
    locked = {one for one in (appointment.provider_id, also) if one is not None}
    write_path.lock(locked)
    fresh = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("service", "provider", "client")
        .get(pk=appointment.pk)
    )
    if fresh.provider_id not in locked:
        appointment.provider_id = fresh.provider_id
        raise write_path.Moved
    for one in sorted(locked):
        holds.expire_dead(business, one, now=now, without=fresh.pk)
    return fresh


def insert(appointment: Appointment) -> None:
    """Insert behind the constraint, in a savepoint. Raises `SlotUnavailable` when the constraint refuses."""
    for _attempt in range(3):
        try:
            with transaction.atomic():
                appointment.save(force_insert=True)
            return
        except IntegrityError as error:
            if write_path.is_overlap(error):
                raise SlotUnavailable() from error
            if "appointment_reference" not in str(error):
                raise
            appointment.reference = new_reference()
    raise SlotUnavailable()


def save_guarded(appointment: Appointment) -> None:
    """Save behind the constraint, in a savepoint. Raises `SlotUnavailable` when the constraint refuses."""
    try:
        with transaction.atomic():
            appointment.save(force_update=True)
    except IntegrityError as error:
        if write_path.is_overlap(error):
            raise SlotUnavailable() from error
        raise


def make(
    business: Business,
    wish: Wish,
    terms: TermsByProvider,
    write: Callable[[Appointment], None],
    *,
    now: datetime,
    by: Actor,
    key: Key | None,
    finish: Finish | None,
) -> Appointment:
    """Check a wish under its provider's lock and let `write` insert it; nobody's choice is anybody who is free."""
    if not wish.service.active:
        raise no_such_service()
    first, last = checks.reach(wish.start, now)
    plan = availability.plan(business, wish.service, provider_id=wish.provider_id, from_date=first, to_date=last)
    plan = _lasting(plan.among(terms), wish)
    if not plan.seats:
        if wish.provider_id is not None:
            raise wrong_pair()
        raise SlotUnavailable()

    def attempt(provider_id: UUID, wish: Wish) -> Appointment:
        def work() -> Appointment:
            if key is not None:
                key.claim()
            write_path.lock([provider_id])
            holds.expire_dead(business, provider_id, now=now)
            session = checks.check(
                plan,
                provider_id,
                wish.start,
                now=now,
                staff=by.is_staff,
                allow_outside_hours=wish.allow_outside_hours,
                allow_overlap=wish.allow_overlap,
            )
            seat = plan.seat(provider_id)
            assert seat is not None
            appointment = new_appointment(
                business=business, wish=wish, seat=seat, terms=terms[provider_id], session=session, now=now
            )
            write(appointment)
            if finish is not None:
                finish(appointment)
            return appointment

        return write_path.transact(work)

    return or_next(lambda: _first_that_works(_order(plan, wish, now), wish, attempt), plan, wish.start, now)


def _lasting(plan: Plan, wish: Wish) -> Plan:
    """The plan for the length that staff want. Raises `Invalid` for one that is none, or a class's."""
    minutes, service = wish.duration_minutes, wish.service
    if minutes is None:
        return plan
    check_length(minutes, of_class=service.capacity > 1)
    return plan.lasting(duration=minutes, before=service.buffer_before_minutes, after=service.buffer_after_minutes)


def _order(plan: Plan, wish: Wish, now: datetime) -> list[UUID]:
    """In which order providers are tried; ranked before any lock is taken."""
    if wish.provider_id is not None:
        return [wish.provider_id]
    if len(plan.seats) == 1:
        return [plan.seats[0].provider.pk]
    return checks.ranking(plan, wish.start, now=now)


def _first_that_works(providers: list[UUID], wish: Wish, attempt: Callable[[UUID, Wish], Appointment]) -> Appointment:
    refusal: Exception = SlotUnavailable()
    for one in _milder(wish) if len(providers) > 1 else [wish]:
        for provider_id in providers:
            try:
                return attempt(provider_id, one)
            except (SlotUnavailable, Overlaps, OutsideHours) as error:
                refusal = error
    raise refusal


def _milder(wish: Wish) -> list[Wish]:
    """The wish with as few of its permissions as may do: nobody is booked over while somebody else is free."""
    plain = replace(wish, allow_outside_hours=False, allow_overlap=False)
    return list(dict.fromkeys([plain, replace(wish, allow_overlap=False), wish]))


def or_next(act: Callable[[], Appointment], plan: Plan, start: datetime, now: datetime) -> Appointment:
    """Do it; when the time is gone, say which free starts come next."""
    try:
        return act()
    except SlotUnavailable as error:
        raise SlotUnavailable(next_starts=checks.next_starts(plan, start, now=now)) from error


def retake(plan: Plan, appointment: Appointment, *, now: datetime) -> None:
    """A hold that lives owns its time; one that is over must find it free by the rules of today, read as of `now`."""
    if holds.is_live(appointment, now):
        return
    if not plan.seats or not appointment.service.active:
        raise SlotUnavailable()
    checks.check(plan, appointment.provider_id, appointment.starts_at, now=now, staff=False, without=[appointment.pk])


def tell(
    business: Business, appointment: Appointment, *, was: str, by: Actor, now: datetime, notify: bool, **news: Any
) -> None:
    """Write the history of a booking that was made or completed, and announce it."""
    pending = appointment.status == Status.PENDING_APPROVAL
    signal = signals.booking_requested if pending else signals.booking_confirmed
    action = "requested" if pending else "confirmed"
    event = history.record(appointment, action if was else "booked", by=by, now=now, was=was)
    history.announce(signal, appointment, business=business, by=by, now=now, notify=notify, event=event, **news)
