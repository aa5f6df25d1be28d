"""Payments, refunds and disputes as the owner looks at them: narrowed, counted, or one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum

from billing.enums import COUNTED_REFUNDS, PaymentState
from billing.models import Dispute, Payment, Refund
from daybook.core.errors import Forbidden, NotFound
from scheduling.selectors.appointments import sees_all

if TYPE_CHECKING:
    from tenants.models import Membership

ATTENTION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Narrow:
    """Filters of a list. Dates are local to `zone` and inclusive; "" and None do not narrow."""

    zone: str
    search: str = ""
    state: str = ""
    method: str = ""
    since: date | None = None
    until: date | None = None


def transactions(narrow: Narrow) -> QuerySet[Payment]:
    """What was captured, tried, or marked by staff; the latest first."""
    rows = Payment.objects.select_related("appointment", "client").filter(_made(narrow, "created_at"))
    if narrow.state:
        rows = rows.filter(state=narrow.state)
    if narrow.method:
        rows = rows.filter(method=narrow.method)
    return rows.filter(_names(narrow.search, "")).order_by("-created_at", "-pk")


def refunds(narrow: Narrow) -> QuerySet[Refund]:
    """What goes back, or went; the latest first."""
    rows = Refund.objects.select_related("payment__appointment", "payment__client").filter(_made(narrow, "created_at"))
    if narrow.state:
        rows = rows.filter(state=narrow.state)
    return rows.filter(_names(narrow.search, "payment__")).order_by("-created_at", "-pk")


def disputes(narrow: Narrow) -> QuerySet[Dispute]:
    """Disputes, open ones first, by their deadline."""
    rows = Dispute.objects.select_related("payment__appointment", "payment__client")
    if narrow.state:
        rows = rows.filter(closed_at__isnull=narrow.state == "open")
    rows = rows.filter(_made(narrow, "opened_at"), _names(narrow.search, "payment__"))
    return rows.order_by("-closed_at", "due_by", "-opened_at")


def totals(rows: QuerySet[Payment]) -> list[tuple[str, int, int]]:
    """Captured and refunded of these payments by currency. 2 queries."""
    taken = rows.filter(state=PaymentState.SUCCEEDED).order_by()
    captured = dict(taken.values_list("currency").annotate(Sum("amount")))
    back = Refund.objects.filter(payment__in=taken.values("pk"), state__in=COUNTED_REFUNDS)
    refunded = dict(back.values_list("payment__currency").annotate(Sum("amount")).order_by())
    return [(currency, amount, refunded.get(currency, 0)) for currency, amount in sorted(captured.items())]


def access_payment(member: Membership | None, payment_id: UUID) -> Payment:
    """The payment, else NotFound; Forbidden when it is of another provider's appointment that the member may not see."""
    found = Payment.objects.select_related("appointment", "client").filter(pk=payment_id).first()
    if found is None:
        raise NotFound()
    own = found.appointment is not None and member is not None and found.appointment.provider_id == member.provider_id
    if not sees_all(member) and not own:
        raise Forbidden("forbidden", "")
    return found


def access_refund(member: Membership | None, refund_id: UUID) -> Refund:
    """The refund, as `access_payment`."""
    found = Refund.objects.filter(pk=refund_id).first()
    if found is None:
        raise NotFound()
    found.payment = access_payment(member, found.payment_id)
    return found


def failed_lately(now: datetime, *, most: int) -> list[Payment]:
    """Payments and fees that did not work out within 30 days and are still owed; the latest first. 1 query."""
    states = (PaymentState.FAILED, PaymentState.REQUIRES_CUSTOMER)
    rows = Payment.objects.select_related("appointment").filter(state__in=states, created_at__gt=now - ATTENTION)
    return list(rows.filter(appointment__isnull=False).order_by("-created_at")[:most])


def open_disputes() -> list[Dispute]:
    """Disputes to be answered at Stripe, the most urgent first. 1 query."""
    rows = Dispute.objects.select_related("payment__appointment").filter(closed_at__isnull=True)
    return list(rows.order_by("due_by", "opened_at"))


def _made(narrow: Narrow, field: str) -> Q:
    wall = ZoneInfo(narrow.zone)
    found = Q()
    if narrow.since:
        found &= Q(**{f"{field}__gte": datetime(narrow.since.year, narrow.since.month, narrow.since.day, tzinfo=wall)})
    if narrow.until and narrow.until < date.max:
        after = narrow.until + timedelta(days=1)
        found &= Q(**{f"{field}__lt": datetime(after.year, after.month, after.day, tzinfo=wall)})
    return found


def _names(search: str, path: str) -> Q:
    """By client, reference, the card's last digits, or an id at Stripe."""
    text = search.strip()
    if not text:
        return Q()
    return (
        Q(**{f"{path}appointment__client_name__icontains": text})
        | Q(**{f"{path}client__name__icontains": text})
        | Q(**{f"{path}appointment__client_email__icontains": text})
        | Q(**{f"{path}appointment__reference__iexact": text})
        | Q(**{f"{path}card_last4": text})
        | Q(**{f"{path}payment_intent_id": text})
    )
