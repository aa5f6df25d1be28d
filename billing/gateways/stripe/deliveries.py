"""What Stripe delivers to our doors: signatures over the raw body, and what an event is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import stripe
from django.conf import settings

from billing.gateways.stripe import reading

HEADER = "Stripe-Signature"
TOLERANCE = 300
"""How many seconds (real time) a signature may be old."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A verified event. `account_id` is "" for events of the platform itself; `about` as `reading.event_object` has it."""

    event_id: str
    kind: str
    account_id: str
    live: bool
    about: dict[str, Any] = field(repr=False)


def is_genuine(body: bytes, signature: str | None, secrets: Iterable[str]) -> bool:
    """Whether the header signs exactly this body with one of the secrets, not too long ago."""
    return any(_signed(body, signature, secret) for secret in secrets)


def _signed(body: bytes, signature: str | None, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature or "", secret, TOLERANCE)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


def snapshot(event: dict[str, Any]) -> Delivered:
    """An event of a connected account with the object as it was. KeyError and TypeError for what is none."""
    if event["object"] != "event":
        raise TypeError("not a snapshot event")
    return Delivered(
        event_id=str(event["id"]),
        kind=str(event["type"]),
        account_id=str(event.get("account") or ""),
        live=bool(event["livemode"]),
        about=reading.event_object(event["data"]["object"]),
    )


def thin(event: dict[str, Any]) -> Delivered:
    """An event about an account of Accounts v2: names it and carries nothing else. KeyError, TypeError for what is none."""
    if event["object"] != "v2.core.event":
        raise TypeError("not a thin event")
    related = event.get("related_object") or {}
    return Delivered(
        event_id=str(event["id"]),
        kind=str(event["type"]),
        account_id=str(related.get("id") or ""),
        live=bool(event["livemode"]),
        about={"id": str(related.get("id") or ""), "object": str(related.get("type") or "")},
    )


def is_live() -> bool:
    """Whether our own key moves real money."""
    return settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
