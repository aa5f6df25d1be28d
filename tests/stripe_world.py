"""The fixture `stripe_sandbox`: a Stripe of this test run, empty at each test, and the settings that lead to it.

    account = stripe_sandbox.connect()              # an account that may take cards
    stripe_sandbox.pay(session_id, card="4242")     # a client pays
    deliver(stripe_sandbox, platform_client)        # its webhooks arrive, signed, at our doors
    send_to(stripe_sandbox, site.port)              # or: they arrive by themselves, at a running site

A test fails when a request of ours, or an answer of the sandbox, broke Stripe's contract.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from daybook.sandbox.stripe.server import StripeSandbox

SNAPSHOT_PATH, THIN_PATH = "/v1/webhooks/stripe", "/v1/webhooks/stripe-thin"


def contract_folder() -> Path:
    return Path(django_settings.ASSETS_DIR).parent / "stripe"


@pytest.fixture(scope="session")
def running_stripe() -> Iterator["StripeSandbox"]:
    """One server for all tests of this process."""
    from daybook.sandbox.stripe.server import StripeSandbox

    with StripeSandbox(contract_folder()) as sandbox:
        yield sandbox


@pytest.fixture
def stripe_sandbox(running_stripe: "StripeSandbox", settings: "Settings") -> Iterator["StripeSandbox"]:
    """Our settings lead to it. Webhooks wait until `deliver` or `take()`."""
    from daybook.sandbox.stripe.server import SECRET_KEY, SECRETS

    running_stripe.reset()
    settings.STRIPE_API_BASE = running_stripe.url
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRETS = [SECRETS["connect"], SECRETS["account"]]
    settings.STRIPE_THIN_SECRETS = [SECRETS["thin"]]
    policy = copy.deepcopy(django_settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].append(running_stripe.url)
    settings.CONTENT_SECURITY_POLICY = policy
    yield running_stripe
    assert running_stripe.violations == []
    running_stripe.reset()


def deliver(sandbox: "StripeSandbox", client: "Client") -> list[Any]:
    """Post the webhooks that wait to our doors, in order; the answers. `client` speaks to the platform's host."""
    answers = []
    for delivery, endpoint in sandbox.take():
        headers = delivery.headers(endpoint)
        path = THIN_PATH if delivery.kind == "thin" else SNAPSHOT_PATH
        signature = {"Stripe-Signature": headers["Stripe-Signature"]}
        answers.append(client.post(path, delivery.body, content_type="application/json", headers=signature))
    return answers


def send_to(sandbox: "StripeSandbox", port: int, host: str = "") -> None:
    """From now on webhooks go to this port of our machine by themselves; `sandbox.webhooks.wait()` until all did."""
    from daybook.sandbox.stripe.delivery import Endpoint
    from daybook.sandbox.stripe.server import SECRETS

    for kind, secret in SECRETS.items():
        path = THIN_PATH if kind == "thin" else SNAPSHOT_PATH
        url = f"http://127.0.0.1:{port}{path}"
        sandbox.webhooks.endpoints[kind] = Endpoint((secret,), url, host=host or f"localhost:{port}")
