"""Checkouts at the vendor: asking for one, closing it, and the row that sees to both when nobody else does."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.enums import LIVE_ATTEMPTS, AttemptState
from billing.gateways.base import AccountGone, CheckoutStarted, Expired, Misused, Session, TooLateToStart, Unknown
from billing.gateways.stripe import gateway
from billing.models import CheckoutAttempt, StripeCustomer
from billing.services import account_rows, attempts, settling
from billing.services.attempts import Asked
from billing.services.concerns import raise_concern
from daybook.core.crypto import fingerprint
from daybook.core.errors import Conflict
from daybook.core.outbox import Drop, Entry, Postpone, enqueue_all
from scheduling.enums import Status
from scheduling.errors import CheckoutOpen, InvalidTransition

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business

log = logging.getLogger(__name__)
LOOK = "checkout.look"
PATIENCE = 3.0
"""Seconds after which a request leaves the rest to a worker: each of its two calls may take as long again."""
SWEEP, RETRY = timedelta(minutes=5), timedelta(seconds=20)
SHORTEST = timedelta(minutes=31)
"""What has more time left cannot be too late: then the clocks differ, and asking again later is all there is."""
SURELY_CLOSED = timedelta(minutes=5)
"""After a session's end, when the vendor cannot be asked any more."""


class Closing(StrEnum):
    """What came of closing a payment page. Only after `CLOSED` is the time free."""

    CLOSED = "closed"
    PAID = "paid"
    UNKNOWN = "unknown"


class PaymentsUnavailable(Conflict):
    """409: the business cannot be paid online at present."""

    def __init__(self) -> None:
        message = _("Online payment is not available at present. Please try again later, or contact the business.")
        super().__init__("payments_unavailable", message)


def ask(*, business: Business, attempt: CheckoutAttempt, now: datetime, quick: bool = False) -> CheckoutAttempt:
    """Ask for the attempt's checkout, if that was not answered yet. Within a client's request `quick`.

    An unknown outcome leaves the attempt `asking`: the same again, later. Too late to start means it was never made:
    the next attempt is asked for instead. Raises `PaymentsUnavailable` when the account says no for good.
    """
    if attempt.state != AttemptState.ASKING:
        return attempt
    appointment = attempt.appointment
    assert appointment is not None
    started = monotonic()
    try:
        customer = _customer(attempt, appointment, quick=quick)
        if isinstance(customer, Unknown) or (quick and monotonic() - started > PATIENCE):
            return attempt
        attempt = _freeze(attempt, customer)
        request = attempts.to_send(business, attempt, appointment)
        found = gateway().start_checkout(attempt.account_id, request=request, key=attempt.idempotency_key, quick=quick)
    except (AccountGone, Misused) as error:
        return _refused(business, attempt, error, now)
    match found:
        case CheckoutStarted():
            return _opened(attempt, found, now)
        case TooLateToStart() if attempt.expires_at - now < SHORTEST:
            return _next(business, attempt, now=now, quick=quick)
    CheckoutAttempt.objects.filter(pk=attempt.pk).update(checked_at=now)
    return attempt


def close(*, business: Business, attempt: CheckoutAttempt, now: datetime) -> Closing:
    """Close a payment page so that it cannot be paid any more, or learn that it was paid."""
    try:
        if attempt.state == AttemptState.ASKING:
            attempt = ask(business=business, attempt=attempt, now=now)
        if attempt.state == AttemptState.ASKING:
            return Closing.UNKNOWN
        if attempt.state not in LIVE_ATTEMPTS:
            return Closing.PAID if attempt.state == AttemptState.PAID else _close_next(business, attempt, now)
        found = gateway().expire(attempt.account_id, attempt.session_id)
    except PaymentsUnavailable:
        attempt.refresh_from_db()
        return Closing.CLOSED if attempt.state not in LIVE_ATTEMPTS else Closing.UNKNOWN
    except (AccountGone, Misused) as error:
        return _out_of_reach(business, attempt, str(error), now)
    match found:
        case Expired():
            settling.over(business=business, attempt=attempt, state=AttemptState.EXPIRED, now=now)
            attempt.refresh_from_db()
            return Closing.PAID if attempt.state == AttemptState.PAID else Closing.CLOSED
        case Session():
            attempt = settling.apply(business=business, attempt=attempt, session=found, now=now)
            return Closing.PAID if attempt.state == AttemptState.PAID else Closing.UNKNOWN
    return Closing.UNKNOWN


