"""What money refuses, and why.

Invalid 422   RefundTooLarge, FeeTooLarge, CodeRefused
Conflict 409  NothingDue, Disputed, NotRefundable, NoConsent, PriceSettled
"""

from django.utils.translation import gettext as _

from daybook.core.errors import Conflict, Invalid


class RefundTooLarge(Invalid):
    """422: more than is left of the payment; `details.left` says how much is, in minor units."""

    def __init__(self, left: int, words: str) -> None:
        message = (
            _("At most %(amount)s can be refunded.") % {"amount": words} if left else _("Nothing is left to refund.")
        )
        super().__init__("refund_too_large", message, {"amount": [message]}, left=left)


class FeeTooLarge(Invalid):
    """422: more than the policy allows; `details.most` says how much that is, in minor units."""

    def __init__(self, most: int, words: str) -> None:
        message = _("The policy allows at most %(amount)s.") % {"amount": words}
        super().__init__("fee_too_large", message, {"amount": [message]}, most=most)


class Disputed(Conflict):
    """409: the client's bank wants the payment back; until that is decided nothing else is done with it."""

    def __init__(self) -> None:
        super().__init__(
            "charge_disputed", _("The client's bank disputes this payment. Answer it at Stripe; nothing can be refunded meanwhile.")
        )  # fmt: skip


class NotRefundable(Conflict):
    """409: there is nothing that could go back, or be asked for once more."""

    def __init__(self) -> None:
        super().__init__("not_refundable", _("This payment cannot be refunded."))


class NoConsent(Conflict):
    """409: no card is kept with the client's consent."""

    def __init__(self) -> None:
        super().__init__("no_saved_card", _("No card of this client may be charged for this appointment."))


class CodeRefused(Invalid):
    """422: the code cannot be used for this booking; `reason` says why."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__("code_refused", message, {"coupon_code": [message]}, reason=reason)
        self.reason = reason


class PriceSettled(Conflict):
    """409: the price of this appointment cannot be changed any more."""

    def __init__(self) -> None:
        super().__init__("price_settled", _("This is paid or booked already: its price stays as it is."))


class NothingDue(Conflict):
    """409: it is paid already."""

    def __init__(self) -> None:
        super().__init__("nothing_due", _("Nothing is left to pay."))
