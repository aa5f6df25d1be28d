"""Packages and gift certificates that are bought online: ordered, paid on the vendor's page, then worth something.

As with appointments: the attempt is written before anybody is asked, an unknown outcome is asked again with the same
key, and one `look` serves webhook, return page and worker alike. Nothing is worth anything before it is paid.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from billing.enums import LIVE_ATTEMPTS, AttemptState, Method, OrderState, PaymentState, Purpose
from billing.gateways.base import AccountGone, CheckoutStarted, Expired, Intent, Misused, Session, TooLateToStart
from billing.gateways.stripe import gateway
from billing.models import CheckoutAttempt, ClientPackage, GiftCertificate, Payment
from billing.selectors.accounts import application_fee, ready_account
from billing.services import gifts, packages
from billing.services.attempts import LINK_LIFETIME, LOCALES, TOKEN
from billing.services.checkout import Closing, PaymentsUnavailable
from billing.services.concerns import raise_concern
from daybook.core.crypto import derive_token
from daybook.core.errors import NotFound
from daybook.core.ids import new_id
from daybook.core.outbox import Drop, Entry, Postpone, enqueue_all
from scheduling.services import clients
from scheduling.services.clients import clean_details
from tenants.selectors import client_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from daybook.core.idempotency import Key
    from tenants.models import Business

log = logging.getLogger(__name__)
Order = ClientPackage | GiftCertificate
WATCH, LOOK = "order.watch", "order.look"
FIRST_LOOK, RETRY, SWEEP = timedelta(seconds=6), timedelta(seconds=20), timedelta(minutes=5)


def begin(
    *,
    business: Business,
    row: Order,
    back: str,
    now: datetime,
    key: Key | None = None,
    finish: Callable[[Order], None] | None = None,
) -> CheckoutAttempt:
    """Keep an order and what will be asked for it, in one transaction. `back`: the path of the page it was made on.

    Raises `PaymentsUnavailable` while the business cannot be paid online.
    """
    account = ready_account(business)
    if account is None:
        raise PaymentsUnavailable()
    with transaction.atomic():
        if key is not None:
            key.claim()
        row.save(force_insert=True)
        attempt = _write(business, row, account.account_id, back, now=now)
        if finish is not None:
            finish(row)
    return attempt


def page(*, business: Business, row: Order, now: datetime, quick: bool = True) -> str:
    """The address at which an order is paid; empty while nobody knows it, or once it is over."""
    attempt = attempt_of(row)
    if attempt.state == AttemptState.ASKING:
        attempt = _ask(business, attempt, now=now, quick=quick)
    return attempt.url if attempt.state == AttemptState.OPEN else ""


def attempt_of(row: Order) -> CheckoutAttempt:
    """The one attempt to have an order paid."""
    return CheckoutAttempt.objects.get(subject=row.pk)


def see_to(*, business: Business, attempt_id: UUID, now: datetime) -> None:
    """The worker's look at an order until it is paid or over. Raises `Postpone`, `Drop`."""
    attempt = CheckoutAttempt.objects.filter(pk=attempt_id).first()
    if attempt is None or attempt.state not in LIVE_ATTEMPTS:
        raise Drop("it has ended")
    try:
        attempt = look(business=business, attempt=attempt, now=now)
    except PaymentsUnavailable:
        attempt.refresh_from_db()
    if attempt.state in LIVE_ATTEMPTS:
        raise Postpone(now + (RETRY if attempt.state == AttemptState.ASKING else SWEEP))


def look(*, business: Business, attempt: CheckoutAttempt, session_id: str = "", now: datetime) -> CheckoutAttempt:
    """Ask for what was not asked for yet, else how it stands, and apply that. With no transaction open."""
    known = attempt.session_id or session_id
    if attempt.state == AttemptState.ASKING and not known:
        return _ask(business, attempt, now=now)
    if attempt.state == AttemptState.PAID or not known:
        return attempt
    try:
        found = gateway().session(attempt.account_id, known)
    except (AccountGone, Misused) as error:
        return _out_of_reach(attempt, error, now)
    if isinstance(found, Session) and found.metadata.get("attempt") == str(attempt.pk):
        _apply(business, attempt, found, now)
    attempt.refresh_from_db()
    return attempt


def close(*, business: Business, attempt: CheckoutAttempt, now: datetime) -> Closing:
    """Close an order's page so that it cannot be paid any more, or learn that it was paid. With no transaction open."""
    try:
        if attempt.state == AttemptState.ASKING:
            attempt = _ask(business, attempt, now=now)
        if attempt.state == AttemptState.OPEN:
            _expire(business, attempt, now)
    except PaymentsUnavailable:
        attempt.refresh_from_db()
    if attempt.state in LIVE_ATTEMPTS:
        return Closing.UNKNOWN
    return Closing.PAID if attempt.state == AttemptState.PAID else Closing.CLOSED