def close_others(*, business: Business, appointment: Appointment, asked: Asked | None, now: datetime) -> None:
    """Close the payment pages of a hold that ask for something else than `asked` (None: all of them).

    Raises `InvalidTransition` when one was paid meanwhile (the hold is booked), `CheckoutOpen` when nobody knows.
    """
    for attempt in attempts.live(appointment.pk, of_hold=True):
        if asked is not None and attempts.same(attempt, appointment, asked):
            continue
        match close(business=business, attempt=attempt, now=now):
            case Closing.PAID:
                raise InvalidTransition(Status.CONFIRMED, "pay")
            case Closing.UNKNOWN:
                raise CheckoutOpen()


def see_to(*, business: Business, attempt_id: UUID, now: datetime) -> None:
    """The attempt's own row: ask where that is open, close it at the hold's end, look now and then. Raises `Postpone`."""
    attempt = CheckoutAttempt.objects.select_related("appointment").filter(pk=attempt_id).first()
    if attempt is None or attempt.state not in LIVE_ATTEMPTS:
        raise Drop("it has ended")
    if attempt.appointment is None:
        raise Drop("it belongs to no appointment")
    ends = _hold_ends(attempt)
    if ends is not None and ends <= now:
        if close(business=business, attempt=attempt, now=now) is Closing.UNKNOWN:
            raise Postpone(now + RETRY)
        return
    try:
        was = attempt.state
        attempt = ask(business=business, attempt=attempt, now=now)
        if was == AttemptState.OPEN:
            attempt = settling.look(business=business, attempt_id=attempt.pk, now=now)
    except PaymentsUnavailable:
        attempt.refresh_from_db()
    except (AccountGone, Misused) as error:
        if _out_of_reach(business, attempt, str(error), now) is Closing.CLOSED:
            return
    if attempt.state in LIVE_ATTEMPTS and attempt.pk == attempt_id:
        pause = RETRY if attempt.state == AttemptState.ASKING else SWEEP
        raise Postpone(min(now + pause, ends) if ends else now + pause)


def look_now(*, business: Business, attempt_id: UUID, now: datetime) -> None:
    """Ask how it stands; one whose page is not known yet is asked for first."""
    attempt = CheckoutAttempt.objects.select_related("appointment__client").filter(pk=attempt_id).first()
    if attempt is None or attempt.state not in LIVE_ATTEMPTS or attempt.appointment is None:
        raise Drop("it has ended")
    attempt = ask(business=business, attempt=attempt, now=now)
    settling.look(business=business, attempt_id=attempt.pk, now=now)


def look_soon(attempt: CheckoutAttempt, *, now: datetime) -> None:
    """Have a worker ask how it stands, at most once in a few seconds: for pages and programs that wait."""
    turn = int(timezone.now().timestamp()) // 3
    payload = {"attempt": str(attempt.pk)}
    enqueue_all([Entry(LOOK, f"checkout:{attempt.pk}:look", f"{LOOK}:{attempt.pk}:{turn}", now, payload)])


def _hold_ends(attempt: CheckoutAttempt) -> datetime | None:
    """When the hold that it pays for ends; None for what keeps no time closed. The past, where the hold is gone."""
    appointment = attempt.appointment
    if appointment is None or attempt.purpose not in attempts.FOR_HOLDS:
        return None
    if appointment.status == Status.HELD and appointment.hold_expires_at is not None:
        return appointment.hold_expires_at
    return appointment.created_at


