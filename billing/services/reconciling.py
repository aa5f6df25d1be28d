"""Comparing our ledger with the vendor's, payment by payment: what we missed is taken over, what differs is noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from billing.enums import PaymentState, RefundState
from billing.gateways.base import AccountGone, Intent, Unknown
from billing.gateways.stripe import gateway
from billing.models import Payment, Refund
from billing.selectors.accounts import account_of
from billing.services import disputes, fee_charging, refund_asking, settling
from billing.services.concerns import close_concerns, raise_concern
from billing.services.refund_asking import NotKnown
from daybook.core.outbox import Entry, enqueue_all

if TYPE_CHECKING:
    from tenants.models import Business

RECONCILE = "payments.reconcile"
REACH = timedelta(days=35)
BEGUN_BEFORE = timedelta(days=2)
"""How long before it was captured a payment may have been begun."""
AT_VENDOR = (RefundState.PENDING, RefundState.SUCCEEDED)


@dataclass(slots=True)
class Report:
    """What was compared: sums in minor units by currency, theirs and ours, and what differs."""

    checked: int = 0
    theirs: dict[str, tuple[int, int]] = field(default_factory=dict)
    ours: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    out_of_reach: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return not self.problems and self.theirs == self.ours


def ask(*, now: datetime) -> None:
    """Have the business's ledger compared; once a day."""
    enqueue_all([Entry(RECONCILE, RECONCILE, f"{RECONCILE}:{now.date()}", now)])


def reconcile(*, business: Business, now: datetime, reach: timedelta = REACH) -> Report:
    """Compare every online payment of the last days, on each account where there is any. Raises `NotKnown`."""
    since = min(timezone.now(), now) - reach
    report = Report()
    accounts = set(Payment.objects.exclude(account_id="").values_list("account_id", flat=True))
    current = account_of(business)
    for account_id in sorted(accounts | ({current.account_id} if current else set())):
        try:
            _reconcile_account(business, account_id, since, now, report)
        except AccountGone:
            report.out_of_reach.append(account_id)
    return report


def _reconcile_account(business: Business, account_id: str, since: datetime, now: datetime, report: Report) -> None:
    found = gateway().intents(account_id, since=since - BEGUN_BEFORE)
    opened = gateway().disputes(account_id, since=since)
    if isinstance(found, Unknown) or isinstance(opened, Unknown):
        raise NotKnown("reconcile")
    for dispute in opened:
        disputes.reread(account_id=account_id, dispute_id=dispute.dispute_id, now=now)
    captured = [intent for intent in found if intent.captured]
    for intent in captured:
        payment = _ours(account_id, intent) or _take_over(business, account_id, intent, now)
        if payment is None:
            if _is_for_us(business, intent):
                _unknown(account_id, intent, now, report)
            continue
        _compare(payment, intent, now, report)
    known = {intent.payment_intent_id for intent in captured}
    rows = Payment.objects.filter(account_id=account_id, state=PaymentState.SUCCEEDED, captured_at__gte=since)
    for payment in rows.exclude(payment_intent_id__in=known):
        _differs(payment, now, report, there=0)


def _ours(account_id: str, intent: Intent) -> Payment | None:
    rows = Payment.objects.filter(account_id=account_id, payment_intent_id=intent.payment_intent_id)
    return rows.filter(state=PaymentState.SUCCEEDED).first()


def _is_for_us(business: Business, intent: Intent) -> bool:
    """Whether we asked for it. Whatever else the owner sells through his account is not our business."""
    named = intent.metadata
    return named.get("business") == str(business.pk) or bool(named.get("payment")) or bool(named.get("attempt"))


def _take_over(business: Business, account_id: str, intent: Intent, now: datetime) -> Payment | None:
    """A payment of ours whose news never came: settled now, as its webhook would have done."""
    if (payment_id := _uuid(intent.metadata.get("payment"))) is not None:
        fee_charging.settle_intent(
            account_id=account_id, payment_id=payment_id, payment_intent_id=intent.payment_intent_id, now=now
        )
    about = {"object": "payment_intent", "id": intent.payment_intent_id, "account": account_id}
    attempt = settling.attempt_of({**about, "metadata": intent.metadata, "reference": ""})
    if attempt is not None:
        settling.look(business=business, attempt_id=attempt.pk, now=now)
    return _ours(account_id, intent)


def _compare(payment: Payment, intent: Intent, now: datetime, report: Report) -> None:
    if payment.stripe_fee is None and intent.stripe_fee is not None:
        Payment.objects.filter(pk=payment.pk).update(stripe_fee=intent.stripe_fee, charge_id=intent.charge_id)
    if _refunded(payment) != intent.refunded:
        refund_asking.reread(account_id=payment.account_id, payment_intent_id=payment.payment_intent_id, now=now)
    back = _refunded(payment)
    report.checked += 1
    _add(report.theirs, intent.currency, intent.captured, intent.refunded)
    _add(report.ours, payment.currency, payment.amount, back)
    same = (intent.captured, intent.currency) == (payment.amount, payment.currency)
    if same and back == intent.refunded:
        close_concerns(f"differs:{payment.pk}", now=now, answer="")
    else:
        _differs(payment, now, report, there=intent.captured - intent.refunded)


def _refunded(payment: Payment) -> int:
    """What of a payment the vendor has refunded, by our rows."""
    rows = Refund.objects.filter(payment=payment, state__in=AT_VENDOR).exclude(refund_id="")
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def _differs(payment: Payment, now: datetime, report: Report, *, there: int) -> None:
    report.problems.append(f"{payment.payment_intent_id or payment.pk}: {payment.amount} {payment.currency} here")
    with transaction.atomic():
        raise_concern(
            "sums_differ", f"differs:{payment.pk}", appointment=payment.appointment, payment=payment, now=now,
            amount=payment.amount, currency=payment.currency, there=there,
        )  # fmt: skip


def _unknown(account_id: str, intent: Intent, now: datetime, report: Report) -> None:
    report.problems.append(f"{intent.payment_intent_id}: {intent.captured} {intent.currency} only there")
    _add(report.theirs, intent.currency, intent.captured, intent.refunded)
    with transaction.atomic():
        raise_concern(
            "unknown_payment", f"unknown:{account_id}:{intent.payment_intent_id}", now=now, amount=intent.captured,
            currency=intent.currency, intent=intent.payment_intent_id, account=account_id,
        )  # fmt: skip


def _add(sums: dict[str, tuple[int, int]], currency: str, captured: int, refunded: int) -> None:
    before = sums.get(currency, (0, 0))
    sums[currency] = (before[0] + captured, before[1] + refunded)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
