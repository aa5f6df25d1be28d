"""Small promises of the public API that are easily broken."""

from collections.abc import Callable
from datetime import datetime

import pytest

from scheduling.models import Appointment
from scheduling.services import offer
from tenants.models import Business
from tests.factories import make_block
from tests.widget.asking import Asker, shop

MONDAY = 1
TEN, NOON = "2027-06-07T10:00:00-04:00", "2027-06-07T12:00:00-04:00"


@pytest.fixture
def asker(business: Business, clock: Callable[[datetime | str | None], None]) -> Asker:
    clock("2027-06-01T12:00Z")
    return Asker(business)


def test_next_times_keep_closed_dates_however_far_off_the_wish_was(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"))
    make_block(provider, "2027-06-07")

    answer = asker.book(service, "2027-01-04T10:00:00-05:00")

    assert answer.status_code == 409
    assert answer.json()["details"]["next"][0] == "2027-06-14T13:00:00Z"


def test_a_used_hold_opens_no_time(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    token = asker.hold(service, TEN).json()["hold_token"]

    assert "10:00" in asker.local(service, "2027-06-07", hold_token=token)
    asker.booked(service, TEN, hold_token=token)
    assert "10:00" not in asker.local(service, "2027-06-07", hold_token=token)


def test_names_keep_their_joiners_and_notes_lose_what_cannot_be_shown(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    ali = {"name": "علی\u200cرضا", "email": "ali@example.test"}

    asker.booked(service, TEN, client=ali, notes="First\r\nsecond\x1b[31m\x07")

    row = Appointment.objects.get()
    assert (row.client_name, row.notes) == (ali["name"], "First\nsecond[31m")
    for name in ("Kim\u202eeeL", "Kim\u2028Lee", "Kim\x85Lee"):
        answer = asker.book(service, NOON, client={"name": name, "email": "kim@example.test"})
        assert (answer.status_code, list(answer.json()["details"]["fields"])) == (422, ["client.name"])


def test_a_wrong_method_is_refused_in_the_shape_of_every_error(business: Business, asker: Asker) -> None:
    answer = asker.http.put("/v1/public/holds", "{}", content_type="application/json")

    assert (answer.status_code, answer.json()["error"], answer.headers["Allow"]) == (405, "method_not_allowed", "POST")


def test_seats_of_a_session_are_alike_whatever_was_edited_since(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"), capacity=3, buffer_after_minutes=15)
    asker.booked(service, TEN)
    asker.booked(service, "2027-06-07T11:15:00-04:00")
    offer.change_service(service, duration_minutes=90, buffer_after_minutes=30)
    (offered,) = [slot for slot in asker.slots(service, "2027-06-07") if slot["start_time"] == TEN]

    seat = asker.booked(service, TEN)["appointment"]
    later = asker.booked(service, "2027-06-07T13:00:00-04:00")
    moved = asker.post(
        f"appointments/{later['appointment']['id']}/reschedule",
        {"cancellation_token": later["manage_token"], "start_time": TEN},
    ).json()["appointment"]

    assert offered["end_time_utc"] == seat["end_time_utc"] == moved["end_time_utc"] == "2027-06-07T15:00:00Z"
    assert (seat["duration_minutes"], later["appointment"]["duration_minutes"]) == (60, 90)
