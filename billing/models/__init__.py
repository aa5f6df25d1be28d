"""Tables of money. Amounts are integer minor units beside a lower-case ISO 4217 currency; rows are never deleted."""

from billing.models.bills import Bill
from billing.models.checkout import CheckoutAttempt, SavedCard, StripeCustomer
from billing.models.ledger import Concern, Dispute, Payment, Refund
from billing.models.policies import PolicyTier

__all__ = (
    "Bill",
    "CheckoutAttempt",
    "Concern",
    "Dispute",
    "Payment",
    "PolicyTier",
    "Refund",
    "SavedCard",
    "StripeCustomer",
)
