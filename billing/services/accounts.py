"""Connecting a business's account at Stripe, and keeping what we know of it true.

Stripe is asked with no transaction open; what it said is kept under the account's lock. Every step may be repeated: two
owners at once, a double click, a lost answer or a crash lead to one account.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.domain.deliveries import order_of
from billing.gateways.base import AccountGone, AccountStatus, Misused, Unknown
from billing.gateways.stripe import gateway
from billing.selectors.accounts import account_of
from billing.services import account_mails, account_sessions
from billing.services.account_rows import look_later
from daybook.core import inbox
from daybook.core.actors import SYSTEM
from daybook.core.errors import Invalid, NotFound, Unavailable
from tenants.enums import AccountEnd
from tenants.selectors import account_by_id
from tenants.services import payment_accounts

if TYPE_CHECKING:
    from django.http import HttpRequest

    from daybook.core.actors import Actor
    from tenants.models import Business, StripeAccount

SNAPSHOTS, THIN = "stripe", "stripe-thin"
"""The sources of events: of payments, and of accounts."""
MISSED_WITHIN = timedelta(days=4)


class StripeSilent(Unavailable):
    """503: Stripe gave no answer, or refuses us for a reason that lies with the platform. The same step again is safe."""

    def __init__(self) -> None:
        super().__init__("stripe_silent", _("Stripe does not answer at the moment. Please try again."), retry_after=5)


@dataclass(frozen=True, slots=True)
class Reading:
    """What Stripe said of an account when it was asked (`at`, real time); None: it is not ours any more."""

    account_id: str
    at: datetime
    status: AccountStatus | None


def connect(
    *,
    business: Business,
    return_url: str,
    refresh_url: str,
    by: Actor,
    now: datetime,
    request: HttpRequest | None = None,
) -> str:
    """The address at Stripe where the owner goes on: a new account, or the one that was begun.

    Raises StripeSilent; Invalid where Stripe opens no account.
    """
    row = payment_accounts.begin(business, by=by, now=now, request=request)
    if not row.account_id:
        row = _make(business, row, by=by, now=now)
    return _link(row.account_id, return_url=return_url, refresh_url=refresh_url, now=now)


def _make(business: Business, row: StripeAccount, *, by: Actor, now: datetime) -> StripeAccount:
    at = timezone.now()
    try:
        made = gateway().create_account(
            email=business.email or next(iter(account_mails.addresses(business)), ""),
            name=business.name,
            country=business.country,
            key=row.key,
        )
    except Misused as error:
        payment_accounts.renew_key(row)
        message = _("Stripe did not open an account: %(why)s") % {"why": str(error).partition(": ")[2]}
        raise Invalid("account_refused", message) from error
    if isinstance(made, Unknown):
        row.refresh_from_db()  # a second click meets the first one on its way
        if row.account_id:
            return row
        raise StripeSilent
    row = payment_accounts.learn(row, account_id=made.account_id)
    keep(Reading(made.account_id, at, made), now=now)
    look_later(row.account_id, now=now)
    return row


def _link(account_id: str, *, return_url: str, refresh_url: str, now: datetime) -> str:
    try:
        link = gateway().onboarding_link(account_id, refresh_url=refresh_url, return_url=return_url)
    except AccountGone as gone:
        keep(Reading(account_id, timezone.now(), None), now=now)
        raise NotFound("account_gone", _("This account is not connected any more.")) from gone
    except Misused as error:
        raise StripeSilent from error
    if isinstance(link, Unknown):
        raise StripeSilent
    return link


def read(account_id: str) -> Reading:
    """Ask Stripe. Raises StripeSilent."""
    at = timezone.now()
    try:
        found = gateway().account(account_id)
    except AccountGone:
        return Reading(account_id, at, None)
    except Misused as error:
        raise StripeSilent from error
    if isinstance(found, Unknown):
        raise StripeSilent
    return Reading(account_id, at, found)


def keep(reading: Reading, *, now: datetime) -> None:
    """Keep what was read; owners get one mail when their account can no longer be paid into.

    An older reading than the one kept changes nothing.
    """
    if reading.status is None:
        gone(account_id=reading.account_id, now=now)
        return
    found = asdict(reading.status)
    with transaction.atomic():
        lost = payment_accounts.note(
            found.pop("account_id"), at=reading.at, now=now, **{**found, "due": list(found["due"])}
        )
        if lost is not None:
            account_mails.lost(lost)


def look(account_id: str, *, now: datetime) -> None:
    """Read the account and keep what was found. Raises StripeSilent."""
    keep(read(account_id), now=now)


def gone(*, account_id: str, now: datetime) -> None:
    """Stripe does not let us act for the account any more. Twice changes nothing."""
    account = account_by_id(account_id)
    if account is None:
        return
    with transaction.atomic():
        if payment_accounts.end(account_id, why=AccountEnd.GONE, now=now, by=SYSTEM):
            account_mails.lost(account, gone=True)


def disconnect(*, business: Business, by: Actor, now: datetime, request: HttpRequest | None = None) -> None:
    """Take no more payments into the account. Earlier ones are still refunded there. NotFound without one."""
    account = account_of(business)
    if account is None:
        raise NotFound()
    why = AccountEnd.DISCONNECTED
    with transaction.atomic():
        if payment_accounts.end(account.account_id, why=why, now=now, by=by, request=request):
            account_sessions.close_later(account_id=account.account_id, now=now)


def reconnect(
    *, business: Business, account: UUID, by: Actor, now: datetime, request: HttpRequest | None = None
) -> None:
    """Use an earlier account again. NotFound; Conflict while another is in use; StripeSilent."""
    row = payment_accounts.take_again(business, account, by=by, request=request)
    look_later(row.account_id, now=now)
    look(row.account_id, now=now)


def fetch_missed(*, business: Business, account_id: str, now: datetime) -> int:
    """Keep events that could not be delivered in the last days, as if they had come. How many were new.

    Raises StripeSilent.
    """
    events = gateway().missed_events(account_id, since=timezone.now() - MISSED_WITHIN)
    if isinstance(events, Unknown):
        raise StripeSilent
    return sum(
        inbox.receive(
            source=SNAPSHOTS,
            event_id=event.event_id,
            kind=event.kind,
            business_id=business.pk,
            object_id=order_of(account_id, event.body),
            body={"account": account_id, **event.body},
            now=now,
        )
        for event in events
    )
