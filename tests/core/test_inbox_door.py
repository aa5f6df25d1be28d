"""`POST /v1/webhooks/<source>`: what is signed is kept and answered 200; anything else leaves no trace."""

import json
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import OperationalError

from daybook.core import inbox
from daybook.core.inbox import sources
from daybook.core.inbox.models import InboxEvent
from daybook.core.inbox.registry import handlers
from daybook.core.models import OutboxRow
from tenants.enums import BusinessStatus
from tenants.models import Business
from tests.conftest import HostClient
from tests.core.inbox_world import NOW, Vendor, delivery, effects, kept, sign, suspend, verify, work

Deliver = Callable[..., Any]


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, clock: Any, business: Business) -> Vendor:
    """The source `vendor` is registered, and its events are applied; the domain's clock stands at NOW."""
    vendor = Vendor()
    clock(NOW)
    monkeypatch.setattr(sources, "sources", sources.sources.copy())
    monkeypatch.setattr("daybook.core.inbox.door.sources", sources.sources)
    monkeypatch.setitem(handlers, "vendor", {"": vendor.apply})
    inbox.source("vendor", verify=verify, most_bytes=10_000)
    return vendor


@pytest.fixture
def deliver(vendor: Vendor, platform_client: HostClient) -> Deliver:
    """`deliver(raw)` with the right signature unless another one is given."""

    def post(raw: bytes, signature: str | None = None, **options: Any) -> Any:
        headers = {"Vendor-Signature": sign(raw) if signature is None else signature}
        return platform_client.post(
            "/v1/webhooks/vendor", raw, content_type="application/json", headers=headers, **options
        )

    return post


def test_a_signed_delivery_is_kept_answered_and_applied_later(
    business: Business, vendor: Vendor, deliver: Deliver
) -> None:
    answer = deliver(delivery("evt_1", "acme", object="thing_7"))
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert (answer.headers["Cache-Control"], dict(answer.cookies)) == ("no-store", {})
    event = kept("evt_1")
    assert (event.kind, event.tenant_id, event.object_id, event.state) == (
        "thing.changed", business.pk, "thing_7", "received"
    )  # fmt: skip
    assert vendor.seen == []
    work()
    assert effects(business) == ["evt_1"]


def test_a_repeated_delivery_is_answered_the_same_and_changes_nothing(
    business: Business, vendor: Vendor, deliver: Deliver
) -> None:
    for _time in range(3):
        answer = deliver(delivery("evt_1", "acme"))
        assert (answer.status_code, answer.json()) == (200, {"received": True})
        work()
    assert (vendor.seen, InboxEvent.objects.count()) == (["evt_1"], 1)


def signatures(raw: bytes) -> dict[str, str]:
    now = time.time()
    return {
        "none": "",
        "nonsense": "t=,v1=,=,,t",
        "unknown time": "t=soon,v1=aa",
        "not of this alphabet": "t=1,v1=ü",
        "another secret": sign(raw, secret=b"guess"),
        "too old": sign(raw, at=now - 301),
        "of the future": sign(raw, at=now + 302),
        "of a body written again": sign(json.dumps(json.loads(raw), indent=1).encode()),
        "of an older time": f"t={int(now)}," + sign(raw, at=now - 60).partition(",")[2],
    }


@pytest.mark.parametrize("wrong", signatures(b"{}"))
def test_hc123_a_wrong_signature_is_400_and_keeps_nothing(deliver: Deliver, wrong: str) -> None:
    raw = delivery("evt_1", "acme")
    answer = deliver(raw, signatures(raw)[wrong])
    assert (answer.status_code, answer.json()) == (
        400, {"error": "invalid_signature", "message": "The signature does not match.", "details": {}}
    )  # fmt: skip
    assert (InboxEvent.objects.count(), OutboxRow.objects.filter(kind="inbox.apply").count()) == (0, 0)


@pytest.mark.parametrize("age", [0, 270, -270])  # a busy machine takes its time to deliver
def test_hc123_clocks_may_differ_by_300_seconds(deliver: Deliver, age: int) -> None:
    raw = delivery("evt_1", "acme")
    assert deliver(raw, sign(raw, at=time.time() - age)).status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b'{"id": 1, "type": 2}',
        b'{"id": null, "type": "x"}',
        b'{"id": "", "type": "x"}',
        b'{"id": "evt\\u0000", "type": "x"}',
        b'{"id": "evt", "type": ["x"]}',
        b'{"id": "evt", "type": "x", "object": 7}',
        b'{"id": "evt", "type": "x", "amount": NaN}',
        b'{"id": "evt", "type": "x", "amount": 1e999}',
        b'{"id": "evt", "type": "x", "name": "\\ud800"}',
        b'{"id": "%s", "type": "x"}' % (b"x" * 201),
        b"[" * 5000,
    ],
)
def test_a_signed_body_that_makes_no_sense_is_400_and_keeps_nothing(deliver: Deliver, raw: bytes) -> None:
    answer = deliver(raw)
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")
    assert not InboxEvent.objects.exists()


