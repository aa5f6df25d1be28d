"""Who is blocked cannot book online, by e-mail or phone; staff book them all the same."""

from collections.abc import Callable
from typing import Any

import pytest

from scheduling.models import Appointment, Client
from scheduling.services.client_blocks import block, unblock
from tenants.models import Business
from tests import factories as make
from tests.conftest import HostClient
from tests.scheduling.clients_world import make_client
from tests.widget import pages
from tests.widget.asking import Asker, shop
from tests.widget.conftest import MONDAY, NOW, TEN

Clock = Callable[..., None]
ELEVEN = "2027-06-07T11:00:00-04:00"


@pytest.fixture
def asker(business: Business, clock: Clock) -> Asker:
    clock(NOW)
    business.country, business.phone, business.email = "US", "+12075550123", "hello@acme.test"
    business.save()
    return Asker(business)


@pytest.fixture
def service(business: Business, asker: Asker) -> Any:
    return shop(business, ([MONDAY], "09:00", "17:00"))[0]


@pytest.fixture
def blocked(business: Business) -> Client:
    client = make_client("Kim Lee", "Kim@Example.test", "+12075550199")
    block(client, reason="Never pays", now=make.at(NOW))
    return client


@pytest.mark.parametrize(
    "who",
    [
        {"name": "Kim Lee", "email": "kim@example.test"},
        {"name": "Somebody", "email": "KIM@EXAMPLE.TEST"},
        {"name": "Somebody", "email": "other@example.test", "phone": "(207) 555-0199"},
    ],
)
def test_the_api_answers_neutrally(asker: Asker, service: Any, blocked: Client, who: dict[str, str]) -> None:
    answer = asker.book(service, TEN, client=who)
    assert answer.status_code == 409
    assert answer.json() == {
        "error": "booking_refused",
        "message": "This business asks you to contact it to book.",
        "details": {"contact": {"phone": "+12075550123", "email": "hello@acme.test"}},
    }
    assert not Appointment.objects.exists()


def test_a_hold_stays_as_it_is_and_somebody_else_may_use_it(asker: Asker, service: Any, blocked: Client) -> None:
    held = asker.hold(service, TEN)
    assert held.status_code == 201
    token = held.json()["hold_token"]
    assert asker.book(service, TEN, hold_token=token).json()["error"] == "booking_refused"
    assert Appointment.objects.get().status == "held"
    other = {"name": "Jo Doe", "email": "jo@example.test", "phone": "+12075550111"}
    assert asker.book(service, TEN, hold_token=token, client=other).status_code == 201


def test_others_and_the_unblocked_book(asker: Asker, service: Any, blocked: Client) -> None:
    assert asker.book(service, TEN, client={"name": "Jo", "email": "jo@example.test"}).status_code == 201
    unblock(blocked)
    assert asker.book(service, ELEVEN).status_code == 201


def test_staff_book_them(business: Business, asker: Asker, service: Any, blocked: Client) -> None:
    booked = make.make_appointment(business, service, None, TEN, now=make.at(NOW))
    assert booked.client_id == blocked.pk


def test_the_page_says_whom_to_ask(business: Business, client_for: Callable[..., HostClient], clock: Clock) -> None:
    clock(pages.NOW)
    pages.make_shop(business)
    client = make_client("Nadia Okafor", "nadia@example.test")
    block(client, reason="", now=make.at("2026-11-01T00:00:00+00:00"))
    answer = pages.book(client_for("acme"), "2026-11-05T15:00Z", notes="Left shoulder")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "This business asks you to contact it to book. +12075550123 · hello@harborpine.example" in text
    assert "Left shoulder" in text
    assert Appointment.objects.get().status == "held"
