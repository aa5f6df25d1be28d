"""The ledger in sums. Integer minor units; a refund counts from the moment it is asked for, until it fails."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from billing.domain.standing import Standing
from billing.enums import BY_CANCELLING, COUNTED_REFUNDS, FEES, PaymentState, RefundState
from billing.models import Bill, Dispute, Payment, Refund
from scheduling.enums import Status

if TYPE_CHECKING:
    from scheduling.models import Appointment, Client

UNSETTLED = (PaymentState.PENDING, PaymentState.UNKNOWN)
LOST = "lost"
OFF = (Status.CANCELLED, Status.DECLINED, Status.EXPIRED)


@dataclass(frozen=True, slots=True)
class Sums:
    """Money of one appointment, order or client, in one currency: what came, what went back, what the bank took back.

    `tips` are part of `captured`; `fees` (no-show, late cancellation) are not, they stand beside it. `moving`: refunds
    asked for and not settled yet, `returned`: those that came with a cancellation; both are part of `refunded`. `pending`: payments asked for and not known yet.
    """

    captured: int = 0
    refunded: int = 0
    lost: int = 0
    tips: int = 0
    fees: int = 0
    moving: int = 0
    returned: int = 0
    pending: int = 0
    failed: bool = False
    disputed: bool = False

    @property
    def kept(self) -> int:
        """What the business has of it now; captured = kept + refunded + lost."""
        return self.captured - self.refunded - self.lost


def sums_by_appointment(appointment_ids: Collection[UUID]) -> dict[UUID, Sums]:
    """The sums of each appointment, all zero without payments. 3 queries, however many they are."""
    found = _sums(Payment.objects.filter(appointment_id__in=appointment_ids), "appointment_id")
    return {pk: found.get(pk, Sums()) for pk in appointment_ids}


def sums(appointment: Appointment) -> Sums:
    """The sums of one appointment. 3 queries."""
    return sums_by_appointment([appointment.pk])[appointment.pk]


def sums_of_client(client: Client) -> dict[str, Sums]:
    """The sums of a client by currency: currencies are never added together. 3 queries."""
    return _sums(Payment.objects.filter(client=client), "currency")


def captured(appointment: Appointment) -> int:
    """What the client has paid for it, tips included, fees not."""
    return sums(appointment).captured


def refunded(appointment: Appointment) -> int:
    """What has gone back, or is on its way."""
    return sums(appointment).refunded


def kept(appointment: Appointment) -> int:
    """What the business has of it now."""
    return sums(appointment).kept


def left_to_refund(payment: Payment) -> int:
    """What may still go back of a payment: captured − refunded, nothing of what was not captured. 1 query."""
    return left_of([payment])[payment.pk]


def left_of(payments: Iterable[Payment]) -> dict[UUID, int]:
    """What may still go back of each of these payments. 1 query."""
    rows = {payment.pk: payment for payment in payments}
    counted = Refund.objects.filter(payment__in=rows, state__in=COUNTED_REFUNDS).values_list("payment_id")
    gone = dict(counted.annotate(Sum("amount")).order_by())
    return {
        pk: max(0, row.amount - gone.get(pk, 0)) if row.state == PaymentState.SUCCEEDED else 0
        for pk, row in rows.items()
    }


def standing(appointment: Appointment) -> Standing:
    """How an appointment stands towards its bill, or its price where it has none. 4 queries."""
    return standings([appointment])[appointment.pk]


def standings(appointments: Collection[Appointment]) -> dict[UUID, Standing]:
    """How each of these appointments stands. 4 queries."""
    to_pay = {
        bill.appointment_id: bill.to_pay
        for bill in Bill.objects.filter(appointment_id__in=[a.pk for a in appointments])
    }
    found = sums_by_appointment([a.pk for a in appointments])
    return {a.pk: towards(a, found[a.pk], to_pay.get(a.pk, a.price)) for a in appointments}


def is_on(appointment: Appointment) -> bool:
    """Whether it takes place, or took place: what a cancellation returned before is then due again."""
    return appointment.status not in OFF


def towards(appointment: Appointment, found: Sums, to_pay: int) -> Standing:
    """How these sums stand towards what is to be paid. Tips go back last: what was refunded counts against the price first."""
    returned = found.returned if is_on(appointment) else 0
    price = max(0, found.captured - found.tips - returned)
    return Standing(
        to_pay=to_pay,
        captured=price,
        refunded=min(found.refunded - returned, price),
        tips=found.tips,
        pending=found.pending,
        failed=found.failed,
        disputed=found.disputed,
        over=appointment.status in (*OFF, Status.NO_SHOW),
    )


def _sums(payments: QuerySet[Payment], group: str) -> dict[Any, Sums]:
    paid = Q(state=PaymentState.SUCCEEDED)
    price = ~Q(purpose__in=FEES)
    rows = payments.values(key=F(group)).annotate(
        captured_=Sum("amount", filter=paid & price, default=0),
        tips_=Sum("tip", filter=paid & price, default=0),
        fees_=Sum("amount", filter=paid & ~price, default=0),
        pending_=Sum("amount", filter=Q(state__in=UNSETTLED) & price, default=0),
        failed_=Sum("amount", filter=Q(state=PaymentState.FAILED) & price, default=0),
    )
    back, disputes = _back(payments, group), _disputes(payments, group)
    return {
        row["key"]: Sums(
            captured=row["captured_"],
            tips=row["tips_"],
            fees=row["fees_"] - back.get(row["key"], _NOTHING)["fees_"],
            pending=row["pending_"],
            failed=row["failed_"] > 0,
            refunded=back.get(row["key"], _NOTHING)["all_"],
            moving=back.get(row["key"], _NOTHING)["moving_"],
            returned=back.get(row["key"], _NOTHING)["returned_"],
            lost=disputes.get(row["key"], (0, 0))[0],
            disputed=disputes.get(row["key"], (0, 0))[1] > 0,
        )
        for row in rows.order_by()
    }


_NOTHING = {"all_": 0, "moving_": 0, "returned_": 0, "fees_": 0}


def _back(payments: QuerySet[Payment], group: str) -> dict[Any, dict[str, Any]]:
    """By group: what went back of prices, what of that is still moving or came with cancelling; what went back of fees."""
    fees = Q(payment__purpose__in=FEES)
    moving = Q(state__in=(RefundState.REQUESTED, RefundState.PENDING))
    rows = Refund.objects.filter(payment__in=payments, state__in=COUNTED_REFUNDS).values(key=F(f"payment__{group}"))
    found = rows.annotate(
        all_=Sum("amount", filter=~fees, default=0),
        moving_=Sum("amount", filter=moving & ~fees, default=0),
        returned_=Sum("amount", filter=Q(reason__in=BY_CANCELLING) & ~fees, default=0),
        fees_=Sum("amount", filter=fees, default=0),
    )
    return {row["key"]: dict(row) for row in found.order_by()}


def _disputes(payments: QuerySet[Payment], group: str) -> dict[Any, tuple[int, int]]:
    """By group: what the bank took back for good, and what is under dispute now."""
    rows = Dispute.objects.filter(payment__in=payments).values_list(f"payment__{group}")
    found = rows.annotate(
        lost_=Sum("amount", filter=Q(status=LOST), default=0),
        open_=Sum("amount", filter=Q(closed_at__isnull=True), default=0),
    )
    return {key: (lost, under_way) for key, lost, under_way in found.order_by()}
