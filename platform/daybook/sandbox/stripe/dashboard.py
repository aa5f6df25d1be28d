"""A small dashboard of one account: what its owner and the banks do there, for people who try things out."""

from decimal import Decimal, InvalidOperation
from html import escape

from daybook.sandbox.stripe import pages
from daybook.sandbox.stripe.acts import Acts
from daybook.sandbox.stripe.world import Merchant, Obj


def page(merchant: Merchant, alert: str = "") -> str:
    """The account, and its payments, newest first, with what can be done to them."""
    payments = [charge for charge in merchant.of("charge") if charge["captured"]]
    rows = "".join(_payment(merchant, charge) for charge in reversed(payments))
    body = (
        f"<h1>{escape(pages.merchant_name(merchant))}</h1>"
        + (f'<p class="alert" role="alert">{escape(alert)}</p>' if alert else "")
        + _account(merchant)
        + "<h2>Payments</h2>"
        + (rows or "<p>Nothing has been paid yet.</p>")
        + '<p><a href="/">All accounts</a></p>'
    )
    return pages.layout("Dashboard · Stripe", body)


def _account(merchant: Merchant) -> str:
    status = merchant.account["_capabilities"]["card_payments"]
    if not merchant.reachable:
        return "<p>This account is disconnected from the platform.</p>"
    buttons = [("activate", "Make card payments active"), ("restrict", "Restrict card payments")]
    buttons += [("disconnect", "Disconnect from the platform")]
    forms = "".join(_form(act, merchant.id, label) for act, label in buttons)
    return f'<p>Card payments: <strong>{escape(status)}</strong></p><div class="acts">{forms}</div>'


def _payment(merchant: Merchant, charge: Obj) -> str:
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount, rest = (pages.money(value, charge["currency"]) for value in (charge["amount_captured"], left))
    forms = []
    if left and not charge["disputed"]:
        forms += [_form("refund", charge["id"], f"Refund {amount}", left, charge["currency"])]
        forms += [_form("dispute", charge["id"], f"Dispute {amount}")]
    forms += [
        _form(act, dispute["id"], f"Dispute of {amount} is {label}")
        for dispute in merchant.of("dispute")
        if dispute["charge"] == charge["id"] and dispute["status"] in ("needs_response", "under_review")
        for act, label in (("win", "won"), ("lose", "lost"))
    ]
    refunds = [refund for refund in merchant.of("refund") if refund["charge"] == charge["id"]]
    lines = "".join(_refund(refund) for refund in refunds)
    name = escape(charge["billing_details"]["name"] or charge["billing_details"]["email"] or charge["id"])
    disputed = " · disputed" if charge["disputed"] else ""
    return (
        f'<section class="payment"><h3>{escape(amount)} · {name}</h3>'
        f"<p><code>{charge['id']}</code> · {escape(rest)} left{disputed}</p>{lines}"
        f'<div class="acts">{"".join(forms)}</div></section>'
    )


def _refund(refund: Obj) -> str:
    amount = pages.money(refund["amount"], refund["currency"])
    fails = _form("fail", refund["id"], f"Refund of {amount} fails") if refund["status"] != "failed" else ""
    return f'<div class="acts"><p>Refund of {escape(amount)}: {escape(refund["status"])}</p>{fails}</div>'


def _form(act: str, key: str, label: str, amount: int | None = None, currency: str = "") -> str:
    """A button; with an amount of money in a field before it."""
    field = ""
    if amount is not None:
        value = Decimal(amount).scaleb(-pages.places(currency))
        field = f'<input name="amount" aria-label="{escape(label)}: amount" inputmode="decimal" value="{value}">'
    hidden = f'<input type="hidden" name="act" value="{act}"><input type="hidden" name="key" value="{escape(key)}">'
    return f'<form method="post">{hidden}{field}<button class="quiet">{escape(label)}</button></form>'


def act(acts: Acts, account: str, form: dict[str, str]) -> None:
    """Do what a button says. Raises ValueError, LookupError and what Stripe refuses."""
    key = form.get("key", "")
    match form.get("act"):
        case "activate":
            acts.onboard(account)
        case "restrict":
            acts.account_capability(account, "restricted")
        case "disconnect":
            acts.deauthorize(account)
        case "refund":
            acts.refund_in_dashboard(key, _minor(form.get("amount", ""), acts.get(key)["currency"]))
        case "fail":
            acts.refund_result(key, "failed")
        case "dispute":
            acts.dispute(key)
        case "win" | "lose" as result:
            acts.close_dispute(key, "won" if result == "win" else "lost")
        case _:
            raise ValueError("There is no such button.")


def _minor(text: str, currency: str) -> int:
    """An amount as people write it, in the smallest unit."""
    try:
        amount = Decimal(text.strip().replace(",", "")).scaleb(pages.places(currency))
    except InvalidOperation:
        raise ValueError("The amount is not a number.") from None
    if not amount.is_finite() or amount != int(amount) or amount <= 0:
        raise ValueError("The amount must be positive, with no more digits than the currency has.")
    return int(amount)
