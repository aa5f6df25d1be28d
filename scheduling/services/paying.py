"""What paying writes on appointments: a checkout that opens and closes, a payment that came, what is paid.

Billing decides and passes its own writes as `write`, called in the same transaction under the provider's lock. A time
with `checkout_open` stays closed whatever the clock says; it is cleared only when the payment page is surely closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from daybook.core.actors import SYSTEM, Actor
from daybook.core.idempotency import Key
from scheduling import signals
from scheduling.enums import PaymentMode, Status
from scheduling.errors import HoldExpired, InvalidTransition, SlotUnavailable
from scheduling.models import Appointment
from scheduling.services import bookings, client_blocks, clients, history, holds, write_path
from scheduling.services.bookings import Finish, TermsByProvider, lock_appointment, save_guarded
from scheduling.services.clients import ClientDetails
from scheduling.services.placing import Terms, Wish, give_client

if TYPE_CHECKING:
    from tenants.models import Business

Write = Callable[[Appointment], None]
CLIENT_PAYS = (Status.HELD, Status.EXPIRED)


@dataclass(frozen=True, slots=True)
class Paid:
    """What a payment met: the appointment as it is now, whether it was made by this payment, and whether it stands.

    `gone`: its time is somebody else's, or it was cancelled for good; the money has to go back.
    """

    appointment: Appointment
    made: bool = False
    gone: bool = False


def begin_checkout(
    *,
    business: Business,
    appointment: Appointment,
    client: ClientDetails,
    notes: str = "",
    terms: Terms,
    write: Write,
    now: datetime,
    by: Actor,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Note who pays a hold and how, and keep its time closed from now on; the first time its full length anew.

    Price, currency and policy stay as they were held. Raises `HoldExpired` when it was released, `SlotUnavailable` when
    the time went to somebody else, `InvalidTransition` when it is booked already, `TooManyHolds`, `BookingRefused`.
    """
    client_blocks.refuse_blocked(business, client, by=by)
    plan = bookings.plan_of(business, appointment, now)

    def work() -> Appointment:
        if key is not None:
            key.claim()
        fresh = lock_appointment(business, appointment, now=now)
        if fresh.status not in CLIENT_PAYS:
            raise HoldExpired() if fresh.status == Status.CANCELLED else InvalidTransition(fresh.status, "pay")
        renew = fresh.client_id is None or not holds.is_live(fresh, now)
        bookings.retake(plan, fresh, now=now)
        _open(business, fresh, client, terms, now=now, renew=renew)
        fresh.notes = notes or fresh.notes
        save_guarded(fresh)
        history.record(fresh, "checkout", by=by, now=now, was=fresh.status)
        write(fresh)
        if finish is not None:
            finish(fresh)
        return fresh

    return bookings.or_next(lambda: write_path.transact(work), plan, appointment.starts_at, now)


