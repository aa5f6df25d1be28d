"""/v2/core/accounts, their onboarding links, and what /v1/accounts says of them"""

import copy
from typing import Any

from daybook.sandbox.stripe import onboarding
from daybook.sandbox.stripe.refusals import invalid, no_access
from daybook.sandbox.stripe.registry import Call, on
from daybook.sandbox.stripe.world import Merchant, Obj, World, new_id, nulls

LINK_LIFE = 300  # seconds
PARTS = ("configuration.merchant", "defaults", "identity", "requirements", "future_requirements")


@on("POST", "/v2/core/accounts")
def create(call: Call) -> Obj:
    params = call.params
    responsibilities = params.hash("defaults").hash("responsibilities")
    _check(params.text("dashboard"), responsibilities.text("losses_collector"))
    asked = params.hash("configuration")
    merchant = connected_account(
        call.world,
        country=params.hash("identity").text("country") or "us",
        currency=params.hash("defaults").text("currency") or "usd",
        applied_configurations=["merchant"] if "merchant" in asked else [],
        contact_phone=params.text("contact_phone"),
        contact_email=params.text("contact_email"),
        dashboard=params.text("dashboard", "full"),
        display_name=params.text("display_name"),
        metadata=params.metadata(),
        _responsibilities=responsibilities.values,
        _requested=sorted(asked.hash("merchant").hash("capabilities").values),
    )
    return shown(call, merchant)


def connected_account(world: World, *, country: str, currency: str, **values: Any) -> Merchant:
    """A new account that has not been onboarded."""
    merchant = Merchant(new_id("acct"))
    merchant.account = {
        "id": merchant.id,
        "object": "v2.core.account",
        "applied_configurations": ["merchant"],
        "closed": None,
        "contact_email": None,
        "contact_phone": None,
        "created": world.iso(),
        "dashboard": "full",
        "display_name": None,
        "livemode": False,
        "metadata": {},
        "_country": country.lower(),
        "_currency": currency.lower(),
        "_responsibilities": {},
        "_requested": ["card_payments"],
        "_due": list(onboarding.FIRST_QUESTIONS),
        "_deadline": "currently_due",
        "_capabilities": {"card_payments": "restricted", "payouts": "restricted"},
        "_created": world.now,
        **values,
    }
    world.accounts[merchant.id] = merchant
    world.emit_thin("v2.core.account.created", merchant.id)
    return merchant


def _check(dashboard: str | None, losses: str | None) -> None:
    if dashboard == "full" and losses == "application":
        message = "A full dashboard needs `defaults.responsibilities.losses_collector` to be stripe."
        raise invalid(message, param="dashboard")


def account_of(call: Call) -> Merchant:
    key = call.ids.get("id") or call.ids["account"]
    found = call.world.accounts.get(key)
    if found is None or not found.reachable:
        raise no_access(key)
    return found


@on("GET", "/v2/core/accounts/{id}")
def retrieve(call: Call) -> Obj:
    return shown(call, account_of(call))


@on("POST", "/v2/core/accounts/{id}")
def update(call: Call) -> Obj:
    merchant, params = account_of(call), call.params
    for name in ("contact_email", "display_name", "dashboard"):
        if name in params:
            merchant.account[name] = params.text(name)
    merchant.account["metadata"] = params.metadata(merchant.account["metadata"])
    call.world.emit_thin("v2.core.account.updated", merchant.id)
    return shown(call, merchant)


@on("POST", "/v2/core/accounts/{id}/close")
def close(call: Call) -> Obj:
    merchant = account_of(call)
    onboarding.close(call.world, merchant)
    return shown(call, merchant)


def shown(call: Call, merchant: Merchant) -> Obj:
    """The account with the parts that `include` names; the others are null."""
    account = copy.deepcopy(merchant.account)
    wanted = set(call.params.each("include"))
    parts = {name: make(account) for name, make in MAKERS.items() if name in wanted}
    configuration = parts.pop("configuration.merchant", None)
    return {
        **account,
        **dict.fromkeys(("defaults", "identity", "requirements", "future_requirements")),
        "configuration": {"customer": None, "merchant": configuration, "recipient": None} if configuration else None,
        **parts,
    }


