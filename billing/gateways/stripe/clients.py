"""Speaking to Stripe: a client for those who wait, a client for workers, and what its errors mean."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import stripe
from django.conf import settings

from billing.gateways.base import AccountGone, Misused, Unknown

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

stripe.enable_telemetry = False  # it would write into the home directory


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to connect and to read, and how often the library tries again."""

    connect: float
    read: float
    retries: int = 0


QUICK = Patience(2, 3)
"""While a client waits for his checkout: 5 s in all."""
ATTENDED = Patience(3, 8, retries=2)
"""While an owner connects an account. A second click meets the first on its way (409), and waits for it."""
PATIENT = Patience(3, 20, retries=2)
"""In a worker."""


def client(patience: Patience = PATIENT) -> stripe.StripeClient:
    """A client of the present settings. Every call names its account in the options. Without a key: `Misused`."""
    if not settings.STRIPE_SECRET_KEY:
        raise Misused("no_key", "STRIPE_SECRET_KEY is not set")
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, patience)


@functools.lru_cache(maxsize=8)
def _client(key: str, base: str, patience: Patience) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base, "connect": base, "files": base, "meter_events": base} if base else None,
        http_client=stripe.RequestsClient(timeout=(patience.connect, patience.read)),
        max_network_retries=patience.retries,
    )


def ask(call: Callable[[], Answer]) -> Answer | Unknown:
    """The answer, or that nobody knows it: connection lost, timeout, 409, 429, 5xx, a page instead of JSON.

    A definite no stays an exception: `stripe.CardError` and `stripe.InvalidRequestError` for the caller to read,
    `AccountGone` where Stripe does not let us act for the account, `Misused` for what can never work.
    """
    try:
        return call()
    except (stripe.RateLimitError, stripe.APIConnectionError, stripe.APIError) as error:
        return Unknown(f"{type(error).__name__} {error.http_status or ''}".strip())
    except stripe.PermissionError as error:
        raise AccountGone(str(error.user_message or error)) from error
    except stripe.IdempotencyError as error:
        log.error("a request to Stripe changed under its idempotency key: %s", error.user_message)
        raise Misused("idempotency_error", str(error.user_message or error)) from error
    except stripe.AuthenticationError as error:
        log.error("Stripe refuses our key")
        raise Misused("authentication", str(error.user_message or error)) from error
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as error:
        raise Misused(error.code or "refused", str(error.user_message or error)) from error


def misused(error: stripe.InvalidRequestError | stripe.CardError) -> Misused:
    """What a definite no means that nobody expects."""
    log.error("Stripe refused a request: %s %s", error.code, error.param)
    return Misused(error.code or "invalid_request", str(error.user_message or error))


def is_missing(error: stripe.InvalidRequestError) -> bool:
    """Whether the account has no such object."""
    return error.http_status == 404 or error.code == "resource_missing"
