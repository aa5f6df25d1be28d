"""What Stripe knows of an account's business, and what it therefore may do."""

from daybook.sandbox.stripe.world import Merchant, World

FIRST_QUESTIONS = ("configuration.merchant.mcc", "identity.business_details.address", "identity.individual.dob")
CAPABILITY_CHANGED = "v2.core.account[configuration.merchant].capability_status_updated"
REQUIREMENTS_CHANGED = "v2.core.account[requirements].updated"


def finish(world: World, merchant: Merchant) -> None:
    """Every question is answered: the account may take cards and be paid out."""
    merchant.account["_due"] = []
    world.emit_thin(REQUIREMENTS_CHANGED, merchant.id)
    set_capability(world, merchant, "active")


def set_capability(world: World, merchant: Merchant, status: str, payouts: str | None = None) -> None:
    """What may it do now; `status` is that of card payments, of payouts too unless it is given."""
    merchant.account["_capabilities"] = {"card_payments": status, "payouts": payouts or status}
    world.emit_thin(CAPABILITY_CHANGED, merchant.id)


def require(world: World, merchant: Merchant, due: list[str], deadline: str) -> None:
    """Stripe asks for something: until `deadline` (currently_due, eventually_due, past_due)."""
    merchant.account.update(_due=due, _deadline=deadline)
    world.emit_thin(REQUIREMENTS_CHANGED, merchant.id)


def close(world: World, merchant: Merchant) -> None:
    merchant.account["closed"] = True
    merchant.account["_capabilities"] = {"card_payments": "restricted", "payouts": "restricted"}
    world.emit_thin("v2.core.account.closed", merchant.id)


def deauthorize(world: World, merchant: Merchant) -> None:
    """Its owner disconnects the account in his dashboard: the platform has no access any more."""
    application = {"id": "ca_daybook", "object": "application", "name": "Daybook"}
    world.emit(merchant, "account.application.deauthorized", application)
    merchant.reachable = False
