"""A checkout session, as its page and the clients in front of it move it on."""

from dataclasses import dataclass

from daybook.sandbox.stripe import methods, paying, setting_up
from daybook.sandbox.stripe.cards import Card
from daybook.sandbox.stripe.refusals import invalid
from daybook.sandbox.stripe.resources.customers import new_customer
from daybook.sandbox.stripe.world import Merchant, Obj, World

OPEN, COMPLETE, EXPIRED = "open", "complete", "expired"


@dataclass(frozen=True)
class Outcome:
    """What the client sees next: where he is led, or why his card did not do."""

    address: str | None = None
    message: str | None = None

    @property
    def done(self) -> bool:
        return self.address is not None and "/c/challenge/" not in self.address


def success_address(session: Obj) -> str:
    return str(session["success_url"] or "").replace("{CHECKOUT_SESSION_ID}", session["id"])


def submit(
    world: World,
    merchant: Merchant,
    session: Obj,
    card: Card,
    *,
    name: str | None = None,
    email: str | None = None,
) -> Outcome:
    """The client presses Pay (or Save) with a card."""
    expire_if_late(world, merchant, session)
    if session["status"] != OPEN:
        return Outcome(message="This checkout is closed.")
    if session["mode"] == "payment":
        paying.may_charge(world, merchant)
    _know_customer(world, merchant, session, name, email)
    method = methods.make(world, merchant, card, name=name, email=session["customer_details"]["email"])
    intent = _intent(world, merchant, session)
    if session["mode"] == "payment":
        error = paying.pay(world, merchant, intent, method, present=True)
    else:
        error = setting_up.keep(world, merchant, intent, method)
    return _after(world, merchant, session, intent, error)


def answer_challenge(world: World, merchant: Merchant, intent: Obj, *, passed: bool) -> Outcome:
    """What the client's bank says of him; `intent` waits for it."""
    if intent["status"] != "requires_action":
        return Outcome(message="There is nothing to authenticate any more.")
    payment = intent["object"] == "payment_intent"
    method = merchant.objects[intent["payment_method"]]
    error: Obj | None
    if not passed:
        failed = paying.authentication_failed if payment else setting_up.authentication_failed
        error = failed(world, merchant, intent)
    elif payment:
        error = paying.pay(world, merchant, intent, method, present=True, seen=True)
    else:
        error = setting_up.keep(world, merchant, intent, method, seen=True)
    if intent["_session"] is None:
        address = intent.get("_return")
        return Outcome(address=address) if address else Outcome(message="Done." if passed else "Failed.")
    return _after(world, merchant, merchant.objects[intent["_session"]], intent, error)


def _after(world: World, merchant: Merchant, session: Obj, intent: Obj, error: Obj | None) -> Outcome:
    if error:
        return Outcome(message=error["message"])
    if intent["status"] == "requires_action":
        key = "next_action"
        return Outcome(address=intent[key]["redirect_to_url"]["url"])
    complete(world, merchant, session)
    return Outcome(address=success_address(session))


def complete(world: World, merchant: Merchant, session: Obj) -> None:
    session.update(status=COMPLETE, url=None)
    if session["mode"] == "payment" and merchant.objects[session["payment_intent"]]["status"] == "succeeded":
        session["payment_status"] = "paid"
    world.emit(merchant, "checkout.session.completed", session)


def _intent(world: World, merchant: Merchant, session: Obj) -> Obj:
    """The session's intent; that of a payment is made at the first attempt."""
    key = session["payment_intent"] or session["setup_intent"]
    if key is None:
        data = session["_payment_intent_data"]
        intent = paying.new_intent(
            world,
            merchant,
            amount=session["amount_total"],
            currency=session["currency"],
            customer=session["customer"],
            _session=session["id"],
            **data,
        )
        session["payment_intent"] = intent["id"]
        return intent
    found = merchant.objects[key]
    if session["customer"] and not found["customer"]:
        found["customer"] = session["customer"]
    return found


def _know_customer(world: World, merchant: Merchant, session: Obj, name: str | None, email: str | None) -> None:
    known = merchant.objects.get(session["customer"] or "", {})
    email = known.get("email") or session["customer_email"] or email or "client@example.test"
    keeps = session["mode"] == "setup" or session["_payment_intent_data"].get("setup_future_usage")
    if not known and (keeps or session["customer_creation"] == "always"):
        session["customer"] = new_customer(world, merchant, email=email, name=name)["id"]
    nothing: Obj = {"address": None, "phone": None, "tax_exempt": "none", "tax_ids": []}
    session["customer_details"] = {"email": email, "name": known.get("name") or name, **nothing}


def expire(world: World, merchant: Merchant, session: Obj) -> Obj:
    """End a session that is open; raises what Stripe says of others."""
    if session["status"] != OPEN:
        message = (
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`."
        )
        raise invalid(message)
    session.update(status=EXPIRED, url=None)
    key = session["payment_intent"]
    if key and merchant.objects[key]["status"] not in ("succeeded", "canceled"):
        intent = merchant.objects[key]
        intent.update(status="canceled", canceled_at=world.now, cancellation_reason="expired", next_action=None)
        world.emit(merchant, "payment_intent.canceled", intent)
    world.emit(merchant, "checkout.session.expired", session)
    return session


def expire_if_late(world: World, merchant: Merchant, session: Obj) -> None:
    if session["status"] == OPEN and session["expires_at"] <= world.now:
        expire(world, merchant, session)


def expire_late(world: World) -> None:
    """End every session whose time is over."""
    for merchant in world.merchants():
        for session in merchant.of("checkout.session"):
            expire_if_late(world, merchant, session)
