"""Joining the waiting list over the public API."""

from collections.abc import Callable
from typing import Any

import pytest

from scheduling.models import Client, WaitlistEntry
from tenants.enums import BusinessStatus
from tenants.models import Business
from tests.scheduling.waiting_world import TUESDAY_NOON, Waiting, world
from tests.widget.asking import KIM, Asker


@pytest.fixture
def here(business: Business, clock: Callable[[Any], None]) -> Waiting:
    clock(TUESDAY_NOON)
    return world(business)


@pytest.fixture
def asker(here: Waiting) -> Asker:
    return Asker(here.business)


def body(here: Waiting, **changes: Any) -> dict[str, Any]:
    return {"service_id": str(here.cut.pk), "first_date": "2027-06-07", "last_date": "2027-06-07", "client": KIM,
            **changes}  # fmt: skip


def test_joining(asker: Asker, here: Waiting) -> None:
    answer = asker.post("waitlist", body(here, weekdays=[1], start="10:00", end="24:00", notes="Window"))
    assert answer.status_code == 201
    assert answer.json() == {
        "service_id": str(here.cut.pk),
        "provider_id": None,
        "first_date": "2027-06-07",
        "last_date": "2027-06-07",
        "weekdays": [1],
        "start": "10:00",
        "end": "24:00",
        "state": "waiting",
    }
    entry = WaitlistEntry.objects.get()
    assert (entry.name, entry.email, entry.start_minute, entry.end_minute) == (KIM["name"], KIM["email"], 600, 1440)
    assert (entry.notes, entry.timezone) == ("Window", "America/New_York")


def test_nobody_learns_who_is_on_the_list(asker: Asker, here: Waiting) -> None:
    first = asker.post("waitlist", body(here))
    here.free(11)
    here.drain()
    assert here.offers() == [("Kim", 11, "open")]
    again = asker.post("waitlist", body(here))
    assert (again.status_code, again.json()) == (201, first.json())
    assert WaitlistEntry.objects.count() == 1


def test_a_key_makes_the_same_request_act_once(asker: Asker, here: Waiting) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = (asker.post("waitlist", body(here), key) for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert here.notes() == [("Kim", "joined")]
    other = asker.post("waitlist", body(here, notes="Other"), key)
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")


def test_refusals(asker: Asker, here: Waiting) -> None:
    assert asker.post("waitlist", body(here, last_date="2027-05-01", first_date="2027-05-01")).status_code == 422
    wrong = asker.post("waitlist", body(here, client={"name": "K", "email": "x"}))
    assert sorted(wrong.json()["details"]["fields"]) == ["client.email", "client.name"]
    assert asker.post("waitlist", body(here, provider_id=str(here.cut.pk))).json()["error"] == (
        "provider_not_for_service"
    )
    here.business.waitlist_open = False
    here.business.save()
    closed = asker.post("waitlist", body(here))
    assert (closed.status_code, closed.json()["error"]) == (409, "waitlist_closed")
    here.business.waitlist_open, here.business.status = True, BusinessStatus.SUSPENDED
    here.business.save()
    assert asker.post("waitlist", body(here)).status_code == 403
    assert not WaitlistEntry.objects.exists()


def test_a_blocked_client_is_refused_as_when_booking(asker: Asker, here: Waiting) -> None:
    Client.objects.create(name="Kim", email=KIM["email"], blocked_at=here.now)
    answer = asker.post("waitlist", body(here))
    assert (answer.status_code, answer.json()["error"]) == (409, "booking_refused")