def hold_to_pay(
    *,
    business: Business,
    wish: Wish,
    client: ClientDetails,
    terms: TermsByProvider,
    write: Write,
    now: datetime,
    by: Actor,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Hold a time and open its checkout at once, for callers who know who pays."""
    client_blocks.refuse_blocked(business, client, by=by)

    def insert(appointment: Appointment) -> None:
        appointment.held_at = now
        _open(business, appointment, client, terms[appointment.provider_id], now=now, renew=True)
        bookings.insert(appointment)
        event = history.record(appointment, "held", by=by, now=now)
        history.announce(
            signals.booking_held, appointment, business=business, by=by, now=now, notify=False, event=event
        )
        write(appointment)

    return bookings.make(business, wish, terms, insert, now=now, by=by, key=key, finish=finish)


def _open(
    business: Business, held: Appointment, client: ClientDetails, terms: Terms, *, now: datetime, renew: bool
) -> None:
    held.client = clients.resolve(client)
    holds.allow_another(client=held.client, now=now, without=held.pk)
    give_client(held, client)
    held.payment_mode, held.amount_due_now = terms.payment_mode, terms.due_now
    if renew:
        full = now + timedelta(minutes=business.hold_minutes)
        held.hold_expires_at = max(held.hold_expires_at or full, full)
    held.status, held.checkout_open = Status.HELD, True


def close_checkout(*, business: Business, appointment: Appointment, write: Write, now: datetime) -> Appointment:
    """The payment page is surely closed, unpaid: the hold lives by its clock again, and ends if that has run out."""

    def work() -> Appointment:
        fresh = lock_appointment(business, appointment, now=now)
        write(fresh)
        if fresh.status == Status.HELD and fresh.checkout_open:
            fresh.checkout_open = False
            fresh.save(update_fields=["checkout_open", "updated_at"])
            if not holds.is_live(fresh, now):
                holds.expire_row(business, fresh, now=now)
        return fresh

    return write_path.transact(work)


def settle_paid(*, business: Business, appointment: Appointment, write: Callable[[Paid], None], now: datetime) -> Paid:
    """A payment for this appointment has come: book what waited for it, in one transaction with billing's rows.

    A hold that is over, or was given back, books if its time is still free by the rules of today (notice and reach
    count from when it was held). What stands already is left as it is.
    """
    plan = bookings.plan_of(business, appointment, now)

    def work() -> Paid:
        fresh = lock_appointment(business, appointment, now=now)
        given_back = fresh.status == Status.CANCELLED and fresh.confirmed_at is None and fresh.requested_at is None
        paid = Paid(fresh)
        if fresh.status in CLIENT_PAYS or given_back:
            paid = _book(business, fresh, lambda: bookings.retake(plan, fresh, now=_asked_at(fresh, now)), now=now)
        elif fresh.status in (Status.CANCELLED, Status.DECLINED):
            paid = Paid(fresh, gone=True)
        write(paid)
        return paid

    return write_path.transact(work)


def _book(business: Business, fresh: Appointment, retake: Callable[[], None], *, now: datetime) -> Paid:
    was, requested = fresh.status, fresh.requested_at is not None  # a request that ran out was answered by time
    try:
        over = fresh.starts_at <= now and not holds.is_live(fresh, now)
        if fresh.client_id is None or requested or over:
            raise SlotUnavailable()
        retake()
        bookings.settle(fresh, needs_approval=fresh.service.requires_approval, now=now)
        fresh.cancelled_at = None
        save_guarded(fresh)
    except SlotUnavailable:
        fresh.refresh_from_db()
        if fresh.status == Status.HELD and fresh.checkout_open:
            fresh.checkout_open = False
            fresh.save(update_fields=["checkout_open", "updated_at"])
        return Paid(fresh, gone=True)
    bookings.tell(business, fresh, was=was, by=SYSTEM, now=now, notify=True)
    return Paid(fresh, made=True)


def _asked_at(fresh: Appointment, now: datetime) -> datetime:
    return fresh.held_at or now


def lock_row(appointment: Appointment) -> Appointment:
    """The appointment's row, locked until the caller's transaction ends: money of one appointment is written in turn."""
    return Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)


def note_paid(
    appointment: Appointment, status: str, *, action: str = "", by: Actor, now: datetime, **detail: object
) -> None:
    """Keep what the ledger says of a locked appointment, and (with `action`) a line of its history."""
    if appointment.payment_status != status:
        appointment.payment_status = status
        appointment.save(update_fields=["payment_status", "updated_at"])
    if action:
        history.record(appointment, action, by=by, now=now, was=appointment.status, detail=dict(detail))


def ask_for_payment(appointment: Appointment, *, mode: PaymentMode, due_now: int) -> None:
    """How a booked appointment, locked, is to be paid; its price stays."""
    appointment.payment_mode, appointment.amount_due_now = mode, due_now
    appointment.save(update_fields=["payment_mode", "amount_due_now", "updated_at"])
