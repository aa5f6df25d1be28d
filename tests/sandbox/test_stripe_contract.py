"""The contract is read from the installed SDK; what Stripe would refuse is reported."""

import copy
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from daybook.sandbox.stripe.contract import cache
from daybook.sandbox.stripe.contract.contract import Contract
from daybook.sandbox.stripe.contract.forms import FormError, parse_form
from daybook.sandbox.stripe.contract.rules import Asked, check_rules
from daybook.sandbox.stripe.registry import handlers
from daybook.sandbox.stripe.server import StripeSandbox
from tests.sandbox.stripe_client import client, on, session_of
from tests.stripe_world import contract_folder


@pytest.fixture(scope="module")
def contract() -> Contract:
    return cache.installed(contract_folder())


def test_every_endpoint_of_the_contract_is_answered(contract: Contract) -> None:
    assert {(endpoint["m"], endpoint["p"]) for endpoint in contract.document["endpoints"]} == set(handlers)


def test_it_is_built_once_and_then_read_from_a_file(tmp_path: Path, contract: Contract) -> None:
    cache.installed.cache_clear()
    built = cache.installed(tmp_path)
    [file] = tmp_path.iterdir()
    before = file.stat().st_mtime_ns
    cache.installed.cache_clear()
    read = cache.installed(tmp_path)
    assert json.loads(json.dumps(built.document)) == read.document == contract.document
    assert file.stat().st_mtime_ns == before


def test_a_spoilt_file_is_made_anew(tmp_path: Path, contract: Contract) -> None:
    cache.installed.cache_clear()
    cache.installed(tmp_path)
    [file] = tmp_path.iterdir()
    file.write_text('{"endpoints": [')
    os.utime(file)
    cache.installed.cache_clear()
    assert cache.installed(tmp_path).document["endpoints"]
    assert json.loads(file.read_text()) == contract.document


@pytest.mark.parametrize(
    ("path", "body", "kind", "param"),
    [
        ("/v1/checkout/sessions", "mode=payment&payment_method_types[0]=card", "unknown", "payment_method_types"),
        ("/v1/payment_intents", "currency=usd", "missing", "amount"),
        ("/v1/payment_intents", "amount=10.5&currency=usd", "type", "amount"),
        ("/v1/payment_intents", "amount=100&currency=usd&metadataa[x]=1", "unknown", "metadataa"),
        ("/v1/payment_intents", "amount=100&currency=usd&setup_future_usage=often", "enum", "setup_future_usage"),
        ("/v1/payment_intents", "amount=100&currency=usd&confirm=yes", "type", "confirm"),
        ("/v1/payment_intents", "amount=100&currency=", "empty", "currency"),
        ("/v1/checkout/sessions", "mode=payment&line_items[0][quantity]=x", "type", "line_items[0][quantity]"),
        (
            "/v1/checkout/sessions",
            "mode=payment&line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][n]=a",
            "missing",
            "line_items[0][price_data][product_data][name]",
        ),
        ("/v1/refunds", "payment_intent=pi&reason=because", "enum", "reason"),
        ("/v1/customers", "metadata=x", "type", "metadata"),
        ("/v1/refunds", "amount", "type", ""),
        ("/v1/nope", "", "endpoint", ""),
    ],
)
def test_what_does_not_fit_the_schema_is_reported(
    contract: Contract, path: str, body: str, kind: str, param: str
) -> None:
    assert (kind, param) in {(problem.kind, problem.param) for problem in contract.check_request("POST", path, body)}


@pytest.mark.parametrize(
    ("path", "body", "headers", "param"),
    [
        ("/v1/payment_intents", "amount=1&currency=usd", {}, "amount"),
        ("/v1/payment_intents", "amount=100000000&currency=usd", {}, "amount"),
        ("/v1/payment_intents", "amount=1001&currency=kwd", {}, "amount"),
        ("/v1/payment_intents", "amount=100&currency=usd&application_fee_amount=10", {}, "application_fee_amount"),
        (
            "/v1/payment_intents",
            "amount=100&currency=usd&application_fee_amount=0",
            {"stripe-account": "acct_1"},
            "application_fee_amount",
        ),
        ("/v1/payment_intents", "amount=100&currency=usd&off_session=true", {}, "off_session"),
        ("/v1/payment_intents", "amount=100&currency=usd&confirm=true", {}, "payment_method"),
        ("/v1/checkout/sessions", "mode=setup&currency=usd&success_url=x&expires_at=1000900", {}, "expires_at"),
        ("/v1/checkout/sessions", "mode=payment&success_url=x", {}, "line_items"),
        ("/v1/checkout/sessions", "mode=setup&success_url=x", {}, "currency"),
        ("/v1/checkout/sessions", "mode=setup&currency=usd", {}, "success_url"),
        ("/v1/refunds", "amount=5", {}, "payment_intent"),
        ("/v1/refunds", "payment_intent=pi_1&amount=0", {}, "amount"),
        ("/v1/customers", "metadata[" + "k" * 41 + "]=v", {}, "metadata[" + "k" * 41 + "]"),
        ("/v1/customers", "metadata[k]=" + "v" * 501, {}, "metadata[k]"),
        ("/v1/customers", "", {"idempotency-key": "k" * 256}, "Idempotency-Key"),
    ],
)
def test_documented_rules(path: str, body: str, headers: dict[str, str], param: str) -> None:
    problems = check_rules("POST", path, Asked(parse_form(body), headers, now=1_000_000))
    assert param in {problem.param for problem in problems}


