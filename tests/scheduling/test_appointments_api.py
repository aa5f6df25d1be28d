"""The tenant-admin API's notes of an appointment, and what its list can be narrowed to."""

from typing import Any

import pytest

from daybook.core import clock as domain_clock
from scheduling.enums import PaymentStatus, Status
from scheduling.models import Appointment
from tenants.enums import BusinessStatus
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import NOW, make_appointment, make_member, make_provider, make_service, open_week
from tests.scheduling.staff import Staff, as_member, by_key


@pytest.fixture
def mine(business: Business, clock: Any) -> Appointment:
    clock(NOW)
    ana = make_provider(business)
    open_week()
    return make_appointment(business, make_service(business, providers=[ana]), ana, "2027-06-07T10:00:00Z")


@pytest.fixture
def staff(business: Business) -> Staff:
    return by_key(business, HostClient(f"{business.slug}.localhost"))


def test_notes_are_patched_one_by_one(staff: Staff, mine: Appointment) -> None:
    path = f"/appointments/{mine.pk}"
    changed = staff.patch(path, {"shared_notes": "Bring shoes"}).json()
    assert (changed["shared_notes"], changed["staff_notes"], changed["status"]) == ("Bring shoes", "", "confirmed")
    staff.patch(path, {"staff_notes": "VIP"})
    detail = staff.get(path).json()
    assert (detail["shared_notes"], detail["staff_notes"]) == ("Bring shoes", "VIP")
    assert [event["detail"] for event in detail["history"] if event["action"] == "notes_changed"] == [
        {"fields": ["shared_notes"]},
        {"fields": ["staff_notes"]},
    ]
    assert staff.patch(path, {"shared_notes": None, "staff_notes": ""}).json()["shared_notes"] == "Bring shoes"


def test_status_and_notes_change_together_or_not_at_all(staff: Staff, mine: Appointment) -> None:
    path = f"/appointments/{mine.pk}"
    early = staff.patch(path, {"status": "completed", "staff_notes": "Came late"})
    assert (early.status_code, early.json()["error"]) == (409, "too_early")
    mine.refresh_from_db()
    assert mine.staff_notes == ""
    done = staff.patch(path, {"status": "cancelled", "shared_notes": "Sorry!"}).json()
    assert (done["status"], done["shared_notes"]) == ("cancelled", "Sorry!")


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": "why"}, {"shared_notes": "x" * 2001}, {"staff_notes": "x" * 5001}, {"staff_notes": 5}],
)
def test_what_cannot_be_kept_is_refused(staff: Staff, mine: Appointment, body: dict[str, Any]) -> None:
    answer = staff.patch(f"/appointments/{mine.pk}", body)
    assert (answer.status_code, answer.json()["error"]) == (422, "validation_failed")


def test_a_suspended_business_changes_no_notes(staff: Staff, mine: Appointment, business: Business) -> None:
    business.status = BusinessStatus.SUSPENDED
    business.save()
    path = f"/appointments/{mine.pk}"
    assert staff.patch(path, {"shared_notes": "Hi"}).status_code == 403
    assert staff.patch(path, {"status": "cancelled", "shared_notes": "Hi"}).status_code == 403
    assert staff.patch(path, {"status": "cancelled"}).status_code == 200


def test_a_provider_writes_on_his_own_only(mine: Appointment, business: Business) -> None:
    marco = make_provider(business, "Marco")
    theirs = as_member(make_member(business, "provider", provider=marco))
    assert theirs.patch(f"/appointments/{mine.pk}", {"shared_notes": "Hi"}).status_code == 403


def test_the_list_is_narrowed_by_payment_source_and_search(staff: Staff, mine: Appointment, business: Business) -> None:
    Appointment.objects.filter(pk=mine.pk).update(payment_status=PaymentStatus.PAID, source="phone")
    make_appointment(
        business, mine.service, mine.provider, "2027-06-08T10:00:00Z", name="Ada", email="ada@example.test",
        status=Status.CANCELLED,
    )  # fmt: skip

    def found(**narrow: str) -> list[str]:
        return [item["client"]["name"] for item in staff.get("/appointments", **narrow).json()["items"]]

    assert found(payment_status="paid") == ["Kim Lee"]
    assert found(payment_status="unpaid", search="ada@") == ["Ada"]
    assert found(source="phone") == ["Kim Lee"]
    assert found(search=mine.reference) == ["Kim Lee"]
    assert len(found(source="", payment_status="")) == 2
    assert staff.get("/appointments", source="moon").status_code == 422
    assert staff.get("/appointments", payment_status="rich").status_code == 422
    assert domain_clock.now() == NOW


def test_filters_and_notes_are_in_the_description(staff: Staff, mine: Appointment) -> None:
    described = staff.client.get("/v1/openapi.json").json()
    listing = described["paths"]["/v1/tenant-admin/appointments"]["get"]
    assert {"payment_status", "source", "search"} <= {parameter["name"] for parameter in listing["parameters"]}
    assert "shared_notes" in described["components"]["schemas"]["AppointmentRecord"]["properties"]
    change = described["components"]["schemas"]["AppointmentChange"]["properties"]
    assert {"status", "shared_notes", "staff_notes"} <= set(change)
