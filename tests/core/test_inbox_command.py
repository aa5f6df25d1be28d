"""`daybook inbox list|show|replay`: for operators, without personal data unless they ask for it."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from daybook.core import inbox
from daybook.core.inbox.models import InboxEvent
from daybook.core.inbox.registry import handlers
from daybook.core.outbox import GiveUp
from tenants.models import Business
from tests.core.inbox_world import NOW, Vendor, effects, kept, put, work

BODY = {
    "id": "evt_1",
    "object": {"email": "kim@example.test", "amount": 4200, "live": True, "client_secret": "cs_1", "note": None},
    "lines": [{"name": "Kim Lee", "api_key": "k"}, {"name": "Sam"}],
}


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, clock: Any, business: Business) -> Vendor:
    """evt_1 has failed for good, evt_2 was applied, evt_3 of zen's has just come."""
    vendor = Vendor()
    clock(NOW)
    monkeypatch.setitem(handlers, "vendor", {"": vendor.apply})
    inbox.receive(source="vendor", event_id="evt_1", kind="thing.ended", business_id=business.pk, body=BODY, now=NOW)
    put("evt_2", business.pk)

    def stumble(event: inbox.Event) -> None:
        if event.event_id == "evt_1":
            raise GiveUp("CardError: kim@example.test has no card")

    vendor.before = stumble
    work()
    put("evt_3", Business.objects.get(slug="zen").pk)
    vendor.before = None
    return vendor


def run(*words: str) -> str:
    out = StringIO()
    call_command("inbox", *words, stdout=out)
    return out.getvalue()


def test_list_shows_the_latest_first_without_personal_data(business: Business, vendor: Vendor) -> None:
    lines = [line.split("  ") for line in run("list").splitlines()]
    assert [(line[2], line[3], line[4], line[6:]) for line in lines] == [
        ("vendor", "thing.changed", "evt_3", ["received", "0 attempts"]),
        ("vendor", "thing.changed", "evt_2", ["applied", "1 attempts"]),
        ("vendor", "thing.ended", "evt_1", ["dead", "1 attempts", "CardError"]),
    ]
    assert lines[2][0] == str(kept("evt_1").pk)
    assert lines[2][5] == str(business.pk)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--state", "dead"], ["evt_1"]),
        (["--kind", "thing.changed", "--tenant", "acme"], ["evt_2"]),
        (["--source", "other"], []),
        (["--since", "2100-01-01T00:00Z"], []),
        (["--limit", "1"], ["evt_3"]),
    ],
)
def test_list_can_be_narrowed_down(vendor: Vendor, filters: list[str], found: list[str]) -> None:
    assert [line.split("  ")[4] for line in run("list", *filters).splitlines()] == found


@pytest.mark.parametrize("name", ["ours", "theirs"])
def test_show_gives_the_shape_of_the_body_only(vendor: Vendor, name: str) -> None:
    shown = run("show", "evt_1" if name == "theirs" else str(kept("evt_1").pk))
    facts, body = shown[: shown.index("{")], json.loads(shown[shown.index("{") :])
    assert "state:     dead" in facts
    assert "error:     CardError" in facts
    assert body == {
        "id": "str",
        "object": {"email": "str", "amount": "int", "live": "bool", "client_secret": "str", "note": None},
        "lines": [{"name": "str", "api_key": "str"}, "…"],
    }
    assert "kim" not in shown.lower()


def test_show_with_the_body_still_hides_secrets(vendor: Vendor) -> None:
    shown = run("show", "evt_1", "--body")
    assert "CardError: kim@example.test has no card" in shown
    body = json.loads(shown[shown.index("{") :])
    assert body["object"] == {**BODY["object"], "client_secret": "•••"}  # type: ignore[dict-item]
    assert body["lines"] == [{"name": "Kim Lee", "api_key": "•••"}, {"name": "Sam"}]


def test_replay_applies_the_named_events_once_more(business: Business, vendor: Vendor) -> None:
    out = run("replay", "evt_1")
    assert out.splitlines()[-1] == "1 to be applied again"
    work()
    assert (effects(business), kept("evt_1").state) == (["evt_1", "evt_2"], "applied")


def test_replay_by_filter_takes_the_dead_ones_unless_told_otherwise(business: Business, vendor: Vendor) -> None:
    assert run("replay", "--source", "vendor", "--dry-run").splitlines()[-1] == "1 would be applied again"
    assert kept("evt_1").state == "dead"
    since = f"{timezone.now():%Y}-01-01T00:00Z"
    assert run("replay", "--since", since).splitlines()[-1] == "1 to be applied again"
    assert kept("evt_1").state == "received"
    assert run("replay", "--state", "applied", "--dry-run").split("  ")[4] == "evt_2"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["replay"], "Say which events"),
        (["replay", "evt_9"], "There is no event 'evt_9'"),
        (["show", "4711"], "There is no event '4711'"),
        (["show", "evt_2"], "Several sources"),
        (["list", "--tenant", "nobody"], "There is no business"),
        (["list", "--since", "2027-01-01"], "needs an offset"),
        (["list", "--since", "soon"], "no instant"),
        (["list", "--state", "odd"], "invalid choice"),
        ([], "required"),
    ],
)
def test_what_cannot_be_done_says_why(vendor: Vendor, words: list[str], reason: str) -> None:
    InboxEvent.objects.create(source="other", event_id="evt_2", kind="x")
    with pytest.raises(CommandError, match=reason):
        run(*words)
