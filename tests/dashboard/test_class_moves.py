"""Dropping a class: asked about with how many it is, moved and put back as one, and by whom."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from scheduling.models import Appointment, Service
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio
from tests.dashboard.test_calendar_moves import BACK, HTMX, TEN, toast

NewClient = Callable[..., Any]


@pytest.fixture
def yoga(studio: Studio) -> Service:
    return make.make_service(studio.business, "Yoga", providers=[studio.ana, studio.marco], capacity=6)


def fill(studio: Studio, yoga: Service, count: int = 2, start: str = TEN) -> list[Appointment]:
    return [
        make.make_appointment(
            studio.business, yoga, studio.ana, start, name=f"Seat {n}", email=f"{n}{start[11:13]}@example.test",
            now=make.at(NOW),
        )
        for n in range(count)
    ]  # fmt: skip


def card(browser: Any) -> str:
    """Where a drop of the class asks."""
    text = browser.get(f"/dashboard/calendar/?{BACK}").content.decode()
    found = re.search(r'data-move="([^"]+session=[^"]+)"', text)
    return found[1] if found else ""


def drop(browser: Any, address: str, hour: int, **values: Any) -> Any:
    session = address.split("session=")[1]
    place = {"day": "2027-06-10", "minute": hour * 60, "notify": "1", "back": BACK, "session": session, **values}
    return browser.post(urlsplit(address).path, place, headers=HTMX)


def places() -> set[tuple[str, str]]:
    return {(f"{row.starts_at:%H:%M}", row.provider.name) for row in Appointment.objects.select_related("provider")}


def test_it_is_asked_about_moved_and_put_back_as_one(studio: Studio, yoga: Service, client_for: NewClient) -> None:
    fill(studio, yoga, 3)
    browser = studio.client(client_for)
    address = card(browser)
    place = {"day": "2027-06-10", "minute": 720, "provider": studio.marco.pk, "length": 60, "back": BACK}
    text = browser.get(f"{address}&{urlencode(place)}", headers=HTMX).content.decode()
    assert "Move this class?" in text
    assert "3 clients · Yoga" in text
    assert "3 clients get an e-mail each" in text
    done = drop(browser, address, 12, provider=studio.marco.pk)
    assert toast(done)["text"] == "Yoga (3 clients): moved to Thu 10 Jun, 12:00 pm."
    assert places() == {("16:00", "Marco Vitale")}
    undone = browser.post(toast(done)["undo"], headers=HTMX)
    assert toast(undone)["text"] == "Yoga (3 clients): back where it was."
    assert places() == {("14:00", "Ana Duarte")}
    again = browser.post(toast(done)["undo"], headers=HTMX)
    assert (again.status_code, toast(again)["text"].split(":")[0]) == (409, "Yoga")
    assert places() == {("14:00", "Ana Duarte")}


def test_the_class_cannot_be_resized(studio: Studio, yoga: Service, client_for: NewClient) -> None:
    fill(studio, yoga)
    browser = studio.client(client_for)
    assert 'class="grip"' not in browser.get(f"/dashboard/calendar/?{BACK}").content.decode()
    longer = drop(browser, card(browser), 10, length=90)
    assert (longer.status_code, "lasts as long as its class" in longer.content.decode()) == (422, True)


def test_what_is_in_the_way_is_said(studio: Studio, yoga: Service, client_for: NewClient) -> None:
    fill(studio, yoga)
    studio.book("2027-06-10T12:30:00-04:00", name="Other", email="other@example.test")
    fill(studio, yoga, 5, "2027-06-10T14:00:00-04:00")
    browser = studio.client(client_for)
    address = card(browser)
    refused = drop(browser, address, 12)
    assert (refused.status_code, "Book on top of it" in refused.content.decode()) == (409, True)
    full = drop(browser, address, 14)
    assert (full.status_code, "has no room for all of them" in full.content.decode()) == (409, True)
    assert "Book on top of it" not in full.content.decode()
    assert drop(browser, address, 12, allow_overlap="1").status_code == 200


def test_a_class_that_somebody_else_has_moved_is_not_moved_from_where_it_went(
    studio: Studio, yoga: Service, client_for: NewClient
) -> None:
    fill(studio, yoga)
    browser = studio.client(client_for)
    address = card(browser)
    assert drop(browser, address, 12).status_code == 200
    assert drop(browser, address, 12).status_code == 200  # a second press
    stale = drop(browser, address, 15)
    assert (stale.status_code, "has changed meanwhile" in stale.content.decode()) == (409, True)
    asked = browser.get(f"{address}&day=2027-06-10&minute=900&{BACK}", headers=HTMX)
    assert asked.status_code == 409
    assert places() == {("16:00", "Ana Duarte")}


def test_a_provider_moves_his_own_class_and_nobody_else_s(studio: Studio, yoga: Service, client_for: NewClient) -> None:
    fill(studio, yoga)
    address = card(studio.client(client_for))
    marco = studio.client(client_for, "provider", provider=studio.marco, email="marco@acme.test")
    assert drop(marco, address, 12).status_code == 403
    ana = studio.client(client_for, "provider", provider=studio.ana)
    assert card(ana) == address
    assert drop(ana, address, 12, provider=studio.marco.pk).status_code == 404
    assert drop(ana, address, 12).status_code == 200
    assert places() == {("16:00", "Ana Duarte")}


def test_a_stranger_does_not_give_it_and_nonsense_is_no_session(studio: Studio, client_for: NewClient) -> None:
    solo = make.make_service(studio.business, "Solo", providers=[studio.ana], capacity=6)
    fill(studio, solo)
    browser = studio.client(client_for)
    address = card(browser)
    other = drop(browser, address, 12, provider=studio.marco.pk)
    assert (other.status_code, "does not offer this service" in other.content.decode()) == (422, True)
    assert drop(browser, address, 12, session="x").status_code == 422
    single = studio.book("2027-06-10T15:00:00-04:00", name="Single", email="single@example.test")
    for session in (single.pk, address.split("session=")[1]):
        path = f"/dashboard/calendar/appointments/{single.pk}/move"
        assert drop(browser, f"{path}?session={session}", 16).status_code == 409
    assert browser.get(address).headers["Location"] == "/dashboard/calendar/"
