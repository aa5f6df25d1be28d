"""The doors that Stripe delivers to, at `/v1/webhooks/stripe` and `/v1/webhooks/stripe-thin`.

What a handler gets: `event.business_id` is whose account it is; `event.body` holds the account's id as `account` and
what the event is about, without its contents: `id`, `object`, `payment_intent`, `setup_intent`, `charge`,
`payment_method`, `customer`, `reference`, `metadata`. Handlers read the object itself again under that account.
`event.object_id` only puts events in order: those with the same appointment in their metadata, else with the same
payment or set-up, else of the same object.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from billing.domain.deliveries import order_of
from billing.gateways.stripe import deliveries
from billing.gateways.stripe.deliveries import Delivered
from billing.selectors.accounts import business_of
from billing.services.accounts import SNAPSHOTS, THIN
from daybook.core import inbox

log = logging.getLogger(__name__)

FOREIGN, OTHER_MODE = "foreign:", "other-mode:"
"""Begin the kinds of events that are kept as ignored: of accounts of no business, and of test mode where money is real."""


def verify_snapshot(request: HttpRequest) -> inbox.Incoming:
    """A delivery of the Connect endpoint. Raises `inbox.Rejected`."""
    return _incoming(request, settings.STRIPE_WEBHOOK_SECRETS, deliveries.snapshot)


def verify_thin(request: HttpRequest) -> inbox.Incoming:
    """A delivery of the destination for accounts. Raises `inbox.Rejected`."""
    return _incoming(request, settings.STRIPE_THIN_SECRETS, deliveries.thin)


def _incoming(request: HttpRequest, secrets: list[str], read: Callable[[dict[str, Any]], Delivered]) -> inbox.Incoming:
    if not deliveries.is_genuine(request.body, request.headers.get(deliveries.HEADER), secrets):
        raise inbox.Rejected()
    try:
        found = read(inbox.json_object(request.body))
    except (KeyError, TypeError) as error:
        raise inbox.Rejected("malformed", "Not an event of this endpoint.") from error
    if found.live != deliveries.is_live():
        return _ignored(found, OTHER_MODE)
    business = business_of(found.account_id)
    if business is None:
        return _ignored(found, FOREIGN)
    return inbox.Incoming(
        event_id=found.event_id,
        kind=found.kind,
        business_id=business.pk,
        object_id=order_of(found.account_id, found.about),
        body={"account": found.account_id, **found.about},
    )


def _ignored(found: Delivered, why: str) -> inbox.Incoming:
    """Kept under a kind that nobody handles, so that an operator can see that it came."""
    log.warning("an event of Stripe is not for us: %s%s %s", why, found.kind, found.event_id)
    body = {"account": found.account_id, "id": found.about["id"]}
    return inbox.Incoming(event_id=found.event_id, kind=f"{why}{found.kind}", body=body)


def connect() -> None:
    """Open the doors."""
    inbox.source(SNAPSHOTS, verify=verify_snapshot)
    inbox.source(THIN, verify=verify_thin)
