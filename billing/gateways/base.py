"""What a payment vendor must be able to do, in our own words. Outcomes are values, also the unknown one.

Every call names the connected account; amounts are integer minor units, currencies lower case. No call is made with a
transaction open. Only `AccountGone` and `Misused` are raised: the first when the account is not ours any more, the
second for requests that can never work (a defect of ours, or parameters changed under one idempotency key: S26).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class AccountGone(Exception):
    """The account does not let us act for it (disconnected, closed, another platform's)."""


class Misused(Exception):
    """The vendor refused the request for good; `code` is his. Somebody has to look at it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """Whether an account can charge. `capability`: active, pending, restricted, rejected, unsupported, closed.

    `due` names open requirements in the vendor's words, `deadline` is `""`, `currently_due`, `past_due`…, `deadline_at`
    the moment, where he names one.
    """

    account_id: str
    can_charge: bool
    can_be_paid_out: bool
    capability: str
    due: tuple[str, ...] = ()
    deadline: str = ""
    disabled_reason: str = ""
    display_name: str = ""
    email: str = ""
    country: str = ""
    deadline_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it happened (timeout, connection lost, 5xx, 429): ask again with the same idempotency key."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutStarted:
    session_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TooLateToStart:
    """The attempt's `expires_at` is nearer than the vendor allows: a new attempt with a new time is needed."""


@dataclass(frozen=True, slots=True)
class Card:
    payment_method_id: str
    brand: str
    last4: str
    exp_month: int | None
    exp_year: int | None


@dataclass(frozen=True, slots=True)
class Session:
    """A checkout as the vendor has it. `status`: open, complete, expired. `paid`: money arrived (or a card was kept)."""

    session_id: str
    status: str
    paid: bool
    amount: int
    currency: str
    reference: str
    customer_id: str
    payment_intent_id: str
    setup_intent_id: str
    card: Card | None
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Expired:
    """The checkout is over and was never paid; its page cannot be paid any more."""


@dataclass(frozen=True, slots=True)
class Charged:
    payment_intent_id: str
    charge_id: str
    card: Card | None


@dataclass(frozen=True, slots=True)
class Declined:
    """The bank said no. `again` is false where it asks not to be tried again."""

    payment_intent_id: str
    code: str
    again: bool


@dataclass(frozen=True, slots=True)
class NeedsCustomer:
    """The bank wants the client himself (3-D Secure): send him a checkout; never try this again without him."""

    payment_intent_id: str


@dataclass(frozen=True, slots=True)
class CardGone:
    """The card is not there any more (detached, expired customer)."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment as the vendor has it. `status` in his words; `captured` and `refunded` are sums of its charge."""

    payment_intent_id: str
    status: str
    amount: int
    currency: str
    captured: int
    refunded: int
    charge_id: str
    application_fee: int
    stripe_fee: int | None
    card: Card | None
    metadata: dict[str, str]
    failure_code: str
    disputed: bool
    captured_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refunded:
    """A refund as the vendor has it. `status`: pending, succeeded, failed, canceled, requires_action."""

    refund_id: str
    payment_intent_id: str
    charge_id: str
    amount: int
    currency: str
    status: str
    failure_code: str
    metadata: dict[str, str]
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundRefused:
    """The vendor will not refund it (balance, refunded already, disputed): `code` says why."""

    code: str


@dataclass(frozen=True, slots=True)
class Disputed:
    dispute_id: str
    payment_intent_id: str
    charge_id: str
    amount: int
    currency: str
    status: str
    reason: str
    due_by: datetime | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Missing:
    """The account has no such object."""


@dataclass(frozen=True, slots=True)
class MissedEvent:
    """An event that was not delivered, as the nightly look finds it."""

    event_id: str
    kind: str
    object_id: str
    body: dict[str, Any]


class Gateway(Protocol):
    """A payment vendor. `quick=True`: within a client's request, 5 s in all and no retries."""

    def create_account(self, *, email: str, name: str, country: str, key: str) -> AccountStatus | Unknown: ...
    def onboarding_link(self, account_id: str, *, refresh_url: str, return_url: str) -> str | Unknown: ...
    def account(self, account_id: str) -> AccountStatus | Unknown: ...

    def customer(
        self, account_id: str, *, name: str, email: str, reference: str, key: str, quick: bool = False
    ) -> str | Unknown: ...
    def start_checkout(
        self, account_id: str, *, request: dict[str, Any], key: str, quick: bool = False
    ) -> CheckoutStarted | TooLateToStart | Unknown: ...
    def session(self, account_id: str, session_id: str) -> Session | Missing | Unknown: ...
    def expire(self, account_id: str, session_id: str) -> Expired | Session | Unknown:
        """End a checkout: `Expired`, or the session itself when it is complete (it was paid meanwhile)."""

    def charge(
        self, account_id: str, *, amount: int, currency: str, customer_id: str, payment_method_id: str,
        application_fee: int, metadata: dict[str, str], key: str,
    ) -> Charged | Declined | NeedsCustomer | CardGone | Unknown: ...  # fmt: skip
    def detach(self, account_id: str, payment_method_id: str) -> CardGone | Unknown:
        """Keep a card no longer; `CardGone` as well when it was gone before."""

    def intent(self, account_id: str, payment_intent_id: str) -> Intent | Missing | Unknown: ...

    def refund(
        self, account_id: str, *, payment_intent_id: str, amount: int, refund_application_fee: bool,
        metadata: dict[str, str], key: str,
    ) -> Refunded | RefundRefused | Unknown: ...  # fmt: skip
    def refund_of(self, account_id: str, refund_id: str) -> Refunded | Missing | Unknown: ...
    def refunds(self, account_id: str, payment_intent_id: str) -> list[Refunded] | Unknown: ...
    def dispute(self, account_id: str, dispute_id: str) -> Disputed | Missing | Unknown: ...
    def intents(self, account_id: str, *, since: datetime) -> list[Intent] | Unknown:
        """All payments that were begun since then, also those that are not ours."""

    def disputes(self, account_id: str, *, since: datetime) -> list[Disputed] | Unknown: ...
    def missed_events(self, account_id: str, *, since: datetime) -> list[MissedEvent] | Unknown: ...
    def payouts(self, account_id: str) -> dict[str, Any] | Unknown:
        """Balance by currency and the last payouts, for showing."""