def look_soon(row: Order, *, now: datetime) -> None:
    """Somebody waits for it: have a worker ask, at most once in a few seconds."""
    attempt, turn = attempt_of(row), int(timezone.now().timestamp()) // 3
    payload = {"attempt": str(attempt.pk)}
    enqueue_all([Entry(LOOK, f"order:{row.pk}:look", f"{LOOK}:{attempt.pk}:{turn}", now, payload)])


def look_now(*, business: Business, attempt_id: UUID, now: datetime) -> None:
    """What `look_soon` asked for."""
    attempt = CheckoutAttempt.objects.filter(pk=attempt_id, state__in=LIVE_ATTEMPTS).first()
    if attempt is None:
        raise Drop("it has ended")
    look(business=business, attempt=attempt, now=now)


def token(business: Business, row: Order) -> str:
    """The secret of an order's own page."""
    return derive_token(business.pk, "order", row.pk)


def order_of(attempt: CheckoutAttempt, *, lock: bool = False) -> Order:
    """What an attempt pays for."""
    model = ClientPackage if attempt.purpose == Purpose.PACKAGE else GiftCertificate
    rows = model._default_manager.select_for_update() if lock else model._default_manager
    found: Order | None = rows.filter(pk=attempt.subject or attempt.pk).first()
    if found is None:
        raise NotFound()
    return found


def _write(business: Business, row: Order, account_id: str, back: str, *, now: datetime) -> CheckoutAttempt:
    purpose = Purpose.PACKAGE if isinstance(row, ClientPackage) else Purpose.GIFT
    amount = row.price if isinstance(row, ClientPackage) else row.amount
    fee, expires_at = application_fee(business, amount), now + LINK_LIFETIME
    attempt = CheckoutAttempt(
        id=new_id(), subject=row.pk, purpose=purpose, number=1, account_id=account_id, amount=amount,
        currency=row.currency, application_fee=fee, idempotency_key=f"order:{row.pk}:checkout:1",
        expires_at=expires_at, created_at=now,
    )  # fmt: skip
    attempt.request = _request(business, row, attempt, back)
    attempt.save(force_insert=True)
    payload = {"attempt": str(attempt.pk)}
    enqueue_all([Entry(WATCH, f"order:{row.pk}:pay", f"{WATCH}:{attempt.pk}", now + FIRST_LOOK, payload)])
    return attempt


def _request(business: Business, row: Order, attempt: CheckoutAttempt, back: str) -> dict[str, Any]:
    metadata = {
        "business": str(business.pk), "order": str(row.pk), "attempt": str(attempt.pk), "purpose": str(attempt.purpose),
    }  # fmt: skip
    email, locale = (
        (row.client_email, row.client_locale) if isinstance(row, ClientPackage) else (row.buyer_email, row.buyer_locale)
    )
    name = row.name if isinstance(row, ClientPackage) else str(Purpose.GIFT.label)
    price = {"currency": row.currency, "unit_amount": attempt.amount, "product_data": {"name": name}}
    money: dict[str, Any] = {"metadata": metadata, "description": f"{name}, {business.name}"[:200]}
    if attempt.application_fee:
        money["application_fee_amount"] = attempt.application_fee
    request: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": str(row.pk),
        "customer_email": email,
        "expires_at": int(attempt.expires_at.timestamp()),
        "success_url": client_url(business, f"/orders/{row.pk}?{urlencode({'t': TOKEN}, safe='{}')}"),
        "cancel_url": client_url(business, back),
        "metadata": metadata,
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": money,
    }
    if locale[:2] in LOCALES:
        request["locale"] = locale[:2]
    return request


def _ask(business: Business, attempt: CheckoutAttempt, *, now: datetime, quick: bool = False) -> CheckoutAttempt:
    request = dict(attempt.request)
    request["success_url"] = request["success_url"].replace(TOKEN, token(business, order_of(attempt)))
    try:
        found = gateway().start_checkout(attempt.account_id, request=request, key=attempt.idempotency_key, quick=quick)
    except (AccountGone, Misused) as error:
        _out_of_reach(attempt, error, now)
        raise PaymentsUnavailable() from error
    asking = CheckoutAttempt.objects.filter(pk=attempt.pk, state=AttemptState.ASKING)
    match found:
        case CheckoutStarted():
            asking.update(state=AttemptState.OPEN, session_id=found.session_id, url=found.url, checked_at=now)
        case TooLateToStart():
            _over(attempt, AttemptState.REFUSED, now=now, error="never asked in time")
    attempt.refresh_from_db()
    return attempt


