"""Every wish of `Gateway`, asked of Stripe: direct charges on connected accounts, hosted Checkout, Accounts v2."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import stripe

from billing.gateways.base import (
    AccountGone,
    AccountStatus,
    CardGone,
    Charged,
    CheckoutStarted,
    Declined,
    Disputed,
    Expired,
    Intent,
    MissedEvent,
    Missing,
    NeedsCustomer,
    Refunded,
    RefundRefused,
    Session,
    TooLateToStart,
    Unknown,
)
from billing.gateways.stripe import reading
from billing.gateways.stripe.clients import ATTENDED, PATIENT, QUICK, ask, client, is_missing, misused

ACCOUNT_PARTS = ["configuration.merchant", "identity", "requirements"]
SESSION_PARTS = ["payment_intent.payment_method", "setup_intent.payment_method"]
INTENT_PARTS = ["payment_method", "latest_charge.balance_transaction"]
CARDS_ONLY = ["card"]
MOST_MISSED = 1000
LAST_PAYOUTS = 5


class StripeGateway:
    """Stripe. Holds nothing: its clients follow the settings."""

    def create_account(self, *, email: str, name: str, country: str, key: str) -> AccountStatus | Unknown:
        """A new connected account: the business is the merchant, pays Stripe's fees and has the whole Dashboard.

        `country` is an ISO 3166 code. Raises `Misused` where Stripe does not open accounts.
        """
        params: Any = {
            "contact_email": email,
            "display_name": name,
            "dashboard": "full",
            "identity": {"country": country.lower()},
            "configuration": {"merchant": {"capabilities": {"card_payments": {"requested": True}}}},
            "defaults": {"responsibilities": {"fees_collector": "stripe", "losses_collector": "stripe"}},
            "include": ACCOUNT_PARTS,
        }
        try:
            return self._account(lambda: client(ATTENDED).v2.core.accounts.create(params, {"idempotency_key": key}))
        except stripe.InvalidRequestError as error:
            raise misused(error) from error

    def account(self, account_id: str) -> AccountStatus | Unknown:
        """The account as it is now. Raises `AccountGone` when it is not ours (any more)."""
        params: Any = {"include": ACCOUNT_PARTS}
        try:
            return self._account(lambda: client(ATTENDED).v2.core.accounts.retrieve(account_id, params))
        except stripe.InvalidRequestError as error:
            if is_missing(error):
                raise AccountGone(str(error.user_message or error)) from error
            raise misused(error) from error

    def _account(self, call: Any) -> AccountStatus | Unknown:
        found = ask(call)
        return found if isinstance(found, Unknown) else reading.account_status(found.to_dict())

    def onboarding_link(self, account_id: str, *, refresh_url: str, return_url: str) -> str | Unknown:
        """An address that may be opened once, within minutes. Never sent by mail."""
        steps = {"refresh_url": refresh_url, "return_url": return_url}
        params: Any = {
            "account": account_id,
            "use_case": {"type": "account_onboarding", "account_onboarding": steps},
        }
        try:
            found = ask(lambda: client(ATTENDED).v2.core.account_links.create(params))
        except stripe.InvalidRequestError as error:
            if is_missing(error):
                raise AccountGone(str(error.user_message or error)) from error
            raise misused(error) from error
        return found if isinstance(found, Unknown) else found.url

    def customer(
        self, account_id: str, *, name: str, email: str, reference: str, key: str, quick: bool = False
    ) -> str | Unknown:
        """A client as a customer of the account; `reference` is ours. Answers the customer's id."""
        params: Any = {"name": name, "metadata": {"reference": reference}}
        if email:
            params["email"] = email
        options = _on(account_id, key)
        try:
            found = ask(lambda: client(QUICK if quick else PATIENT).v1.customers.create(params, options))
        except stripe.InvalidRequestError as error:
            raise misused(error) from error
        return found if isinstance(found, Unknown) else found.id

    def start_checkout(
        self, account_id: str, *, request: dict[str, Any], key: str, quick: bool = False
    ) -> CheckoutStarted | TooLateToStart | Unknown:
        """A Checkout Session with exactly these parameters; cards only, unless they say otherwise.

        The same key with the same parameters answers the same session, also after an unknown outcome.
        """
        params: Any = {"allowed_payment_method_types": CARDS_ONLY, **request}
        options = _on(account_id, key)
        try:
            found = ask(lambda: client(QUICK if quick else PATIENT).v1.checkout.sessions.create(params, options))
        except stripe.InvalidRequestError as error:
            if error.param == "expires_at":
                return TooLateToStart()
            raise misused(error) from error
        if isinstance(found, Unknown):
            return found
        return CheckoutStarted(found.id, found.url or "", datetime.fromtimestamp(found.expires_at, UTC))

    def session(self, account_id: str, session_id: str) -> Session | Missing | Unknown:
        """The checkout as it is now."""
        params: Any = {"expand": SESSION_PARTS}
        found = _found(lambda: client().v1.checkout.sessions.retrieve(session_id, params, _on(account_id)))
        return reading.session(found) if isinstance(found, dict) else found

    def expire(self, account_id: str, session_id: str) -> Expired | Session | Unknown:
        """End a checkout. One that Stripe refuses to end is looked at: paid meanwhile, or over already."""
        try:
            ended = ask(lambda: client().v1.checkout.sessions.expire(session_id, None, _on(account_id)))
        except stripe.InvalidRequestError:
            return self._ended(account_id, session_id)
        return ended if isinstance(ended, Unknown) else Expired()

    def _ended(self, account_id: str, session_id: str) -> Expired | Session | Unknown:
        found = self.session(account_id, session_id)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, Missing) or found.status == "expired":
            return Expired()
        return found if found.status == "complete" else Unknown("still open")

    def charge(
        self, account_id: str, *, amount: int, currency: str, customer_id: str, payment_method_id: str,
        application_fee: int, metadata: dict[str, str], key: str,
    ) -> Charged | Declined | NeedsCustomer | CardGone | Unknown:  # fmt: skip
        """Charge a kept card without the client being there. The fee is left out when it is zero."""
        params: Any = {
            "amount": amount,
            "currency": currency,
            "customer": customer_id,
            "payment_method": payment_method_id,
            "allowed_payment_method_types": CARDS_ONLY,
            "off_session": True,
            "confirm": True,
            "metadata": metadata,
            "expand": INTENT_PARTS,
        }
        if application_fee:
            params["application_fee_amount"] = application_fee
        try:
            found = ask(lambda: client().v1.payment_intents.create(params, _on(account_id, key)))
        except stripe.CardError as error:
            return _declined(error)
        except stripe.InvalidRequestError as error:
            if _card_gone(account_id, customer_id, payment_method_id):
                return CardGone()
            raise misused(error) from error
        return found if isinstance(found, Unknown) else _charged(reading.intent(found.to_dict()))

    def detach(self, account_id: str, payment_method_id: str) -> CardGone | Unknown:
        """Take a kept card away from its customer. Stripe refuses that for one that is away already, without any code."""
        try:
            found = ask(lambda: client().v1.payment_methods.detach(payment_method_id, None, _on(account_id)))
        except stripe.InvalidRequestError as error:
            now = _method(account_id, payment_method_id)
            if isinstance(now, Unknown):
                return now
            if isinstance(now, dict) and now.get("customer"):
                raise misused(error) from error
            return CardGone()
        return found if isinstance(found, Unknown) else CardGone()

    def intent(self, account_id: str, payment_intent_id: str) -> Intent | Missing | Unknown:
        """The payment as it is now, with the sums of its charge."""
        params: Any = {"expand": INTENT_PARTS}
        found = _found(lambda: client().v1.payment_intents.retrieve(payment_intent_id, params, _on(account_id)))
        return reading.intent(found) if isinstance(found, dict) else found

    def refund(
        self, account_id: str, *, payment_intent_id: str, amount: int, refund_application_fee: bool,
        metadata: dict[str, str], key: str,
    ) -> Refunded | RefundRefused | Unknown:  # fmt: skip
        """Give back `amount`; with it, where asked, the platform's fee in proportion."""
        params: Any = {"payment_intent": payment_intent_id, "amount": amount, "metadata": metadata}
        if refund_application_fee:
            params["refund_application_fee"] = True
        try:
            found = ask(lambda: client().v1.refunds.create(params, _on(account_id, key)))
        except stripe.CardError as error:
            return RefundRefused(error.code or "refused")
        except stripe.InvalidRequestError as error:
            if (error.code or "").startswith("parameter_"):
                raise misused(error) from error
            return RefundRefused(error.code or "refused")
        return found if isinstance(found, Unknown) else reading.refund(found.to_dict())

    def refund_of(self, account_id: str, refund_id: str) -> Refunded | Missing | Unknown:
        """The refund as it is now."""
        found = _found(lambda: client().v1.refunds.retrieve(refund_id, None, _on(account_id)))
        return reading.refund(found) if isinstance(found, dict) else found

    def refunds(self, account_id: str, payment_intent_id: str) -> list[Refunded] | Unknown:
        """All refunds of a payment, also those made in Stripe's Dashboard. Empty for a payment that is not there."""
        params: Any = {"payment_intent": payment_intent_id, "limit": 100}
        try:
            pages = ask(lambda: list(client().v1.refunds.list(params, _on(account_id)).auto_paging_iter()))
        except stripe.InvalidRequestError as error:
            if is_missing(error):
                return []
            raise misused(error) from error
        return pages if isinstance(pages, Unknown) else [reading.refund(found.to_dict()) for found in pages]

    def dispute(self, account_id: str, dispute_id: str) -> Disputed | Missing | Unknown:
        """The dispute as it is now."""
        found = _found(lambda: client().v1.disputes.retrieve(dispute_id, None, _on(account_id)))
        return reading.dispute(found) if isinstance(found, dict) else found

    def intents(self, account_id: str, *, since: datetime) -> list[Intent] | Unknown:
        """All payments that were begun since then, the latest first, with the sums of their charges."""
        parts = [f"data.{part}" for part in INTENT_PARTS]
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100, "expand": parts}
        pages = _all(lambda: client().v1.payment_intents.list(params, _on(account_id)).auto_paging_iter())
        return pages if isinstance(pages, Unknown) else [reading.intent(found) for found in pages]

    def disputes(self, account_id: str, *, since: datetime) -> list[Disputed] | Unknown:
        """All disputes that were opened since then, the latest first."""
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        pages = _all(lambda: client().v1.disputes.list(params, _on(account_id)).auto_paging_iter())
        return pages if isinstance(pages, Unknown) else [reading.dispute(found) for found in pages]

    def missed_events(self, account_id: str, *, since: datetime) -> list[MissedEvent] | Unknown:
        """Events since then that could not be delivered to every address, the oldest first; 1,000 at most."""
        params: Any = {"delivery_success": False, "created": {"gte": int(since.timestamp())}, "limit": 100}

        def collect() -> list[stripe.Event]:
            found: list[stripe.Event] = []
            for event in client().v1.events.list(params, _on(account_id)).auto_paging_iter():
                found.append(event)
                if len(found) == MOST_MISSED:
                    break
            return found

        try:
            events = ask(collect)
        except stripe.InvalidRequestError as error:
            raise misused(error) from error
        return events if isinstance(events, Unknown) else [_missed(event.to_dict()) for event in reversed(events)]

    def payouts(self, account_id: str) -> dict[str, Any] | Unknown:
        """`available` and `pending` by currency (minor units), and `payouts`: the last ones with `amount`, `currency`,
        `at`, `status`."""
        wanted: Any = {"type": "payout", "limit": LAST_PAYOUTS}
        balance = _found(lambda: client(ATTENDED).v1.balance.retrieve(None, _on(account_id)))
        moves = ask(lambda: client(ATTENDED).v1.balance_transactions.list(wanted, _on(account_id)))
        if not isinstance(balance, dict) or isinstance(moves, Unknown):
            return Unknown("balance")
        return {
            "available": {part["currency"]: part["amount"] for part in balance["available"]},
            "pending": {part["currency"]: part["amount"] for part in balance["pending"]},
            "payouts": [
                {"amount": -move.amount, "currency": move.currency, "at": move.available_on, "status": move.status}
                for move in moves.data
            ],
        }


