"""Answers of the tenant-admin API hold exactly what its description says, and every call names the right it needs."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils.module_loading import import_string
from ninja import Router, Schema
from ninja.operation import Operation

from billing.schemas import PolicyRecord
from daybook.api import ROUTERS
from daybook.dashboard.schemas import Cancelled
from scheduling import schemas, schemas_clients
from tenants.enums import BusinessStatus, Right
from tenants.models import Business
from tenants.schemas import Keys, Members, SettingsRecord
from tests.conftest import HostClient
from tests.factories import make_appointment, make_block, make_member, make_provider, make_rule, make_service
from tests.scheduling.staff import Staff, as_member, by_key

PATHS: list[tuple[str, type[Schema]]] = [
    ("/services", schemas.Services),
    ("/services/{service}", schemas.ServiceRecord),
    ("/services/{service}/availability", schemas.Rules),
    ("/services/{service}/cancellation-policy", PolicyRecord),
    ("/categories", schemas.Categories),
    ("/providers", schemas.Providers),
    ("/providers/{provider}", schemas.ProviderRecord),
    ("/providers/{provider}/services", schemas.Links),
    ("/providers/{provider}/availability", schemas.Rules),
    ("/date-overrides", schemas.Overrides),
    ("/availability/explain?service_id={service}&start_time=2027-06-07T23:00:00Z", schemas.Explanation),
    ("/appointments", schemas.Appointments),
    ("/appointments/stats", schemas.Stats),
    ("/appointments/{appointment}", schemas.AppointmentDetail),
    ("/clients", schemas_clients.Clients),
    ("/clients/{client}", schemas_clients.ClientDetail),
    ("/clients/{client}/history", schemas.Appointments),
    ("/clients/{client}/export", schemas_clients.Dossier),
    ("/settings", SettingsRecord),
    ("/settings/availability", schemas.Rules),
    ("/settings/cancellation-policy", PolicyRecord),
    ("/members", Members),
    ("/api-keys", Keys),
]


@pytest.fixture
def names(business: Business) -> dict[str, Any]:
    ana = make_provider(business)
    service = make_service(business, providers=[ana], deposit_type="percent", deposit_value=30)
    make_rule(ana, 1, service=service)
    make_block(ana, "2027-06-08", "10:00", "11:00")
    appointment = make_appointment(business, service, ana, "2027-06-07T10:00:00Z")
    return {
        "provider": ana.pk,
        "service": service.pk,
        "appointment": appointment.pk,
        "client": appointment.client_id,
    }


@pytest.mark.parametrize(("path", "schema"), PATHS, ids=[path for path, _ in PATHS])
def test_answers_are_as_documented(business: Business, names: dict[str, Any], path: str, schema: type[Schema]) -> None:
    answer = as_member(make_member(business)).get(path.format(**names))
    assert answer.status_code == 200
    assert schema.model_validate(answer.json()).model_dump(mode="json") == answer.json()


def test_answers_of_changes_are_as_documented(
    business: Business, names: dict[str, Any], client_for: Any, clock: Any
) -> None:
    clock("2027-06-01T12:00Z")
    staff = by_key(business, client_for("acme"))
    for action, schema in (("cancel", Cancelled), ("restore", schemas.AppointmentRecord)):
        body = staff.post(f"/appointments/{names['appointment']}/{action}").json()
        assert schema.model_validate(body).model_dump(mode="json") == body


def operations(router: Router) -> Iterator[Operation]:
    """All calls of a router and of the routers within it."""
    for view in router.path_operations.values():
        yield from view.operations
    for mounted in router._routers:
        child = mounted[1]
        assert isinstance(child, Router)
        yield from operations(child)


def test_every_call_names_its_right() -> None:
    found = [
        operation
        for prefix, name in ROUTERS
        if prefix == "/tenant-admin"
        for operation in operations(import_string(name))
    ]
    assert len(found) > 45
    assert [call.path for call in found if not isinstance(getattr(call.view_func, "right", None), Right)] == []


def test_a_key_names_the_business_on_the_platforms_host(
    business: Business, names: dict[str, Any], platform_client: HostClient
) -> None:
    staff = by_key(business, platform_client)
    assert [item["id"] for item in staff.get("/services").json()["items"]] == [str(names["service"])]
    assert Staff(platform_client).get("/services").status_code == 401


def test_a_suspended_business_reads_and_cancels_but_books_nothing(
    business: Business, names: dict[str, Any], client_for: Any, clock: Any
) -> None:
    clock("2027-06-01T12:00Z")
    business.status = BusinessStatus.SUSPENDED
    business.save()
    staff = by_key(business, client_for("acme"))
    booking = {
        "service_id": str(names["service"]),
        "start_time": "2027-06-07T12:00:00Z",
        "client": {"name": "Kim Lee"},
    }
    refused = staff.post("/appointments", booking)
    assert (refused.status_code, refused.json()["error"]) == (403, "business_suspended")
    assert staff.get("/appointments").json()["pagination"]["total"] == 1
    assert staff.post(f"/appointments/{names['appointment']}/cancel").status_code == 200


def test_a_suspended_business_sets_no_status_but_cancelled(
    business: Business, names: dict[str, Any], client_for: Any, clock: Any
) -> None:
    clock("2027-06-07T12:30Z")
    business.status = BusinessStatus.SUSPENDED
    business.save()
    staff, mine = by_key(business, client_for("acme")), f"/appointments/{names['appointment']}"
    refused = staff.patch(mine, {"status": "completed"})
    assert (refused.status_code, refused.json()["error"]) == (403, "business_suspended")
    assert staff.patch(mine, {"status": "cancelled"}).json()["status"] == "cancelled"
    assert staff.patch(f"/services/{names['service']}", {"name": "Trim"}).status_code == 403
