"""Clients by the tenant-admin API."""

from collections.abc import Callable
from typing import Any

import pytest

from scheduling.models import Client
from tenants.models import Business
from tests.dashboard.conftest import NOW, Studio, furnish
from tests.scheduling.clients_world import book, make_client
from tests.scheduling.staff import Staff, as_member, by_key


@pytest.fixture
def studio(business: Business, clock: Callable[[str], None]) -> Studio:
    clock(NOW)
    return furnish(business)


@pytest.fixture
def staff(studio: Studio, client_for: Callable[..., Any]) -> Staff:
    return by_key(studio.business, client_for("acme"))


@pytest.fixture
def ada(studio: Studio) -> Client:
    return make_client("Ada Lovelace", "ada@example.test", "+12075550199")


def test_a_known_mail_says_whose_it_is(staff: Staff, ada: Client) -> None:
    answer = staff.post("/clients", {"name": "Ada", "email": "ADA@example.test"})
    assert (answer.status_code, answer.json()["details"]["client_id"]) == (409, str(ada.pk))


def test_tags_and_blocks(staff: Staff, ada: Client) -> None:
    made = staff.put(f"/clients/{ada.pk}/tags", {"tags": ["VIP", " vip ", "late"]}).json()
    assert made["tags"] == ["VIP", "late"]
    assert [row["id"] for row in staff.get("/clients", tag="late").json()["items"]] == [str(ada.pk)]
    assert staff.get("/clients", tag="other").json()["items"] == []
    assert staff.put(f"/clients/{ada.pk}/tags", {"tags": ["x" * 41]}).status_code == 422
    blocked = staff.post(f"/clients/{ada.pk}/block", {"reason": "Never pays"}).json()
    assert (blocked["blocked_at"], blocked["blocked_reason"]) == ("2027-06-09T15:00:00Z", "Never pays")
    assert staff.delete(f"/clients/{ada.pk}/block").json()["blocked_at"] is None


def test_history_is_paged(studio: Studio, staff: Staff, ada: Client) -> None:
    for day in (16, 17, 18):
        book(studio, ada, f"2027-06-{day}T13:00:00-04:00")
    answer = staff.get(f"/clients/{ada.pk}/history", limit=2).json()
    assert [row["start_time"][:10] for row in answer["items"]] == ["2027-06-18", "2027-06-17"]
    assert answer["pagination"]["total"] == 3


def test_export_and_erase(studio: Studio, staff: Staff, ada: Client) -> None:
    book(studio, ada, "2027-06-16T13:00:00-04:00")
    found = staff.get(f"/clients/{ada.pk}/export").json()
    assert (found["client"]["email"], len(found["appointments"])) == ("ada@example.test", 1)
    refused = staff.post(f"/clients/{ada.pk}/erase", {})
    assert (refused.status_code, refused.json()["error"]) == (409, "has_upcoming")
    erased = staff.post(f"/clients/{ada.pk}/erase", {"cancel_upcoming": True})
    assert erased.json() == {"id": str(ada.pk), "erased_at": "2027-06-09T15:00:00Z"}
    for answer in (
        staff.get(f"/clients/{ada.pk}"),
        staff.patch(f"/clients/{ada.pk}", {"name": "Ada"}),
        staff.post(f"/clients/{ada.pk}/erase", {}),
        staff.get(f"/clients/{ada.pk}/export"),
    ):
        assert answer.status_code == 404


def test_rights(studio: Studio, ada: Client) -> None:
    desk = as_member(studio.member("front_desk"))
    assert desk.put(f"/clients/{ada.pk}/tags", {"tags": []}).status_code == 200
    for answer in (desk.get(f"/clients/{ada.pk}/export"), desk.post(f"/clients/{ada.pk}/erase", {})):
        assert answer.status_code == 403
    own = studio.member("provider", provider=studio.ana)
    own.may_export = True
    own.save()
    provider = as_member(own)
    assert provider.get(f"/clients/{ada.pk}/export").status_code == 403
    assert provider.get(f"/clients/{ada.pk}/history").status_code == 403
