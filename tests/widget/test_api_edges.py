"""Small promises of the public API that are easily broken."""

from collections.abc import Callable
from datetime import datetime

import pytest

from scheduling.models import Appointment
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
