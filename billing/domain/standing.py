"""What an appointment's money comes to: pure sums of what was captured and what went back. Integer minor units."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """`to_pay` in money without tips; `captured` and `refunded` without tips; `pending` is asked and not known yet.

    `over`: it does not take place (any more), so no price is due.
    """

    to_pay: int
    captured: int = 0
    refunded: int = 0
    tips: int = 0
    pending: int = 0
    failed: bool = False
    disputed: bool = False
    over: bool = False

    @property
    def kept(self) -> int:
        """What the business has of it now."""
        return self.captured - self.refunded

    @property
    def due(self) -> int:
        """What is still to be paid; what was refunded is not asked for again."""
        return 0 if self.over else max(0, self.to_pay - self.captured)

    @property
    def status(self) -> str:
        """The payment status, in the words of `scheduling.enums.PaymentStatus`."""
        if self.disputed:
            return "disputed"
        if not self.captured:
            return "failed" if self.failed else "unpaid"
        if self.refunded >= self.captured:
            return "refunded"
        if self.refunded:
            return "partially_refunded"
        return "paid" if self.captured >= self.to_pay else "deposit_paid"