def _merchant_part(account: Obj) -> Obj:
    states = account["_capabilities"]
    capabilities = {name: _capability(states["card_payments"]) for name in account["_requested"]}
    capabilities["stripe_balance"] = {"payouts": _capability(states["payouts"])}
    return {"applied": True, "capabilities": capabilities, "card_payments": None, "mcc": None}


def _capability(status: str) -> Obj:
    reasons = {
        "restricted": {"code": "requirements_past_due", "resolution": "provide_info"},
        "pending": {"code": "requirements_pending_verification", "resolution": "no_resolution"},
        "rejected": {"code": "rejected_other", "resolution": "contact_stripe"},
        "unsupported": {"code": "unsupported_business", "resolution": "no_resolution"},
    }
    return {"status": status, "status_details": [reasons[status]] if status in reasons else []}


def _defaults_part(account: Obj) -> Obj:
    default = {"fees_collector": "stripe", "losses_collector": "stripe", "requirements_collector": "stripe"}
    return {
        "currency": account["_currency"],
        "locales": None,
        "profile": None,
        "responsibilities": {**default, **account["_responsibilities"]},
    }


def _identity_part(account: Obj) -> Obj:
    return {**nulls("attestations business_details entity_type individual"), "country": account["_country"]}


def _requirements_part(account: Obj) -> Obj:
    status = account["_deadline"]
    impact = {"capability": "card_payments", "configuration": "merchant", "deadline": {"status": status}}
    entries = [
        {
            "awaiting_action_from": "user",
            "description": description,
            "errors": [],
            "impact": {"restricts_capabilities": [impact]},
            "minimum_deadline": {"status": status},
            "reference": None,
            "requested_reasons": [{"code": "routine_onboarding"}],
        }
        for description in account["_due"]
    ]
    summary = {"minimum_deadline": {"status": status, "time": None}} if entries else None
    return {"entries": entries, "summary": summary}


def _future_part(account: Obj) -> Obj:
    return {"entries": [], "minimum_transition_date": None, "summary": None}


MAKERS: dict[str, Any] = {
    "configuration.merchant": _merchant_part,
    "defaults": _defaults_part,
    "identity": _identity_part,
    "requirements": _requirements_part,
    "future_requirements": _future_part,
}


@on("POST", "/v2/core/account_links")
def create_link(call: Call) -> Obj:
    """A link that opens once, within five minutes."""
    world, use = call.world, call.params.hash("use_case")
    key = call.params.text("account") or ""
    merchant = world.accounts.get(key)
    if merchant is None or not merchant.reachable:
        raise no_access(key)
    kind = use.text("type") or "account_onboarding"
    addresses = use.hash(kind)
    link = new_id("link")
    values = {"refresh_url": addresses.text("refresh_url"), "return_url": addresses.text("return_url")}
    world.links[link] = {"account": key, "until": world.now + LINK_LIFE, "used": False, **values}
    return {
        "object": "v2.core.account_link",
        "account": key,
        "created": world.iso(),
        "expires_at": world.iso(LINK_LIFE),
        "livemode": False,
        "url": f"{world.base_url}/onboarding/{link}",
        "use_case": {"type": kind, kind: values},
    }


@on("GET", "/v1/accounts/{account}")
def v1_account(call: Call) -> Obj:
    """The same account in the words of v1."""
    account = account_of(call).account
    states, due = account["_capabilities"], account["_due"]
    reason = "requirements.past_due" if due and states["card_payments"] != "active" else None
    return {
        "id": account["id"],
        "object": "account",
        "capabilities": {"card_payments": "active" if states["card_payments"] == "active" else "inactive"},
        "charges_enabled": states["card_payments"] == "active",
        "country": account["_country"].upper(),
        "created": account["_created"],
        "default_currency": account["_currency"],
        "details_submitted": not due,
        "email": account["contact_email"],
        "metadata": account["metadata"],
        "payouts_enabled": states["payouts"] == "active",
        "requirements": {
            **nulls("alternatives current_deadline disabled_reason"),
            "currently_due": due,
            "eventually_due": due,
            "past_due": [],
            "pending_verification": [],
            "errors": [],
            "disabled_reason": reason,
        },
        "type": "none",
    }
