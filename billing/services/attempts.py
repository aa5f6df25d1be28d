"""Checkout attempts: written, with everything that will be asked of the vendor, before he is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from billing.enums import FEES, LIVE_ATTEMPTS, AttemptState, Purpose
from billing.models import Bill, CheckoutAttempt
from daybook.core import formats
from daybook.core.ids import new_id
from daybook.core.outbox import Entry, enqueue_all
from scheduling.enums import PaymentMode
from scheduling.services import paying, tokens
from tenants.selectors import client_url

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business

FOR_HOLDS = (Purpose.DEPOSIT, Purpose.FULL, Purpose.CARD)
PURPOSES = {
    PaymentMode.DEPOSIT: Purpose.DEPOSIT,
    PaymentMode.FULL: Purpose.FULL,
    PaymentMode.CARD_ON_FILE: Purpose.CARD,
}
HOLD_LIFETIME, LINK_LIFETIME = timedelta(minutes=35), timedelta(hours=1)
"""How long a payment page can be paid; the vendor wants 30 minutes at least."""
WATCH = "checkout.watch"
FIRST_LOOK = timedelta(seconds=6)
"""A worker goes on where the request that wrote the attempt gave up."""
TOKEN = "{token}"
LOCALES = ("en", "de", "es")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be asked of a client: `amount` (minor units, `tip` included) for `purpose`, at this account.

    `keep_card` with `consent`: the card is kept for what his policy allows. `address`: the page's host, frozen, too.
    """

    purpose: Purpose
    account_id: str
    amount: int
    tip: int = 0
    application_fee: int = 0
    consent: dict[str, str] = field(default_factory=dict)
    keep_card: bool = False


def live(appointment_id: UUID, *, of_hold: bool = False) -> list[CheckoutAttempt]:
    """The attempts about an appointment that may still be paid. 1 query."""
    found = CheckoutAttempt.objects.filter(appointment_id=appointment_id, state__in=LIVE_ATTEMPTS)
    return list((found.filter(purpose__in=FOR_HOLDS) if of_hold else found).order_by("created_at", "number"))


def same(attempt: CheckoutAttempt, appointment: Appointment, asked: Asked) -> bool:
    """Whether this attempt asks exactly this of this client: its page can be given once more."""
    return (
        attempt.purpose == asked.purpose
        and attempt.account_id == asked.account_id
        and (attempt.amount, attempt.tip) == (asked.amount, asked.tip)
        and attempt.currency == appointment.currency
        and attempt.request.get("metadata", {}).get("client") == str(appointment.client_id)
    )


def write(business: Business, appointment: Appointment, bill: Bill, asked: Asked, *, now: datetime) -> CheckoutAttempt:
    """The next attempt for this appointment, not asked for yet, and the row that sees to it.

    In the caller's transaction, with the appointment's row locked.
    """
    of_hold = asked.purpose in FOR_HOLDS
    number = _next_number(appointment.pk, asked.purpose)
    name = "checkout" if of_hold else asked.purpose
    pk, expires_at = new_id(), now + (HOLD_LIFETIME if of_hold else LINK_LIFETIME)
    attempt = CheckoutAttempt(
        id=pk, appointment=appointment, purpose=asked.purpose, number=number, account_id=asked.account_id,
        amount=asked.amount, tip=asked.tip, currency=appointment.currency, application_fee=asked.application_fee,
        idempotency_key=f"hold:{appointment.pk}:{name}:{number}", consent=asked.consent, expires_at=expires_at,
        created_at=now,
    )  # fmt: skip
    attempt.request = _request(business, appointment, bill, asked, attempt)
    attempt.save(force_insert=True)
    watch(attempt, now + FIRST_LOOK)
    return attempt


def again(attempt: CheckoutAttempt, *, now: datetime) -> CheckoutAttempt:
    """End what surely was never made, and write the same with a new time and key; in the caller's transaction.

    Locks the appointment's row, then the attempt's. Who comes second gets what the first wrote, or how it ended.
    """
    assert attempt.appointment is not None
    paying.lock_row(attempt.appointment)
    attempt = CheckoutAttempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.state != AttemptState.ASKING:
        assert attempt.appointment_id is not None
        later = (one for one in live(attempt.appointment_id) if one.purpose == attempt.purpose)
        return next(later, attempt)
    ended(attempt, AttemptState.REFUSED, now=now, error="never asked in time")
    number = _next_number(attempt.appointment_id, attempt.purpose)
    lifetime = HOLD_LIFETIME if attempt.purpose in FOR_HOLDS else LINK_LIFETIME
    pk, expires_at = new_id(), now + lifetime
    key = attempt.idempotency_key.rpartition(":")[0]
    metadata = {**attempt.request["metadata"], "attempt": str(pk)}
    request = {**attempt.request, "expires_at": int(expires_at.timestamp()), "metadata": metadata}
    if "payment_intent_data" in request:
        request["payment_intent_data"] = {**request["payment_intent_data"], "metadata": metadata}
    if "setup_intent_data" in request:
        request["setup_intent_data"] = {**request["setup_intent_data"], "metadata": metadata}
    fresh = CheckoutAttempt(
        id=pk, appointment_id=attempt.appointment_id, purpose=attempt.purpose, number=number,
        account_id=attempt.account_id, amount=attempt.amount, tip=attempt.tip, currency=attempt.currency,
        application_fee=attempt.application_fee, idempotency_key=f"{key}:{number}", consent=attempt.consent,
        request=request, expires_at=expires_at, created_at=now,
    )  # fmt: skip
    fresh.save(force_insert=True)
    watch(fresh, now + FIRST_LOOK)
    return fresh


