"""The pages of the Google sandbox in a browser."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.google_client import ALL, FREEBUSY, KIM, flow

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from daybook.sandbox.google.server import GoogleSandbox


@pytest.fixture
def back(page: "Page") -> list[str]:
    """Addresses of the client that the browser is sent to."""
    found: list[str] = []

    def note(route: "Route") -> None:
        found.append(route.request.url)
        route.fulfill(body="Back at the client", content_type="text/plain")

    page.route("http://localhost/back*", note)
    return found


def test_g25_a_person_chooses_an_account_and_unticks_a_scope(
    google_sandbox: "GoogleSandbox", page: "Page", back: list[str]
) -> None:
    address, state = flow(google_sandbox).authorization_url(access_type="offline", login_hint=KIM)
    page.goto(address)
    assert page.get_by_role("radio", name="Kim Park").is_checked()
    page.get_by_role("radio", name="Robin Vega").check()
    page.get_by_role("checkbox", name="See when you are busy").uncheck()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/back?*")
    query = parse_qs(urlsplit(back[0]).query)
    assert query["state"] == [state]
    assert set(query["scope"][0].split()) == set(ALL) - {FREEBUSY}


def test_a_person_cancels_at_consent(google_sandbox: "GoogleSandbox", page: "Page", back: list[str]) -> None:
    page.goto(flow(google_sandbox).authorization_url(access_type="offline")[0])
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/back?*")
    assert parse_qs(urlsplit(back[0]).query)["error"] == ["access_denied"]


def test_a_person_makes_and_deletes_an_event_on_a_phone(google_sandbox: "GoogleSandbox", page: "Page") -> None:
    google_sandbox.clock("2027-03-14T10:00:00+00:00")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(google_sandbox.url)
    page.get_by_role("link", name=KIM).click()
    page.get_by_text("New event").click()
    page.get_by_label("Title").fill("Dentist")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("Dentist", exact=True).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_text("Change").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("deleted", exact=True).wait_for()
    assert [event["status"] for event in google_sandbox.events(KIM)] == ["cancelled"]
