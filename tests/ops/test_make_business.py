"""`make_business`: the description of api.md, word for word, and what its defaults are."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import tenant_context

from billing.selectors.accounts import ready_account
from daybook.core import clock as domain_clock
from daybook.core.idempotency.models import IdempotencyKey
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.models import (
    Appointment,
    AvailabilityRule,
    BusyTime,
    Client,
    DateOverride,
    Provider,
    Service,
    WaitlistEntry,
)
from scheduling.services import waitlist_offers
from tenants.models import Business, Membership, User
from tenants.services import keys

EXAMPLE: dict[str, Any] = {
    "slug": "hc040", "name": "HC 040", "timezone": "America/New_York", "currency": "usd", "locale": "en",
    "settings": {"hold_minutes": 10, "cancel_cutoff_minutes": 120, "reschedule_cutoff_minutes": 120},
    "members": [{"email": "owner@hc040.test", "password": "correct horse", "role": "owner", "provider": None}],
    "providers": [{"key": "p1", "name": "Pat", "timezone": None}, {"key": "p2", "name": "Sam"}],
    "services": [{
        "key": "s1", "name": "Cut", "duration_minutes": 60, "buffer_before_minutes": 0, "buffer_after_minutes": 15,
        "step_minutes": 15, "buffers_within_hours": True, "price": 10000, "payment_modes": ["pay_in_person"],
        "deposit": {"type": "percent", "value": 30}, "min_notice_minutes": 0, "max_advance_days": 365,
        "daily_cap": None, "capacity": 1, "requires_approval": False, "timezone": None, "active": True,
        "visibility": "public", "providers": ["p1", {"key": "p2", "price": 4200}],
    }],
    "rules": [{
        "provider": "p1", "service": None, "weekday": 1, "start": "09:00", "end": "17:00",
        "effective_from": None, "effective_to": None,
    }],
    "overrides": [{
        "provider": "p1", "kind": "blocked", "date": "2027-06-07", "end_date": None, "start": "13:00", "end": "13:30",
    }],
    "busy": [{"provider": "p1", "start": "2027-06-07T10:07:00-04:00", "end": "2027-06-07T10:52:00-04:00"}],
    "policies": [{"service": None, "hours_before_start": 48, "fee_percentage": 0, "fee_fixed": 0}],
    "appointments": [{
        "key": "a1", "service": "s1", "provider": "p1", "start": "2027-06-07T10:00:00-04:00", "status": "confirmed",
        "client": {"name": "Kim", "email": "kim@example.test"},
    }],
}  # fmt: skip


def make(description: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    file = tmp_path / "business.json"
    file.write_text(json.dumps(description))
    call_command("make_business", fixture=str(file))
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_make_business_prints_what_it_made(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make(EXAMPLE, tmp_path, capsys)
    business = Business.objects.get(slug="hc040")
    assert (made["slug"], made["host"]) == ("hc040", "hc040.localhost")
    assert set(made) == {"slug", "host", "publishable_key", "secret_key", "providers", "services", "appointments"}
    key = keys.authenticate(made["secret_key"])
    assert key is not None
    assert key.business == business
    with tenant_context(business):
        assert {str(p.pk): p.name for p in Provider.objects.all()} == {
            made["providers"]["p1"]: "Pat",
            made["providers"]["p2"]: "Sam",
        }
        assert Service.objects.get().deposit_value == 30
        assert AvailabilityRule.objects.get().end_minute == 1020
        assert DateOverride.objects.get().start_minute == 780
        assert BusyTime.objects.get().starts_at.isoformat() == "2027-06-07T14:07:00+00:00"
        appointment = Appointment.objects.get()
        assert (str(appointment.pk), appointment.status) == (made["appointments"]["a1"], "confirmed")
        assert appointment.policy["tiers"] == [{"hours_before_start": 48, "fee_percentage": 0, "fee_fixed": 0}]


def test_make_business_reads_standard_input(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"slug": "piped"}'))
    call_command("make_business", fixture="-")
    assert json.loads(capsys.readouterr().out)["slug"] == "piped"


def test_make_business_again_replaces_it(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = make(EXAMPLE, tmp_path, capsys)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")  # as a COMMIT in between would have done
    second = make(EXAMPLE, tmp_path, capsys)
    assert first["services"]["s1"] != second["services"]["s1"]
    assert Business.objects.filter(slug="hc040").count() == 1
    assert keys.authenticate(first["secret_key"]) is None
    assert Membership.objects.get(business__slug="hc040").user == User.objects.get(email="owner@hc040.test")


@pytest.mark.parametrize(
    ("field", "value"),
    [("timezone", "Mars"), ("currency", "zzz"), ("locale", "xx"), ("name", "a\nb"), ("settings", {"nope": 1})],
)
def test_a_description_with_a_wrong_head_leaves_the_business_as_it_was(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str, value: object
) -> None:
    first = make({"slug": "kept"}, tmp_path, capsys)
    with pytest.raises(CommandError) as refused:
        make({"slug": "kept", field: value}, tmp_path, capsys)
    body = json.loads(str(refused.value))
    assert (body["error"], list(body["details"]["fields"])) == (
        "validation_failed", ["nope" if field == "settings" else field],
    )  # fmt: skip
    assert keys.authenticate(first["secret_key"]) is not None


def test_make_business_needs_nothing_but_a_slug(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make({"slug": "bare"}, tmp_path, capsys)
    with tenant_context(Business.objects.get(slug="bare")):
        service = Service.objects.get()
        assert (service.duration_minutes, service.buffer_after_minutes, service.step_minutes) == (60, 0, 15)
        assert [str(p.pk) for p in service.providers.all()] == [made["providers"]["p1"]]


@pytest.mark.parametrize(
    "status", ["held", "pending_approval", "confirmed", "completed", "no_show", "cancelled", "expired", "declined"]
)
def test_make_business_puts_appointments_into_any_status(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: str
) -> None:
    appointments = [{"key": "a", "service": "s1", "start": "2027-06-07T10:00:00Z", "status": status}]
    make({"slug": "states", "appointments": appointments}, tmp_path, capsys)
    with tenant_context(Business.objects.get(slug="states")):
        assert Appointment.objects.get().status == status


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "-"},
        {"unknown": 1},
        {"rules": [{"weekday": 7}]},
        {"rules": [{"weekday": 1, "provider": "nobody"}]},
        {"services": [{"key": "s", "payment_modes": ["barter"]}]},
        {"settings": {"timezone": "America/Nowhere"}},
        {"providers": [{"key": "p"}, {"key": "p"}]},
        {"members": [{"email": "a@wrong.test", "role": "boss"}]},
        {"members": [{"email": "a@wrong.test", "provider": "nobody"}]},
    ],
)
def test_make_business_refuses_what_is_wrong(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any]
) -> None:
    with pytest.raises(CommandError):
        make({"slug": "wrong", **change}, tmp_path, capsys)
    assert not Business.objects.filter(slug="wrong").exists()
    assert connection.schema_name == "public"  # type: ignore[attr-defined]


def test_make_business_runs_in_demo_and_test_only(db: None, tmp_path: Path, settings: Any) -> None:
    settings.SETTABLE_CLOCK = False
    with pytest.raises(CommandError, match="demo and test"):
        call_command("make_business", fixture="-")


def test_clock_is_set_shown_and_let_go(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("clock", "2027-03-13T15:00Z")
    assert domain_clock.now().isoformat() == "2027-03-13T15:00:00+00:00"
    call_command("clock")
    call_command("clock", "off")
    assert capsys.readouterr().out.splitlines()[:2] == ["2027-03-13T15:00:00Z", "2027-03-13T15:00:00Z"]
    assert not domain_clock.is_set()


@pytest.mark.parametrize("when", ["2027-03-13T15:00", "tomorrow"])
def test_clock_refuses_what_is_no_instant(db: None, when: str) -> None:
    with pytest.raises(CommandError):
        call_command("clock", when)


def test_run_due_ends_holds_that_are_over(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: Any
) -> None:
    clock("2027-06-01T12:00Z")
    appointments = [{"key": "a", "service": "s1", "start": "2027-06-07T10:00:00Z", "status": "held"}]
    make({"slug": "due", "appointments": appointments}, tmp_path, capsys)
    clock("2027-06-01T12:10Z")
    call_command("run_due", tenant="due")
    with tenant_context(Business.objects.get(slug="due")):
        assert Appointment.objects.get().status == "expired"
    assert capsys.readouterr().out == "1 handled, 0 forgotten\n"


def test_drain_says_how_many_rows_it_handled(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("drain")
    assert capsys.readouterr().out == "0 handled\n"
    assert IdempotencyKey.objects.count() == 0
    with pytest.raises(CommandError, match="nobody"):
        call_command("drain", tenant="nobody")


@pytest.mark.parametrize("instant", ["2027-06-02T16:00Z", "2027-03-14T12:00Z", "2026-11-01T05:30Z"])
def test_demo_data_is_made_once_around_the_present_date(
    db: None, capsys: pytest.CaptureFixture[str], clock: Any, instant: str
) -> None:
    clock(instant)
    call_command("demo_data")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "Harbor & Pine  http://harbor-pine.localhost/",
        "  owner       rosa@harbor-pine.test     daybook-demo",
    ]
    business = Business.objects.get(slug="harbor-pine")
    call_command("demo_data")
    assert Business.objects.get(slug="harbor-pine") == business
    with tenant_context(business):
        statuses = set(Appointment.objects.values_list("status", flat=True))
        assert statuses >= {"confirmed", "completed", "cancelled", "no_show", "pending_approval"}
        assert Appointment.objects.count() > 150
        assert Service.objects.filter(capacity__gt=1).exists()
        assert Appointment.objects.filter(series__isnull=False).count() >= 6
        assert Appointment.objects.exclude(shared_notes="").exists()
        assert Client.objects.filter(possible_duplicate=True).count() == 1
        assert Client.objects.exclude(blocked_at=None).get().name == "Hugo Martin"
        assert Client.objects.exclude(tags=[]).exclude(consents=None).exists()
        assert waitlist_offers.match(business=business, now=domain_clock.now()) == 1
        assert WaitlistEntry.objects.filter(state="waiting").count() == 3


def test_a_business_can_be_paid_into_at_once(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], stripe_sandbox: StripeSandbox
) -> None:
    made = make({**EXAMPLE, "stripe": True}, tmp_path, capsys)
    ready = ready_account(Business.objects.get(slug="hc040"))
    assert ready is not None
    assert ready.account_id == made["stripe_account"]