def _customer(attempt: CheckoutAttempt, appointment: Appointment, *, quick: bool) -> str | Unknown:
    """The client as a customer of this account: made there once, before the first checkout."""
    if found := attempt.request.get("customer"):
        return str(found)
    client = appointment.client
    assert client is not None
    known = StripeCustomer.objects.filter(client=client, account_id=attempt.account_id).first()
    if known is not None:
        return known.customer_id
    name, email = appointment.client_name, appointment.client_email
    key = f"client:{client.pk}:customer:{fingerprint(f'{name}|{email}')}"
    made = gateway().customer(
        attempt.account_id, name=name, email=email, reference=str(client.pk), key=key, quick=quick
    )
    if isinstance(made, str):
        StripeCustomer.objects.get_or_create(
            client=client, account_id=attempt.account_id,
            defaults={"customer_id": made, "created_at": attempt.created_at},
        )  # fmt: skip
    return made


def _freeze(attempt: CheckoutAttempt, customer: str) -> CheckoutAttempt:
    """The request with its customer, kept before it is sent; whoever comes second sends what the first kept."""
    with transaction.atomic():
        locked = CheckoutAttempt.objects.select_for_update().get(pk=attempt.pk)
        if "customer" not in locked.request:
            locked.request = {**locked.request, "customer": customer}
            locked.save(update_fields=["request"])
    return CheckoutAttempt.objects.select_related("appointment__client").get(pk=attempt.pk)


def _opened(attempt: CheckoutAttempt, found: CheckoutStarted, now: datetime) -> CheckoutAttempt:
    asking = CheckoutAttempt.objects.filter(pk=attempt.pk, state=AttemptState.ASKING)
    asking.update(state=AttemptState.OPEN, session_id=found.session_id, url=found.url, checked_at=now)
    attempt.refresh_from_db()
    return attempt


def _next(business: Business, attempt: CheckoutAttempt, *, now: datetime, quick: bool) -> CheckoutAttempt:
    """The first try never arrived and is too old now: a new attempt while the hold lives, else the end of it."""
    ends = _hold_ends(attempt)
    if ends is not None and ends <= now:
        return settling.over(
            business=business, attempt=attempt, state=AttemptState.REFUSED, now=now, error="never asked in time"
        )
    with transaction.atomic():
        fresh = attempts.again(attempt, now=now)
    return ask(business=business, attempt=fresh, now=now, quick=quick)


def _close_next(business: Business, attempt: CheckoutAttempt, now: datetime) -> Closing:
    """What was refused for being late may have a successor."""
    assert attempt.appointment_id is not None
    later = [one for one in attempts.live(attempt.appointment_id) if one.purpose == attempt.purpose]
    return close(business=business, attempt=later[0], now=now) if later else Closing.CLOSED


def _refused(business: Business, attempt: CheckoutAttempt, error: Exception, now: datetime) -> CheckoutAttempt:
    """The vendor says no for good. Only what was surely never made ends at once."""
    code = error.code if isinstance(error, Misused) else "account_gone"
    log.error("checkout %s was refused: %s", attempt.pk, code)
    account_rows.look_soon(attempt.account_id, now=now)
    if code != "account_gone":
        raise_concern(
            "checkout_refused",
            f"refused:{attempt.pk}",
            appointment=attempt.appointment,
            payment=None,
            now=now,
            code=code,
        )
    if attempt.checked_at is None and code != "idempotency_error":
        settling.over(business=business, attempt=attempt, state=AttemptState.REFUSED, now=now, error=code)
    else:
        _out_of_reach(business, attempt, code, now)
    raise PaymentsUnavailable() from error


def _out_of_reach(business: Business, attempt: CheckoutAttempt, error: str, now: datetime) -> Closing:
    """Nobody lets us close the page: it is closed once its own time is over, by the vendor's clock."""
    if now < attempt.expires_at + SURELY_CLOSED:
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(error=error[:300])
        return Closing.UNKNOWN
    settling.over(business=business, attempt=attempt, state=AttemptState.EXPIRED, now=now, error=error)
    return Closing.CLOSED
