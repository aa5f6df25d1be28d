"""The waiting list over the tenant-admin API."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from scheduling import schemas_waitlist as shapes
from scheduling.models import WaitlistEntry
from tenants.models import Business
from tests.factories import make_provider
from tests.scheduling.staff import Staff, by_key
from tests.scheduling.waiting_world import TUESDAY_NOON, Waiting, world

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def here(business: Business, clock: Callable[[Any], None]) -> Waiting:
    clock(TUESDAY_NOON)
    return world(business)


@pytest.fixture
def staff(here: Waiting, client_for: Any) -> Staff:
    return by_key(here.business, client_for("acme"))


def body(here: Waiting, **changes: Any) -> dict[str, Any]:
    return {"service_id": str(here.cut.pk), "first_date": "2027-06-07", "last_date": "2027-06-14",
            "client": {"name": "Walk In", "phone": "207 555 0142"}, **changes}  # fmt: skip


def test_somebody_is_added_listed_and_removed(staff: Staff, here: Waiting) -> None:
    answer = staff.post("/waitlist", body(here, weekdays=[1], start="10:00", end="12:00", notes="Called"))
    assert answer.status_code == 201
    made = shapes.EntryRecord.model_validate(answer.json())
    assert (made.name, made.phone, made.email, made.added_by) == ("Walk In", "+12075550142", "", "Test")
    assert (made.weekdays, made.start, made.end, made.notes) == ([1], "10:00", "12:00", "Called")
    assert staff.get(f"/waitlist/{made.id}").json() == answer.json()
    assert staff.get("/waitlist").json()["items"] == [answer.json()]
    assert staff.delete(f"/waitlist/{made.id}").status_code == 204
    assert staff.get("/waitlist").json()["items"] == []
    [gone] = staff.get("/waitlist", state="left").json()["items"]
    assert gone["state"] == "left"


def test_the_list_is_narrowed(staff: Staff, here: Waiting) -> None:
    here.join("Kim")
    here.join("Lee", provider=here.ana)
    for query, names in (
        ({"search": "lee"}, ["Lee"]),
        ({"service_id": str(here.cut.pk)}, ["Kim", "Lee"]),
        ({"provider_id": NOBODY}, ["Kim"]),
        ({"state": "booked"}, []),
        ({"limit": 1, "page": 2}, ["Lee"]),
    ):
        items = staff.get("/waitlist", **query).json()["items"]
        assert [item["name"].split()[0] for item in items] == names, query


def test_a_time_is_offered_and_taken_back(staff: Staff, here: Waiting) -> None:
    kim = here.join("Kim")
    here.free(11)
    answer = staff.post(f"/waitlist/{kim.pk}/offer", {"start_time": "2027-06-07T11:00:00-04:00"})
    assert answer.status_code == 201
    [offer] = shapes.EntryRecord.model_validate(answer.json()).offers
    assert (offer.state, offer.start_time, offer.provider.name) == ("open", "2027-06-07T11:00:00-04:00", "Ana Duarte")
    twice = staff.post(f"/waitlist/{kim.pk}/offer", {"start_time": "2027-06-14T11:00:00-04:00"})
    assert (twice.status_code, twice.json()["error"]) == (409, "not_waiting")
    assert staff.delete(f"/waitlist/{kim.pk}/offer").status_code == 204
    assert staff.delete(f"/waitlist/{kim.pk}/offer").status_code == 204
    assert here.offers() == [("Kim", 11, "withdrawn")]


def test_a_key_makes_the_same_request_act_once(staff: Staff, here: Waiting) -> None:
    first = staff.post("/waitlist", body(here), Idempotency_Key="one")
    again = staff.post("/waitlist", body(here), Idempotency_Key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    assert WaitlistEntry.objects.count() == 1
    url, at_eleven = f"/waitlist/{first.json()['id']}/offer", {"start_time": "2027-06-14T11:00:00-04:00"}
    offered = staff.post(url, at_eleven, Idempotency_Key="two")
    repeated = staff.post(url, at_eleven, Idempotency_Key="two")
    assert (repeated.status_code, repeated.json()["offers"]) == (201, offered.json()["offers"])
    other = staff.post(url, {"start_time": "2027-06-14T12:00:00-04:00"}, Idempotency_Key="two")
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"last_date": "2027-06-01"}, "last_date"),
        ({"start": "10:00"}, "end"),
        ({"start": "12:00", "end": "10:00"}, "hours"),
        ({"weekdays": [2], "last_date": "2027-06-07"}, "weekdays"),
        ({"weekdays": [7]}, "weekdays.0"),
        ({"client": {"name": "W"}}, "name"),
        ({"client": {"name": "Walk In", "email": "x"}}, "email"),
    ],
)
def test_what_is_wrong_is_named(staff: Staff, here: Waiting, changes: dict[str, Any], field: str) -> None:
    answer = staff.post("/waitlist", body(here, **changes))
    assert answer.status_code == 422
    assert list(answer.json()["details"]["fields"]) == [field]


def test_what_does_not_exist_or_does_not_go_together(staff: Staff, here: Waiting) -> None:
    other = make_provider(here.business, "Marco")
    assert staff.post("/waitlist", body(here, service_id=NOBODY)).status_code == 404
    assert staff.post("/waitlist", body(here, provider_id=NOBODY)).status_code == 404
    assert staff.post("/waitlist", body(here, provider_id=str(other.pk))).json()["error"] == "provider_not_for_service"
    for call in (staff.get(f"/waitlist/{NOBODY}"), staff.delete(f"/waitlist/{NOBODY}")):
        assert call.status_code == 404


@pytest.mark.parametrize("people", [1, 30])
def test_the_list_takes_as_many_queries_for_one_as_for_thirty(
    staff: Staff, here: Waiting, django_assert_num_queries: DjangoAssertNumQueries, people: int
) -> None:
    for number in range(people):
        here.join(f"Guest{number}")
    staff.get("/waitlist")
    with django_assert_num_queries(7):
        assert len(staff.get("/waitlist").json()["items"]) == people