def _expire(business: Business, attempt: CheckoutAttempt, now: datetime) -> None:
    try:
        found = gateway().expire(attempt.account_id, attempt.session_id)
    except (AccountGone, Misused) as error:
        _out_of_reach(attempt, error, now)
        return
    match found:
        case Expired():
            _over(attempt, AttemptState.EXPIRED, now=now)
        case Session():
            _apply(business, attempt, found, now)
    attempt.refresh_from_db()


def _out_of_reach(attempt: CheckoutAttempt, error: Exception, now: datetime) -> CheckoutAttempt:
    """The vendor says no for good: it ends when its page is surely closed, at once where none was made."""
    code = error.code if isinstance(error, Misused) else "account_gone"
    log.error("order %s cannot be paid: %s", attempt.subject, code)
    if attempt.state == AttemptState.ASKING or now > attempt.expires_at + SWEEP:
        _over(attempt, AttemptState.REFUSED, now=now, error=code)
    attempt.refresh_from_db()
    return attempt


def _apply(business: Business, attempt: CheckoutAttempt, session: Session, now: datetime) -> None:
    if session.status == "complete" and session.paid:
        intent = gateway().intent(attempt.account_id, session.payment_intent_id) if session.payment_intent_id else None
        _paid(business, attempt, session, intent if isinstance(intent, Intent) else None, now)
    elif session.status == "expired":
        _over(attempt, AttemptState.EXPIRED, now=now)
    elif attempt.state == AttemptState.ASKING:
        asking = CheckoutAttempt.objects.filter(pk=attempt.pk, state=AttemptState.ASKING)
        asking.update(state=AttemptState.OPEN, session_id=session.session_id, checked_at=now)


def _paid(business: Business, attempt: CheckoutAttempt, session: Session, intent: Intent | None, now: datetime) -> None:
    """The order holds from now on, once; money that is not what was asked for is kept for a person to look at."""
    with transaction.atomic():
        locked = CheckoutAttempt.objects.select_for_update().get(pk=attempt.pk)
        if locked.state == AttemptState.PAID:
            return
        row = order_of(locked, lock=True)
        locked.state, locked.ended_at, locked.checked_at = AttemptState.PAID, now, now
        locked.session_id, locked.payment_intent_id = session.session_id, session.payment_intent_id
        locked.save(update_fields=["state", "ended_at", "checked_at", "session_id", "payment_intent_id"])
        payment = _payment(locked, session, intent, row, now)
        asked = (locked.amount, locked.currency, str(row.pk))
        if (session.amount, session.currency, session.reference) != asked:
            raise_concern(
                "amount_mismatch", f"mismatch:{locked.pk}", payment=payment, now=now, asked=locked.amount,
                asked_currency=locked.currency, paid=session.amount, paid_currency=session.currency,
            )  # fmt: skip
        elif isinstance(row, ClientPackage):
            packages.activate(business=business, row=row, now=now)
        else:
            gifts.activate(business=business, row=row, now=now)


def _payment(attempt: CheckoutAttempt, session: Session, intent: Intent | None, row: Order, now: datetime) -> Payment:
    if isinstance(row, ClientPackage):
        row.client = clients.resolve(clean_details(name=row.client_name, email=row.client_email))
    card = session.card or (intent.card if intent else None)
    payment, _made = Payment.objects.get_or_create(
        account_id=attempt.account_id,
        payment_intent_id=session.payment_intent_id,
        defaults={
            "client": row.client if isinstance(row, ClientPackage) else None, "subject": row.pk, "attempt": attempt,
            "purpose": attempt.purpose, "method": Method.ONLINE, "state": PaymentState.SUCCEEDED,
            "amount": session.amount, "currency": session.currency,
            "application_fee": intent.application_fee if intent else attempt.application_fee,
            "stripe_fee": intent.stripe_fee if intent else None, "charge_id": intent.charge_id if intent else "",
            "card_brand": card.brand if card else "", "card_last4": card.last4 if card else "",
            "made_by": "client", "created_at": now,
            "captured_at": (intent.captured_at if intent else None) or timezone.now(),
        },
    )  # fmt: skip
    return payment


def _over(attempt: CheckoutAttempt, state: AttemptState, *, now: datetime, error: str = "") -> None:
    """It was never paid, and cannot be any more."""
    with transaction.atomic():
        locked = CheckoutAttempt.objects.select_for_update().get(pk=attempt.pk)
        if locked.state not in LIVE_ATTEMPTS:
            return
        locked.state, locked.ended_at, locked.error = state, now, error[:300]
        locked.save(update_fields=["state", "ended_at", "error"])
        row = order_of(locked, lock=True)
        if row.state == OrderState.ORDERED:
            row.state = OrderState.VOID
            row.save(update_fields=["state"])
