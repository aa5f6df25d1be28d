"""The pages of a checkout, of a bank, of onboarding, and the small front page."""

from dataclasses import dataclass
from http import HTTPStatus

from daybook.sandbox.stripe import cards, checkout, dashboard, onboarding, pages
from daybook.sandbox.stripe.acts import Acts
from daybook.sandbox.stripe.refusals import Refusal
from daybook.sandbox.stripe.world import Merchant, Obj, World


@dataclass(frozen=True)
class Page:
    """An answer to a browser: text, or another address."""

    text: str = ""
    status: HTTPStatus = HTTPStatus.OK
    address: str | None = None


NOT_FOUND = Page(pages.note("Not found", "There is nothing at this address."), HTTPStatus.NOT_FOUND)


class Hosted:
    def __init__(self, world: World) -> None:
        self.world, self.acts = world, Acts(world)

    def answer(self, method: str, words: list[str], form: dict[str, str]) -> Page:
        """`words` are those of the path; a POST carries a form."""
        with self.world.lock:
            match words:
                case [""]:
                    return Page(pages.front_page(list(self.world.accounts.values())))
                case ["c", "pay", key]:
                    return self._checkout(method, key, form)
                case ["c", "challenge", key]:
                    return self._challenge(method, key, form)
                case ["onboarding", key]:
                    return self._onboarding(method, key, form)
                case ["dashboard", key] if key in self.world.accounts:
                    return self._dashboard(method, key, form)
                case ["receipts", key]:
                    return self._receipt(key)
            return NOT_FOUND

    def _owner(self, key: str) -> Merchant | None:
        try:
            return self.world.owner(key)
        except LookupError:
            return None

    def _checkout(self, method: str, key: str, form: dict[str, str]) -> Page:
        merchant = self._owner(key)
        if merchant is None:
            return NOT_FOUND
        session = merchant.objects[key]
        checkout.expire_if_late(self.world, merchant, session)
        if session["status"] != checkout.OPEN:
            return Page(pages.closed_page(session, checkout.success_address(session)))
        if method == "GET":
            return Page(self._form(merchant, session, session.pop("_alert", None), form))
        card = cards.find(form.get("number", ""))
        if card is None or len(form.get("number", "")) < 12:
            return self._refused(merchant, session, "Your card number is invalid: use a test card.", form)
        try:
            outcome = checkout.submit(
                self.world, merchant, session, card, name=form.get("name") or None, email=form.get("email") or None
            )
        except Refusal as refusal:
            return self._refused(merchant, session, str(refusal), form)
        if outcome.message:
            return self._refused(merchant, session, outcome.message, form)
        return Page(status=HTTPStatus.SEE_OTHER, address=outcome.address)

    def _form(self, merchant: Merchant, session: Obj, alert: str | None, form: dict[str, str]) -> str:
        known = merchant.objects.get(session["customer"] or "", {})
        return pages.checkout_page(merchant, session, known, alert, form.get("email", ""))

    def _refused(self, merchant: Merchant, session: Obj, message: str, form: dict[str, str]) -> Page:
        return Page(self._form(merchant, session, message, form), HTTPStatus.PAYMENT_REQUIRED)

    def _challenge(self, method: str, key: str, form: dict[str, str]) -> Page:
        merchant = self._owner(key)
        if merchant is None:
            return NOT_FOUND
        intent = merchant.objects[key]
        if intent["status"] != "requires_action":
            return Page(pages.note("3-D Secure", "There is nothing to authenticate here."))
        if method == "GET":
            return Page(pages.challenge_page(merchant, intent))
        passed = form.get("answer") == "complete"
        outcome = checkout.answer_challenge(self.world, merchant, intent, passed=passed)
        if outcome.address:
            return Page(status=HTTPStatus.SEE_OTHER, address=outcome.address)
        if intent["_session"]:
            session = merchant.objects[intent["_session"]]
            message = "We are unable to authenticate your payment method. Choose a different one and try again."
            return self._refused_after_challenge(merchant, session, message)
        return Page(pages.note("3-D Secure", outcome.message or ""))

    def _refused_after_challenge(self, merchant: Merchant, session: Obj, message: str) -> Page:
        """Back on the checkout's own address, which shows what happened once."""
        session["_alert"] = message
        return Page(status=HTTPStatus.SEE_OTHER, address=session["url"])

    def _onboarding(self, method: str, key: str, form: dict[str, str]) -> Page:
        link = self.world.links.get(key)
        if link is None:
            return NOT_FOUND
        late = link["until"] < self.world.now
        if method == "GET" and (link["used"] or late):
            return Page(status=HTTPStatus.SEE_OTHER, address=link["refresh_url"])
        merchant = self.world.accounts[link["account"]]
        if method == "GET":
            link["used"] = True
            return Page(pages.onboarding_page(merchant))
        if form.get("answer") == "finish":
            onboarding.finish(self.world, merchant)
        self.world.emit_thin("v2.core.account_link.returned", merchant.id)
        return Page(status=HTTPStatus.SEE_OTHER, address=link["return_url"] or link["refresh_url"])

    def _dashboard(self, method: str, key: str, form: dict[str, str]) -> Page:
        merchant = self.world.accounts[key]
        if method == "GET":
            return Page(dashboard.page(merchant))
        try:
            dashboard.act(self.acts, key, form)
        except (Refusal, ValueError, LookupError) as error:
            return Page(dashboard.page(merchant, str(error)), HTTPStatus.BAD_REQUEST)
        return Page(status=HTTPStatus.SEE_OTHER, address=f"/dashboard/{key}")

    def _receipt(self, key: str) -> Page:
        merchant = self._owner(key)
        if merchant is None or merchant.objects[key]["object"] != "charge":
            return NOT_FOUND
        charge = merchant.objects[key]
        amount = pages.money(charge["amount_captured"], charge["currency"])
        return Page(pages.note(f"Receipt from {pages.merchant_name(merchant)}", f"{amount} paid by card."))