def _next_number(appointment_id: UUID | None, purpose: str) -> int:
    """With the appointment's row locked: two at once would get the same."""
    family = FOR_HOLDS if purpose in FOR_HOLDS else (purpose,)
    return CheckoutAttempt.objects.filter(appointment=appointment_id, purpose__in=family).count() + 1


def watch(attempt: CheckoutAttempt, due: datetime) -> None:
    """See to an attempt until it has ended: ask, look, close. One row for each."""
    enqueue_all([Entry(WATCH, f"checkout:{attempt.pk}", f"{WATCH}:{attempt.pk}", due, {"attempt": str(attempt.pk)})])


def to_send(business: Business, attempt: CheckoutAttempt, appointment: Appointment) -> dict[str, Any]:
    """The request as kept, with the client's secret in its addresses: derived, so a repeat is identical."""
    of_hold = attempt.purpose in FOR_HOLDS
    derive = tokens.hold_token if of_hold else tokens.manage_token
    secret = derive(business.pk, appointment)
    request = dict(attempt.request)
    for name in ("success_url", "cancel_url"):
        request[name] = request[name].replace(TOKEN, secret)
    return request


def _request(
    business: Business, appointment: Appointment, bill: Bill, asked: Asked, attempt: CheckoutAttempt
) -> dict[str, Any]:
    success, cancel = _addresses(business, appointment, asked.purpose)
    metadata = {
        "business": str(business.pk),
        "appointment": str(appointment.pk),
        "attempt": str(attempt.pk),
        "purpose": str(asked.purpose),
        "client": str(appointment.client_id),
    }
    request: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": str(appointment.pk),
        "expires_at": int(attempt.expires_at.timestamp()),
        "success_url": success,
        "cancel_url": cancel,
        "metadata": metadata,
    }
    locale = (appointment.client_locale or business.locale)[:2]
    if locale in LOCALES:
        request["locale"] = locale
    if asked.purpose == Purpose.CARD:
        return {
            **request,
            "mode": "setup",
            "currency": appointment.currency,
            "setup_intent_data": {"metadata": metadata},
        }
    with translation.override(locale if locale in LOCALES else "en"):
        request["line_items"] = _lines(appointment, bill, asked)
    money: dict[str, Any] = {"metadata": metadata, "description": f"{appointment.service_name} {appointment.reference}"}
    if asked.application_fee:
        money["application_fee_amount"] = asked.application_fee
    if asked.keep_card:
        money["setup_future_usage"] = "off_session"
    return {**request, "payment_intent_data": money}


def _lines(appointment: Appointment, bill: Bill, asked: Asked) -> list[dict[str, Any]]:
    lines = [
        _line(
            appointment.currency,
            asked.amount - asked.tip,
            _title(appointment, asked),
            "" if asked.purpose in FEES else _words(bill, asked),
        )
    ]
    if asked.tip:
        lines.append(_line(appointment.currency, asked.tip, _("Tip"), ""))
    return lines


def _line(currency: str, amount: int, name: str, description: str) -> dict[str, Any]:
    product = {"name": name, "description": description} if description else {"name": name}
    return {"quantity": 1, "price_data": {"currency": currency, "unit_amount": amount, "product_data": product}}


def _title(appointment: Appointment, asked: Asked) -> str:
    name = {"service": appointment.service_name}
    if asked.purpose in FEES:
        return f"{Purpose(asked.purpose).label}: {appointment.service_name}"
    if asked.purpose == Purpose.DEPOSIT:
        return _("Deposit: %(service)s") % name
    return _("Balance: %(service)s") % name if asked.purpose == Purpose.BALANCE else appointment.service_name


def _words(bill: Bill, asked: Asked) -> str:
    """Price, discount, tax, due today and at the visit, as far as there is anything to say."""

    def money(amount: int) -> str:
        return formats.money(amount, bill.currency, translation.get_language())

    parts = [_("Price %(amount)s") % {"amount": money(bill.price)}]
    if bill.discount:
        parts.append(_("discount %(amount)s") % {"amount": money(bill.discount)})
    if bill.tax:
        parts.append(_("tax %(amount)s") % {"amount": money(bill.tax)})
    if bill.covered:
        parts.append(f"{bill.covered_by} −{money(bill.covered)}")
    if asked.purpose == Purpose.DEPOSIT:
        parts.append(_("due today %(amount)s") % {"amount": money(asked.amount - asked.tip)})
        parts.append(_("due at the visit %(amount)s") % {"amount": money(bill.to_pay - (asked.amount - asked.tip))})
    return " · ".join(parts)


def _addresses(business: Business, appointment: Appointment, purpose: Purpose) -> tuple[str, str]:
    """Where the client comes back to after paying, and after giving up."""
    if purpose in FOR_HOLDS:
        details = f"/book/{quote(appointment.service.slug)}/details?hold={TOKEN}&paying=cancelled"
        return client_url(business, f"/pay/{TOKEN}/return"), client_url(business, details)
    page = f"/a/{quote(appointment.reference)}"
    query = urlencode({"t": TOKEN}, safe="{}")
    if purpose in FEES:
        return client_url(business, f"{page}/fee?{query}&back=1"), client_url(business, f"{page}/fee?{query}")
    return client_url(business, f"{page}/paid?{query}"), client_url(business, f"{page}/pay?{query}")


def ended(attempt: CheckoutAttempt, state: AttemptState, *, now: datetime, error: str = "") -> None:
    """Note how a locked attempt ended; one that was paid stays paid."""
    if attempt.state == AttemptState.PAID or attempt.state not in LIVE_ATTEMPTS:
        return
    attempt.state, attempt.ended_at, attempt.error = state, now, error[:300]
    attempt.save(update_fields=["state", "ended_at", "error"])