def test_brackets() -> None:
    nested = {"a": {"b": {"0": {"c": "1"}, "1": {"c": "2"}}}, "d": {"0": "x", "1": "y"}, "e": ""}
    assert parse_form("a[b][0][c]=1&a[b][1][c]=2&d[]=x&d[]=y&e=") == nested


@pytest.mark.parametrize("body", ["a=1&a=2", "a=1&a[b]=2", "[a]=1"])
def test_what_is_no_form(body: str) -> None:
    with pytest.raises(FormError):
        parse_form(body)


REFUND = {
    "id": "re_1",
    "object": "refund",
    "amount": 5,
    "created": 1,
    "currency": "usd",
    "status": "succeeded",
    "charge": "ch_1",
    "payment_intent": None,
    "metadata": {},
}


def test_answers_are_held_to_it_too(contract: Contract) -> None:
    assert contract.check_reply("refund", REFUND, complete=True) == []
    wrong = {**REFUND, "amount": None, "date": 1, "reason": "x"}
    assert {problem.kind for problem in contract.check_reply("refund", wrong)} == {"type", "unknown", "enum"}
    incomplete = {name: value for name, value in REFUND.items() if name != "currency"}
    assert [problem.param for problem in contract.check_reply("refund", incomplete, complete=True)] == [
        "refund.currency"
    ]


def test_every_corruption_of_an_accepted_request_is_reported(stripe_sandbox: StripeSandbox) -> None:
    """Each parameter of real requests, renamed or of another type, except in metadata, which are free."""
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    customer = api.v1.customers.create({"email": "kim@example.test", "metadata": {"client": "9"}}, on(account))
    data = {"application_fee_amount": 50, "setup_future_usage": "off_session"}
    more = {"customer": customer.id, "client_reference_id": "hold-7", "expires_at": int(time.time()) + 2100}
    api.v1.checkout.sessions.create(session_of(payment_intent_data=data, **more), on(account))
    card = stripe_sandbox.saved_card(account, customer.id)
    asked = {"amount": 5000, "currency": "usd", "customer": customer.id, "payment_method": card}
    intent = api.v1.payment_intents.create({**asked, "off_session": True, "confirm": True}, on(account))
    api.v1.refunds.create({"payment_intent": intent.id, "amount": 100}, on(account))
    missed = []
    for line in stripe_sandbox.requests("POST"):
        for corrupted in corruptions(line["params"]):
            body = "&".join(flat(corrupted))
            if not stripe_sandbox.contract.check_request("POST", line["path"], body):
                missed.append((line["path"], body))
    assert missed == []


def corruptions(params: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters with one of them renamed, and with one of the numbers and hashes of another type."""
    found: list[dict[str, Any]] = []
    for path in paths(params):
        for change in ("rename", "retype"):
            corrupted = copy.deepcopy(params)
            node = corrupted
            for part in path[:-1]:
                node = node[part]
            value = node[path[-1]]
            if change == "rename":
                node[path[-1] + "x"] = node.pop(path[-1])
            elif isinstance(value, dict) or value.isdigit():
                node[path[-1]] = "word"
            else:
                node[path[-1]] = {"deeper": value}
            found.append(corrupted)
    return found


def paths(value: Any, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key != "metadata":
            free = key in ("quantity",)
            found += [(*before, key)] if not free else []
            found += paths(inner, (*before, key))
    return found


def flat(value: Any, name: str = "") -> list[str]:
    if not isinstance(value, dict):
        return [f"{name}={value}"]
    inner = [flat(deeper, f"{name}[{key}]" if name else key) for key, deeper in value.items()]
    return [pair for pairs in inner for pair in pairs]
