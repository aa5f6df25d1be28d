"""What clients, banks, owners and Stripe itself do: everything that no request of the platform causes."""

from datetime import datetime
from typing import Any

from daybook.sandbox.stripe import cards, checkout, methods, onboarding, payouts, refunding
from daybook.sandbox.stripe.checkout import Outcome
from daybook.sandbox.stripe.resources.accounts import connected_account
from daybook.sandbox.stripe.world import Merchant, Obj, World, public


class Acts:
    """Each method is also `POST /_control/<its name>` with the arguments as JSON."""

    def __init__(self, world: World) -> None:
        self.world = world

    # The clock

    def set_clock(self, instant: datetime | str | float | None = None) -> float:
        """Stop the time here at an instant (aware, ISO or epoch seconds); None lets it run again. The time now."""
        with self.world.lock:
            if isinstance(instant, str):
                instant = datetime.fromisoformat(instant)
            self.world.stopped_at = instant.timestamp() if isinstance(instant, datetime) else instant
            self.world.offset = 0
            checkout.expire_late(self.world)
            return self.world.seconds

    def advance(self, seconds: float) -> float:
        """Put the time forward; sessions whose time is over expire at once. The time now."""
        with self.world.lock:
            if self.world.stopped_at is not None:
                self.world.stopped_at += seconds
            else:
                self.world.offset += seconds
            checkout.expire_late(self.world)
            return self.world.seconds

    # Accounts

    def connect(self, country: str = "us", currency: str = "usd", active: bool = True, **account: str) -> str:
        """An account that was connected before; its id. `display_name` and `contact_email` may be given."""
        with self.world.lock:
            merchant = connected_account(self.world, country=country, currency=currency, **account)
            if active:
                onboarding.finish(self.world, merchant)
            return merchant.id

    def onboard(self, account: str) -> None:
        """The owner answers every question."""
        with self.world.lock:
            onboarding.finish(self.world, self.world.accounts[account])

    def account_capability(self, account: str, status: str, payouts: str | None = None) -> None:
        """Card payments (and payouts) become active, pending, restricted, rejected or unsupported."""
        with self.world.lock:
            onboarding.set_capability(self.world, self.world.accounts[account], status, payouts)

    def requirements(self, account: str, due: list[str], deadline: str = "currently_due") -> None:
        """Stripe asks the account for something; [] for nothing any more."""
        with self.world.lock:
            onboarding.require(self.world, self.world.accounts[account], due, deadline)

    def deauthorize(self, account: str) -> None:
        """The owner disconnects the account from the platform."""
        with self.world.lock:
            onboarding.deauthorize(self.world, self.world.accounts[account])

    # Clients

    def pay(
        self,
        session: str,
        card: str = "4242424242424242",
        challenge: bool | None = True,
        name: str = "Kim Doe",
        email: str = "kim@example.test",
    ) -> Outcome:
        """A client fills in the session's page. `challenge`: passes, fails or (None) leaves the 3-D Secure page."""
        found = cards.find(card)
        if found is None:
            raise LookupError(f"no test card {card}")
        with self.world.lock:
            merchant = self.world.owner(session)
            thing = merchant.objects[session]
            outcome = checkout.submit(self.world, merchant, thing, found, name=name, email=email)
            key = thing["payment_intent"] or thing["setup_intent"]
            waiting = key is not None and merchant.objects[key]["status"] == "requires_action"
            if waiting and challenge is not None:
                intent = merchant.objects[key]
                return checkout.answer_challenge(self.world, merchant, intent, passed=challenge)
            return outcome

    def answer_challenge(self, intent: str, passed: bool = True) -> Outcome:
        """The client's bank has (not) recognised him, on the 3-D Secure page of an intent."""
        with self.world.lock:
            merchant = self.world.owner(intent)
            return checkout.answer_challenge(self.world, merchant, merchant.objects[intent], passed=passed)

    def saved_card(self, account: str, customer: str, card: str = "4242424242424242") -> str:
        """A card that a customer agreed to keep before; the id of the payment method."""
        found = cards.find(card)
        if found is None:
            raise LookupError(f"no test card {card}")
        with self.world.lock:
            merchant = self.world.accounts[account]
            method = methods.make(self.world, merchant, found)
            methods.set_up(method)
            methods.attach(self.world, merchant, method, customer)
            return str(method["id"])

    def detach_card(self, payment_method: str) -> None:
        """The card is taken away, as the client or the bank may."""
        with self.world.lock:
            merchant = self.world.owner(payment_method)
            methods.detach(self.world, merchant, merchant.objects[payment_method])

    # Banks, and the account's dashboard at Stripe

    def _charge(self, key: str) -> tuple[Merchant, Obj]:
        """The charge of a charge's, an intent's or a session's id."""
        merchant = self.world.owner(key)
        thing = merchant.objects[key]
        if thing["object"] == "checkout.session":
            thing = merchant.objects[thing["payment_intent"]]
        if thing["object"] == "payment_intent":
            thing = merchant.objects[thing["latest_charge"]]
        return merchant, thing

    def refund_in_dashboard(self, payment: str, amount: int | None = None, fee_too: bool = False) -> str:
        """The owner refunds a payment (a charge, intent or session) in the dashboard; the refund's id."""
        with self.world.lock:
            merchant, charge = self._charge(payment)
            reason = "requested_by_customer"
            return str(
                refunding.refund(self.world, merchant, charge, amount=amount, fee_too=fee_too, reason=reason)["id"]
            )

    def refund_result(self, refund: str, status: str, reason: str = "declined") -> None:
        """What becomes of a refund: succeeded, failed, canceled or requires_action."""
        with self.world.lock:
            merchant = self.world.owner(refund)
            refunding.settle(self.world, merchant, merchant.objects[refund], status, reason)

    def dispute(self, payment: str, reason: str = "fraudulent") -> str:
        """The client's bank takes a payment back; the dispute's id."""
        with self.world.lock:
            merchant, charge = self._charge(payment)
            return str(refunding.dispute(self.world, merchant, charge, reason)["id"])

    def close_dispute(self, dispute: str, status: str = "lost") -> None:
        """The dispute ends: won, lost, warning_closed or prevented."""
        with self.world.lock:
            merchant = self.world.owner(dispute)
            refunding.close_dispute(self.world, merchant, merchant.objects[dispute], status)

    def payout(self, account: str, status: str = "paid") -> str | None:
        """What is on the balance goes to the account's bank; the payout's id, None when there is nothing."""
        with self.world.lock:
            merchant = self.world.accounts[account]
            return payouts.pay_out(self.world, merchant, merchant.account["_currency"], status)

    def settle(self) -> None:
        """What the test cards promise for later happens now: disputes, and the ends of refunds."""
        with self.world.lock:
            for merchant in self.world.merchants():
                for charge in list(merchant.of("charge")):
                    wanted = charge["paid"] and methods.card_of(merchant.objects[charge["payment_method"]]).disputed
                    left = charge["amount_captured"] - charge["amount_refunded"]
                    if wanted and left and not charge["disputed"]:
                        refunding.dispute(self.world, merchant, charge)
                for refund in list(merchant.of("refund")):
                    if refund["_later"]:
                        refunding.settle(self.world, merchant, refund, refund["_later"])

    # Looking

    def get(self, key: str) -> dict[str, Any]:
        """An object, as the API shows it."""
        with self.world.lock:
            found: dict[str, Any] = public(self.world.owner(key).objects[key])
            return found

    def of(self, account: str | None, kind: str) -> list[dict[str, Any]]:
        """An account's objects of a kind, oldest first; of the platform with None."""
        with self.world.lock:
            merchant = self.world.accounts[account] if account else self.world.platform
            return [public(thing) for thing in merchant.of(kind)]
