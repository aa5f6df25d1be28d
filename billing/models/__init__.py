"""Tables of money. Amounts are integer minor units beside a lower-case ISO 4217 currency; rows are never deleted."""

from billing.models.bills import Bill
from billing.models.checkout import CheckoutAttempt, SavedCard, StripeCustomer
from billing.models.coupons import Coupon
from billing.models.gifts import GiftCertificate
from billing.models.ledger import Concern, Dispute, Payment, Refund
from billing.models.packages import ClientPackage, Package
from billing.models.policies import PolicyTier
from billing.models.taxes import PriceSettings, ServiceTax, TaxRate
from billing.models.uses import PriceUse

__all__ = (
    "Bill",
    "CheckoutAttempt",
    "ClientPackage",
    "Concern",
    "Coupon",
    "Dispute",
    "GiftCertificate",
    "Package",
    "Payment",
    "PolicyTier",
    "PriceSettings",
    "PriceUse",
    "Refund",
    "SavedCard",
    "ServiceTax",
    "StripeCustomer",
    "TaxRate",
)
