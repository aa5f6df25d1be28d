"""The pages that people see at Stripe, as text."""

from decimal import Decimal
from html import escape
from string import Template

from babel.numbers import format_currency

from daybook.sandbox.stripe.cards import CARDS
from daybook.sandbox.stripe.world import Merchant, Obj

ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

LAYOUT = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/stripe.css">
</head>
<body>
<header class="top"><strong>$brand</strong> <span class="badge">Sandbox: no real money</span></header>
<main>$body</main>
</body>
</html>
""")

PAY = Template("""<h1>$heading</h1>
<section class="summary" aria-label="Order">
<table><tbody>$lines</tbody>$total</table>
</section>
$alert
<form method="post" class="card">
<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="email" value="$email" required$readonly>
<label for="number">Card number</label>
<input id="number" name="number" inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242" required>
<div class="pair">
<p><label for="expiry">Expiry (MM/YY)</label>
<input id="expiry" name="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="12 / 34" value="12 / 34" required></p>
<p><label for="cvc">CVC</label>
<input id="cvc" name="cvc" inputmode="numeric" autocomplete="cc-csc" placeholder="123" value="123" required></p>
</div>
<label for="name">Name on card</label>
<input id="name" name="name" autocomplete="cc-name" value="$name">
<button>$button</button>
</form>
$cancel
<details><summary>Test cards</summary><table><tbody>$cards</tbody></table></details>""")

CHALLENGE = Template("""<h1>3-D Secure</h1>
<p>The bank asks: is it you who pays $amount to $merchant?</p>
<form method="post" class="pair">
<button name="answer" value="complete">Complete</button>
<button name="answer" value="fail" class="quiet">Fail authentication</button>
</form>""")

ONBOARDING = Template("""<h1>Tell us about $name</h1>
<p>Stripe would ask for the details of the business here. Account <code>$account</code>.</p>
<ul>$due</ul>
<form method="post" class="pair">
<button name="answer" value="finish">Finish onboarding</button>
<button name="answer" value="leave" class="quiet">Leave incomplete</button>
</form>""")


def places(currency: str) -> int:
    """How many digits of an amount are behind the point."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def money(amount: int, currency: str) -> str:
    """An amount in the smallest unit, as people write it."""
    return format_currency(Decimal(amount).scaleb(-places(currency)), currency.upper(), locale="en_US")


def layout(title: str, body: str, brand: str = "Stripe") -> str:
    return LAYOUT.substitute(title=escape(title), body=body, brand=escape(brand))


def note(title: str, text: str, address: str | None = None, label: str = "Back") -> str:
    """A page that only says something."""
    link = f'<p><a class="button" href="{escape(address)}">{escape(label)}</a></p>' if address else ""
    return layout(title, f"<h1>{escape(title)}</h1><p>{escape(text)}</p>{link}")


def merchant_name(merchant: Merchant) -> str:
    return str(merchant.account.get("display_name") or merchant.account.get("contact_email") or "Daybook Sandbox")


def checkout_page(merchant: Merchant, session: Obj, known: Obj, alert: str | None = None, email: str = "") -> str:
    """The form of an open session; `known` is its customer, or {}."""
    name, payment = merchant_name(merchant), session["mode"] == "payment"
    total = money(session["amount_total"], session["currency"]) if payment else ""
    address = known.get("email") or session["customer_email"]
    body = PAY.substitute(
        heading=escape(f"Pay {name}" if payment else f"Save your card with {name}"),
        lines="".join(_line(item) for item in session["_items"]) or "<tr><td>Nothing is charged now.</td></tr>",
        total=f'<tfoot><tr><th scope="row">Total due</th><td>{escape(total)}</td></tr></tfoot>' if payment else "",
        alert=f'<p class="alert" role="alert">{escape(alert)}</p>' if alert else "",
        email=escape(address or email),
        readonly=" readonly" if address else "",
        name=escape(known.get("name") or ""),
        button=escape(f"Pay {total}" if payment else "Save card"),
        cancel=_cancel(session, name),
        cards="".join(f"<tr><td><code>{card.number}</code></td><td>{escape(card.about)}</td></tr>" for card in CARDS),
    )
    return layout(f"{name} · Checkout", body, name)


def _line(item: Obj) -> str:
    count = f" × {item['quantity']}" if item["quantity"] > 1 else ""
    detail = f"<br><small>{escape(item['_detail'])}</small>" if item["_detail"] else ""
    amount = money(item["amount_total"], item["currency"])
    return f'<tr><th scope="row">{escape(item["description"] or "")}{count}{detail}</th><td>{escape(amount)}</td></tr>'


def _cancel(session: Obj, name: str) -> str:
    if not session["cancel_url"]:
        return ""
    return f'<p><a href="{escape(session["cancel_url"])}">← Back to {escape(name)}</a></p>'


def closed_page(session: Obj, address: str | None) -> str:
    """What a session that is over says."""
    if session["status"] == "complete":
        return note("You're all done here", "This checkout has been completed.", address, "Continue")
    text = "This checkout session has timed out. Go back and start again."
    return note("Session expired", text, session["cancel_url"])


def challenge_page(merchant: Merchant, intent: Obj) -> str:
    payment = intent["object"] == "payment_intent"
    amount = money(intent["amount"], intent["currency"]) if payment else "later amounts"
    body = CHALLENGE.substitute(amount=escape(amount), merchant=escape(merchant_name(merchant)))
    return layout("3-D Secure", body, "Test bank")


def onboarding_page(merchant: Merchant) -> str:
    due = "".join(f"<li><code>{escape(name)}</code></li>" for name in merchant.account["_due"])
    body = ONBOARDING.substitute(
        name=escape(merchant_name(merchant)), account=merchant.id, due=due or "<li>Nothing is missing.</li>"
    )
    return layout("Onboarding · Stripe", body)


def front_page(merchants: list[Merchant]) -> str:
    """What this Stripe has, for people who look around."""
    rows = "".join(
        f'<tr><th scope="row"><a href="/dashboard/{merchant.id}">{escape(merchant_name(merchant))}</a>'
        f"<br><code>{merchant.id}</code></th>"
        f"<td>{escape(merchant.account['_capabilities']['card_payments'])}</td></tr>"
        for merchant in merchants
    )
    cards = "".join(f"<tr><td><code>{card.number}</code></td><td>{escape(card.about)}</td></tr>" for card in CARDS)
    accounts = f"<table><tbody>{rows}</tbody></table>" if rows else "<p>No account is connected yet.</p>"
    return layout(
        "Stripe sandbox",
        f"<h1>Connected accounts</h1>{accounts}<h2>Test cards</h2><table><tbody>{cards}</tbody></table>",
    )
