"""The Stripe sandbox's webhooks: signed, at least once, in any order, or never."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from daybook.sandbox.stripe.delivery import Endpoint, Mode
from daybook.sandbox.stripe.server import SECRETS, StripeSandbox
from tests.sandbox.stripe_client import client, on, session_of
from tests.stripe_world import send_to


class Door(ThreadingHTTPServer):
    """Takes webhooks; `answers` are its next ones, then 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), DoorHandler)
        self.taken: list[tuple[str, bytes, str, str]] = []
        self.answers: list[int] = []


class DoorHandler(BaseHTTPRequestHandler):
    server: Door

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, body, self.headers["Stripe-Signature"], self.headers["Host"]))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def door(stripe_sandbox: StripeSandbox) -> Iterator[Door]:
    with Door() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        send_to(stripe_sandbox, server.server_port, host="daybook.localhost:8000")
        yield server
        server.shutdown()
        thread.join()


def types(door: Door) -> list[str]:
    parsed: list[str] = []
    for path, body, signature, _ in door.taken:
        if not path.endswith("thin"):
            parsed.append(stripe.Webhook.construct_event(body, signature, SECRETS["connect"]).type)
    return parsed


def pay(sandbox: StripeSandbox) -> str:
    api, account = client(sandbox), sandbox.connect()
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    sandbox.pay(session.id)
    return account


PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def test_events_of_an_account_arrive_signed_in_order(stripe_sandbox: StripeSandbox, door: Door) -> None:
    account = pay(stripe_sandbox)
    assert stripe_sandbox.webhooks.wait()
    assert types(door) == PAID
    path, body, signature, host = door.taken[-1]
    event = stripe.Webhook.construct_event(body, signature, SECRETS["connect"])
    assert (path, host, event.account, event.livemode) == (
        "/v1/webhooks/stripe", "daybook.localhost:8000", account, False,
    )  # fmt: skip
    assert event.data.object["payment_status"] == "paid"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, SECRETS["connect"])


def test_thin_events_have_an_endpoint_and_a_secret_of_their_own(stripe_sandbox: StripeSandbox, door: Door) -> None:
    account = stripe_sandbox.connect()
    assert stripe_sandbox.webhooks.wait()
    assert {path for path, *_ in door.taken} == {"/v1/webhooks/stripe-thin"}
    _, body, signature, _ = door.taken[-1]
    api = client(stripe_sandbox)
    notification = api.parse_event_notification(body, signature, SECRETS["thin"])
    assert notification.type == "v2.core.account[configuration.merchant].capability_status_updated"
    assert notification.related_object.id == account
    with pytest.raises(ValueError, match="thin"):
        stripe.Webhook.construct_event(body, signature, SECRETS["thin"])
    assert api.v2.core.events.retrieve(notification.id).type == notification.type


def test_s05_events_may_come_twice(stripe_sandbox: StripeSandbox, door: Door) -> None:
    stripe_sandbox.webhooks.mode = Mode.DUPLICATE
    pay(stripe_sandbox)
    assert stripe_sandbox.webhooks.wait()
    assert types(door) == [kind for kind in PAID for _ in range(2)]


def test_s06_events_may_come_in_reverse(stripe_sandbox: StripeSandbox, door: Door) -> None:
    stripe_sandbox.webhooks.mode = Mode.REORDER
    pay(stripe_sandbox)
    assert types(door) == []
    stripe_sandbox.webhooks.flush()
    assert stripe_sandbox.webhooks.wait()
    assert types(door) == PAID[::-1]


def test_held_events_come_in_the_order_one_says(stripe_sandbox: StripeSandbox, door: Door) -> None:
    stripe_sandbox.webhooks.mode = Mode.HOLD
    pay(stripe_sandbox)
    by_kind = {event["type"]: event["id"] for event in stripe_sandbox.webhooks.held()}
    order = [by_kind[kind] for kind in (PAID[3], PAID[0], PAID[3])]
    stripe_sandbox.webhooks.flush(order)
    assert stripe_sandbox.webhooks.wait()
    assert types(door) == [PAID[3], PAID[0], PAID[3]]


def test_s04_lost_events_are_found_in_the_list_and_can_be_sent_again(stripe_sandbox: StripeSandbox, door: Door) -> None:
    stripe_sandbox.webhooks.mode = Mode.DROP
    account = pay(stripe_sandbox)
    missed = client(stripe_sandbox).v1.events.list({"delivery_success": False}, on(account)).data
    assert [event.type for event in missed] == PAID[::-1]
    stripe_sandbox.redeliver(missed[0].id)
    assert stripe_sandbox.webhooks.wait()
    assert types(door) == [PAID[3]]
    left = client(stripe_sandbox).v1.events.list({"delivery_success": False}, on(account)).data
    assert len(left) == len(missed) - 1


def test_a_door_that_is_broken_for_a_moment_is_tried_again(stripe_sandbox: StripeSandbox, door: Door) -> None:
    stripe_sandbox.webhooks.retry_after = (0.01, 0.01)
    door.answers = [503, 500]
    stripe_sandbox.connect(active=False)
    assert stripe_sandbox.webhooks.wait()
    assert len({body for _, body, *_ in door.taken}) == 1
    assert len(door.taken) == 3


def test_a_door_that_stays_shut_is_given_up(stripe_sandbox: StripeSandbox, door: Door) -> None:
    stripe_sandbox.webhooks.retry_after = (0.01,)
    door.answers = [500] * 2
    stripe_sandbox.connect(active=False)
    assert stripe_sandbox.webhooks.wait()
    assert [event["type"] for event in stripe_sandbox.webhooks.failed] == ["v2.core.account.created"]


def test_two_secrets_sign_while_one_is_rolled(stripe_sandbox: StripeSandbox) -> None:
    stripe_sandbox.webhooks.endpoints["connect"] = Endpoint(("whsec_old", "whsec_new"))
    pay(stripe_sandbox)
    delivery, endpoint = next(pair for pair in stripe_sandbox.take() if pair[0].kind == "connect")
    header = delivery.headers(endpoint)["Stripe-Signature"]
    for secret in ("whsec_old", "whsec_new"):
        assert stripe.Webhook.construct_event(delivery.body, header, secret).type == PAID[0]


def test_what_waits_is_taken_once(stripe_sandbox: StripeSandbox) -> None:
    account = pay(stripe_sandbox)
    assert [delivery.event["type"] for delivery, _ in stripe_sandbox.take()][-4:] == PAID
    assert stripe_sandbox.take() == []
    assert client(stripe_sandbox).v1.events.list({"delivery_success": False}, on(account)).data == []


def test_a_session_whose_time_is_over_expires_and_says_so(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    start = int(stripe_sandbox.set_clock("2027-03-13T15:00Z"))
    session = api.v1.checkout.sessions.create(session_of(expires_at=start + 2100), on(account))
    stripe_sandbox.advance(2099)
    assert stripe_sandbox.events("checkout.session.expired") == []
    stripe_sandbox.advance(1)
    [event] = stripe_sandbox.events("checkout.session.expired")
    assert event["data"]["object"]["id"] == session.id
    assert api.v1.checkout.sessions.retrieve(session.id, {}, on(account)).status == "expired"
    assert stripe_sandbox.pay(session.id).message == "This checkout is closed."
