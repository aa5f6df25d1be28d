"""Messages switched on and off, and the log of who changed what."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection
from pytest_django import DjangoAssertNumQueries

from billing.models import PolicyTier
from daybook.core.actors import Actor, ActorKind
from daybook.core.audit import Line, entries, record
from daybook.core.outbox import Drop
from scheduling.domain.messages import Kind
from scheduling.models import Message
from scheduling.services.messages import tell
from scheduling.views.message_settings import ROWS
from tenants.models import ApiKey, Business
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
ALL = [str(kind) for row in ROWS for kind in (row.client, row.members) if kind]


def test_every_kind_of_message_has_its_switch() -> None:
    assert sorted(ALL) == sorted(kind.value for kind in Kind)


def test_what_is_switched_off_is_not_sent(studio: Studio, client_for: NewClient) -> None:
    owner = studio.client(client_for)
    kept = [kind for kind in ALL if kind != Kind.RESCHEDULED]
    assert owner.post("/dashboard/settings/messages", {"on": kept}).status_code == 303
    business = Business.objects.get(pk=studio.business.pk)
    row = studio.book("13:00", email="kim@lee.test")
    with pytest.raises(Drop, match="switched off"):
        tell(business=business, appointment=row, kind=Kind.RESCHEDULED, facts={}, now=make.at("2027-06-09T15:00Z"))
    assert not Message.objects.filter(kind=Kind.RESCHEDULED).exists()
    tell(business=business, appointment=row, kind=Kind.CONFIRMED, facts={}, now=make.at("2027-06-09T15:00Z"))
    assert Message.objects.get().state == "sent"
    page = owner.get("/dashboard/settings/messages").content.decode()
    assert page.count(" checked>") == len(ALL) - 1
    owner.post("/dashboard/settings/messages", {"on": [*ALL, "made.up"]})
    assert Business.objects.get(pk=business.pk).message_switches == {}


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("settings/messages", {}),
        ("settings/keys", {"name": "Site", "kind": "publishable"}),
        ("settings/policy", {"hours-0": "24", "percent-0": "50"}),
        ("settings/booking", None),
    ],
)
def test_without_its_line_nothing_is_changed(
    studio: Studio, client_for: NewClient, page: str, sent: dict[str, str] | None
) -> None:
    owner = studio.client(client_for)
    owner.raise_request_exception = False
    address = f"/dashboard/{page}"
    shown = owner.get(address)
    if sent is None:
        sent = {field.html_name: str(field.value() or "") for field in shown.context["form"]} | {"hold_minutes": "25"}
    before = state(studio.business)

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "core_auditentry" in sql and sql.startswith("INSERT"):
            raise DatabaseError("no room left")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        assert owner.post(address, sent).status_code == 500
    assert state(studio.business) == before
    assert owner.post(address, sent).status_code in (200, 303)
    assert state(studio.business) != before


def state(business: Business) -> tuple[Any, ...]:
    found = Business.objects.get(pk=business.pk)
    tiers = tuple(PolicyTier.objects.order_by("pk").values_list("hours_before_start", "fee_percentage"))
    return (found.message_switches, found.hold_minutes, ApiKey.objects.count(), tiers)


def test_changes_of_settings_are_in_the_log_with_before_and_after(studio: Studio, client_for: NewClient) -> None:
    owner = studio.client(client_for)
    owner.post("/dashboard/settings/look", {"brand_color": "#884422", "theme": "dark"})
    owner.post("/dashboard/settings/policy", {"hours-0": "24", "percent-0": "0"})
    owner.post("/dashboard/settings/messages", {"on": ALL[1:]})
    first, second, third = reversed(list(entries(studio.business.pk)))
    assert (first.action, first.after) == ("business.changed", {"brand_color": "#884422", "theme": "dark"})
    assert (second.action, second.after["tiers"]) == ("policy.changed", ["24 h: 0 % + 0"])
    assert third.after == {"messages_off": ALL[:1]}
    assert first.address == "127.0.0.1"
    page = owner.get("/dashboard/settings/audit").content.decode()
    for words in ("Business: changed", "#884422", "Cancellation policy: changed", "127.0.0.1"):
        assert words in page
    narrowed = owner.get("/dashboard/settings/audit?kind=policy&who=nobody").content.decode()
    assert "Nothing here" in narrowed


@pytest.mark.parametrize("rows", [1, 30])
def test_the_log_costs_the_same_at_1_and_at_30(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for n in range(rows):
        line = Line("service.changed", "service", n, f"Cut {n}", {"price": n}, {"price": n + 1})
        record(line, tenant_id=studio.business.pk, by=Actor(ActorKind.MEMBER, "1", "Rosa"))
    owner = studio.client(client_for)
    with django_assert_num_queries(10):
        assert owner.get("/dashboard/settings/audit?who=rosa&page=x").status_code == 200


def test_another_business_s_log_is_never_shown(studio: Studio, other_business: Business, client_for: NewClient) -> None:
    record(Line("domain.added", "domain", 1, "secret.example"), tenant_id=other_business.pk, by=Actor(ActorKind.SYSTEM))
    assert "secret.example" not in studio.client(client_for).get("/dashboard/settings/audit").content.decode()
