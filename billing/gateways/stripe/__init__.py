"""Stripe: the one place that imports its library. Tests, demo and production differ only in address and keys."""

from billing.gateways.base import Gateway
from billing.gateways.stripe.adapter import StripeGateway


def gateway() -> Gateway:
    """The payment vendor, at `STRIPE_API_BASE` with `STRIPE_SECRET_KEY`."""
    return StripeGateway()