def _on(account_id: str, key: str = "") -> Any:
    """The options of a call on behalf of a connected account."""
    return {"stripe_account": account_id, "idempotency_key": key} if key else {"stripe_account": account_id}


def _all(pages: Any) -> list[dict[str, Any]] | Unknown:
    """All objects of a list as plain dictionaries."""
    try:
        found = ask(lambda: list(pages()))
    except stripe.InvalidRequestError as error:
        raise misused(error) from error
    return found if isinstance(found, Unknown) else [one.to_dict() for one in found]


def _found(call: Any) -> dict[str, Any] | Missing | Unknown:
    """An object as a plain dictionary."""
    try:
        found = ask(call)
    except stripe.InvalidRequestError as error:
        if is_missing(error):
            return Missing()
        raise misused(error) from error
    return found if isinstance(found, Unknown) else found.to_dict()


def _method(account_id: str, payment_method_id: str) -> dict[str, Any] | Missing | Unknown:
    return _found(lambda: client().v1.payment_methods.retrieve(payment_method_id, None, _on(account_id)))


def _card_gone(account_id: str, customer_id: str, payment_method_id: str) -> bool:
    """Whether the card is not the customer's any more. A request with such a card fails without any code."""
    found = _method(account_id, payment_method_id)
    return isinstance(found, Missing) or (
        isinstance(found, dict) and reading.ident(found.get("customer")) != customer_id
    )


def _charged(found: Intent) -> Charged | NeedsCustomer | Unknown:
    if found.status == "succeeded":
        return Charged(found.payment_intent_id, found.charge_id, found.card)
    if found.status == "requires_action":
        return NeedsCustomer(found.payment_intent_id)
    return Unknown(found.status)


def _declined(error: stripe.CardError) -> Declined | NeedsCustomer:
    answer: Any = error.json_body or {}
    body: dict[str, Any] = answer.get("error") or {}
    intent = reading.ident(body.get("payment_intent"))
    if "authentication_required" in (error.code, body.get("decline_code")):
        return NeedsCustomer(intent)
    return Declined(intent, str(body.get("decline_code") or error.code or "card_declined"), reading.may_try_again(body))


def _missed(found: dict[str, Any]) -> MissedEvent:
    about = reading.event_object(found["data"]["object"])
    return MissedEvent(str(found["id"]), str(found["type"]), about["id"], about)
