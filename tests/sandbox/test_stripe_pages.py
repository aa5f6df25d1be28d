"""The pages that the Stripe sandbox shows to clients, as a browser without scripts sees them, and its control plane."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from daybook.sandbox.stripe.server import StripeSandbox
from tests.sandbox.stripe_client import client, on, session_of
from tests.stripe_world import contract_folder

FORM = {
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "name": "Kim Doe",
    "email": "kim@example.test",
}


def open_session(sandbox: StripeSandbox, amount: int = 10000, currency: str = "usd", **more: Any) -> Any:
    account = sandbox.connect(display_name="Harbor & Pine")
    return client(sandbox).v1.checkout.sessions.create(session_of(amount, currency, **more), on(account))


def send(address: str, **form: str) -> requests.Response:
    return requests.post(address, {**FORM, **form}, timeout=5, allow_redirects=False)


@pytest.mark.parametrize(("currency", "shown"), [("usd", "$100.00"), ("jpy", "¥10,000"), ("kwd", "KWD10.000")])
def test_hc109_the_page_shows_who_is_paid_for_what_in_the_currencys_own_format(
    stripe_sandbox: StripeSandbox, currency: str, shown: str
) -> None:
    page = requests.get(open_session(stripe_sandbox, 10000, currency).url, timeout=5).text
    assert "Harbor &amp; Pine" in page
    assert "Haircut" in page
    assert f"Pay {shown}" in page


def test_a_client_pays_and_is_led_on(stripe_sandbox: StripeSandbox) -> None:
    session = open_session(stripe_sandbox)
    paid = send(session.url)
    assert (paid.status_code, paid.headers["Location"]) == (
        *(303, f"https://book.example.test/paid?session={session.id}"),
    )
    found = stripe_sandbox.get(session.id)
    assert (found["payment_status"], found["customer_details"]["email"]) == ("paid", "kim@example.test")
    assert "all done here" in requests.get(session.url, timeout=5).text
    assert "all done here" in send(session.url).text


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("4000000000000002", "Your card was declined."),
        ("4000000000000069", "Your card has expired."),
        ("1234567812345678", "Your card number is invalid"),
        ("", "Your card number is invalid"),
    ],
)
def test_a_card_that_does_not_do_is_explained_and_nothing_is_lost(
    stripe_sandbox: StripeSandbox, number: str, says: str
) -> None:
    page = send(open_session(stripe_sandbox).url, number=number)
    assert page.status_code == 402
    assert says in page.text
    assert 'value="kim@example.test"' in page.text


def test_the_bank_is_asked_on_a_page_of_its_own(stripe_sandbox: StripeSandbox) -> None:
    session = open_session(stripe_sandbox)
    challenge = send(session.url, number="4000002760003184").headers["Location"]
    assert "Fail authentication" in requests.get(challenge, timeout=5).text
    refused = requests.post(challenge, {"answer": "fail"}, timeout=5)
    assert refused.url == session.url
    assert "unable to authenticate" in refused.text
    challenge = send(session.url, number="4000002760003184").headers["Location"]
    passed = requests.post(challenge, {"answer": "complete"}, timeout=5, allow_redirects=False)
    assert passed.headers["Location"] == f"https://book.example.test/paid?session={session.id}"


def test_an_expired_session_says_so_and_leads_back(stripe_sandbox: StripeSandbox) -> None:
    session = open_session(stripe_sandbox)
    stripe_sandbox.advance(86401)
    for page in (requests.get(session.url, timeout=5), send(session.url)):
        assert "Session expired" in page.text
        assert session.cancel_url in page.text


def test_what_a_business_calls_itself_is_shown_as_text(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect(display_name="<script>alert(1)</script>")
    session = client(stripe_sandbox).v1.checkout.sessions.create(session_of(), on(account))
    for address in (session.url, stripe_sandbox.url + "/"):
        page = requests.get(address, timeout=5)
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_receipt(stripe_sandbox: StripeSandbox) -> None:
    session = open_session(stripe_sandbox)
    stripe_sandbox.pay(session.id)
    charge = stripe_sandbox.get(stripe_sandbox.get(stripe_sandbox.get(session.id)["payment_intent"])["latest_charge"])
    assert "$100.00 paid by card" in requests.get(charge["receipt_url"], timeout=5).text


@pytest.mark.parametrize("path", ["/c/pay/cs_test_x", "/c/challenge/pi_x", "/onboarding/link_x", "/receipts/x", "/x"])
def test_there_is_nothing_at_other_addresses(stripe_sandbox: StripeSandbox, path: str) -> None:
    assert requests.get(stripe_sandbox.url + path, timeout=5).status_code == 404


def press(sandbox: StripeSandbox, account: str, act: str, key: str, **form: str) -> requests.Response:
    return requests.post(f"{sandbox.url}/dashboard/{account}", {"act": act, "key": key, **form}, timeout=5)


def test_an_owner_refunds_and_a_bank_disputes_in_the_dashboard(stripe_sandbox: StripeSandbox) -> None:
    session = open_session(stripe_sandbox)
    stripe_sandbox.pay(session.id)
    [account] = stripe_sandbox.world.accounts
    [charge] = stripe_sandbox.of(account, "charge")
    assert "$75.00 left" in press(stripe_sandbox, account, "refund", charge["id"], amount="25.00").text
    [refund] = stripe_sandbox.of(account, "refund")
    assert "$25.00: failed" in press(stripe_sandbox, account, "fail", refund["id"]).text
    disputed = press(stripe_sandbox, account, "dispute", charge["id"]).text
    assert "disputed" in disputed
    [dispute] = stripe_sandbox.of(account, "dispute")
    press(stripe_sandbox, account, "lose", dispute["id"])
    assert stripe_sandbox.get(dispute["id"])["status"] == "lost"
    assert "disconnected" in press(stripe_sandbox, account, "disconnect", account).text


@pytest.mark.parametrize("amount", ["", "-1", "0", "1.005", "NaN", "Infinity", "100.01", "ten"])
def test_an_amount_that_cannot_be_refunded_is_explained(stripe_sandbox: StripeSandbox, amount: str) -> None:
    session = open_session(stripe_sandbox)
    stripe_sandbox.pay(session.id)
    [account] = stripe_sandbox.world.accounts
    [charge] = stripe_sandbox.of(account, "charge")
    answer = press(stripe_sandbox, account, "refund", charge["id"], amount=amount)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
    assert stripe_sandbox.of(account, "refund") == []


def test_a_form_of_another_page_is_not_taken(stripe_sandbox: StripeSandbox) -> None:
    session = open_session(stripe_sandbox)
    answer = requests.post(session.url, FORM, headers={"Origin": "https://evil.example"}, timeout=5)
    assert answer.status_code == 403
    assert stripe_sandbox.get(session.id)["status"] == "open"


def tell(sandbox: StripeSandbox, act: str, **told: Any) -> Any:
    answer = requests.post(f"{sandbox.url}/_control/{act}", json.dumps(told), timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_control_plane_does_over_http_what_its_methods_do(stripe_sandbox: StripeSandbox) -> None:
    account = tell(stripe_sandbox, "connect", display_name="Harbor & Pine")
    api = client(stripe_sandbox)
    tell(stripe_sandbox, "webhooks", mode="hold")
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    assert tell(stripe_sandbox, "pay", session=session.id, card="0002")["message"] == "Your card was declined."
    assert tell(stripe_sandbox, "pay", session=session.id)["address"].endswith(session.id)
    refund = tell(stripe_sandbox, "refund_in_dashboard", payment=session.id, amount=100)
    tell(stripe_sandbox, "refund_result", refund=refund, status="failed")
    dispute = tell(stripe_sandbox, "dispute", payment=session.id)
    assert tell(stripe_sandbox, "get", key=dispute)["status"] == "needs_response"
    assert tell(stripe_sandbox, "webhooks", flush=True, mode="send")["held"] == []
    looks = {
        look: requests.get(f"{stripe_sandbox.url}/_control/{look}", timeout=5).json() for look in ("requests", "events")
    }
    assert [line["path"] for line in looks["requests"]] == ["/v1/checkout/sessions"]
    assert looks["events"][-1]["type"] == "charge.dispute.funds_withdrawn"
    assert requests.get(f"{stripe_sandbox.url}/_control/violations", timeout=5).json() == []
    tell(stripe_sandbox, "reset")
    assert requests.get(f"{stripe_sandbox.url}/_control/events", timeout=5).json() == []


@pytest.mark.parametrize(
    ("act", "told", "status"),
    [
        ("dance", {}, 404),
        ("pay", {"session": "cs_test_x"}, 400),
        ("pay", {"nonsense": 1}, 400),
        ("fail", {"kind": "sometimes"}, 400),
        ("webhooks", {"mode": "sometimes"}, 400),
    ],
)
def test_what_the_control_plane_does_not_understand(
    stripe_sandbox: StripeSandbox, act: str, told: dict[str, Any], status: int
) -> None:
    answer = requests.post(f"{stripe_sandbox.url}/_control/{act}", json.dumps(told), timeout=5)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_only_this_machine_controls_it(stripe_sandbox: StripeSandbox, headers: dict[str, str]) -> None:
    answer = requests.post(f"{stripe_sandbox.url}/_control/reset", "{}", headers=headers, timeout=5)
    assert answer.status_code == 403


def test_a_restart_keeps_what_there_is(tmp_path: Path) -> None:
    kept = tmp_path / "state.json"
    with StripeSandbox(contract_folder(), kept=kept) as first:
        session = open_session(first)
        first.pay(session.id)
        [account] = first.world.accounts
    with StripeSandbox(contract_folder(), kept=kept) as second:
        asked = {"payment_intent": second.get(session.id)["payment_intent"]}
        assert client(second).v1.refunds.create(asked, on(account)).status == "succeeded"
        assert second.violations == []
    with StripeSandbox(contract_folder(), kept=kept) as third:
        assert len(third.of(account, "refund")) == 1


def test_a_spoilt_state_begins_anew(tmp_path: Path) -> None:
    kept = tmp_path / "state.json"
    kept.write_text('{"platform": {}}')
    with StripeSandbox(contract_folder(), kept=kept) as sandbox:
        assert sandbox.world.accounts == {}