def test_a_signed_body_may_hold_what_postgresql_cannot_keep(deliver: Deliver) -> None:
    assert deliver(b'{"id": "evt_1", "type": "x", "name": "a\\u0000b"}').status_code == 200
    assert kept("evt_1").body["name"] == "a\ufffdb"


def test_a_body_that_is_too_large_is_413_before_anything_is_checked(deliver: Deliver) -> None:
    for size in (10_001, 3_000_000):  # the second is more than Django reads
        answer = deliver(b"x" * size, "")
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    padded = delivery("evt_1", "acme")
    assert deliver(padded + b" " * (10_000 - len(padded))).status_code == 200


@pytest.mark.parametrize("length", ["-1", "many", "1e3"])
def test_a_length_that_is_no_number_is_no_fault_of_ours(deliver: Deliver, length: str) -> None:
    answer = deliver(delivery("evt_1", "acme"), CONTENT_LENGTH=length)
    assert answer.status_code == 400
    assert not InboxEvent.objects.exists()


def test_a_sender_who_hangs_up_in_the_middle_leaves_nothing(deliver: Deliver) -> None:
    class Gone(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise ConnectionResetError

    answer = deliver(b"x", **{"wsgi.input": Gone()})
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")
    assert not InboxEvent.objects.exists()


def test_what_is_welcome_but_nothing_to_keep_is_200(deliver: Deliver) -> None:
    answer = deliver(b'{"id": "evt_1", "type": "ping"}')
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert not InboxEvent.objects.exists()


def test_a_source_that_is_not_registered_is_404(vendor: Vendor, platform_client: HostClient) -> None:
    for path in ("/v1/webhooks/nobody", "/v1/webhooks/", "/v1/webhooks/vendor/", "/v1/webhooks/a/b"):
        answer = platform_client.post(path, b"{}", content_type="application/json")
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found"), path


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_405(vendor: Vendor, platform_client: HostClient, method: str) -> None:
    answer = getattr(platform_client, method)("/v1/webhooks/vendor")
    assert (answer.status_code, answer.json()["error"], answer.headers["Allow"]) == (405, "method_not_allowed", "POST")


def test_there_are_no_webhooks_on_a_business_s_host(vendor: Vendor, client_for: Any) -> None:
    raw = delivery("evt_1", "acme")
    answer = client_for("acme").post(
        "/v1/webhooks/vendor", raw, content_type="application/json", headers={"Vendor-Signature": sign(raw)}
    )
    assert answer.status_code == 404
    assert not InboxEvent.objects.exists()


def test_vendors_need_no_csrf_token_and_no_origin(vendor: Vendor) -> None:
    raw = delivery("evt_1", "acme")
    client = HostClient("localhost", enforce_csrf_checks=True)
    headers = {"Vendor-Signature": sign(raw), "Origin": "https://elsewhere.test"}
    assert client.post("/v1/webhooks/vendor", raw, content_type="application/json", headers=headers).status_code == 200


def test_a_burst_is_not_limited(deliver: Deliver, settings: Any) -> None:
    settings.PUBLIC_LIMIT_PER_ADDRESS = settings.PUBLIC_LIMIT_PER_BUSINESS = 1
    assert {deliver(delivery(f"evt_{turn}", "acme")).status_code for turn in range(20)} == {200}
    assert InboxEvent.objects.count() == 20


@pytest.mark.parametrize("status", [BusinessStatus.SUSPENDED, BusinessStatus.CLOSED])
def test_hc174_webhooks_of_a_suspended_business_are_200_kept_and_applied(
    business: Business, vendor: Vendor, deliver: Deliver, status: BusinessStatus
) -> None:
    suspend(business, status)
    answer = deliver(delivery("evt_1", "acme"))
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert (kept("evt_1").tenant_id, kept("evt_1").state) == (business.pk, "received")
    work()
    assert (effects(business), kept("evt_1").state) == (["evt_1"], "applied")


def test_an_event_of_an_account_that_is_nobody_s_is_kept_without_a_business(vendor: Vendor, deliver: Deliver) -> None:
    assert deliver(delivery("evt_1", "unheard-of")).status_code == 200
    assert kept("evt_1").tenant_id is None


def test_without_the_database_the_vendor_is_asked_to_come_again(
    deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> bool:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr("daybook.core.inbox.door.receive", away)
    answer = deliver(delivery("evt_1", "acme"))
    assert (answer.status_code, answer.json()["error"], "Retry-After" in answer.headers) == (503, "busy", True)
