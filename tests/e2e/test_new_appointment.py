"""A new appointment and a series in a real browser: on a desk with the keyboard, on a phone with a warning."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from scheduling.enums import Status
from scheduling.models import Appointment
from tests import factories as make
from tests.accessibility import assert_usable
from tests.dashboard.conftest import Studio
from tests.e2e.test_dashboard import LOOKS, open_studio

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.conftest import Site

__all__ = ("open_studio",)


@pytest.fixture
def busy_studio(open_studio: Studio) -> Studio:
    """Somebody else is there in the third week."""
    open_studio.book("2027-06-24T13:30:00-04:00", name="Xenia Young", email="xenia@example.test")
    return open_studio


def test_a_client_is_found_and_booked_weekly_around_a_conflict_and_the_rest_is_cancelled(
    page: "Page", site: "Site", busy_studio: Studio
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(site.url("zen", "/dashboard/appointments/"))
    page.get_by_role("link", name="New appointment").click()
    drawer = page.get_by_role("dialog")
    field = drawer.get_by_role("combobox", name="Find a client")
    field.press_sequentially("nadia")
    drawer.get_by_role("option", name=re.compile("Nadia Okafor")).wait_for()
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "client-option-1")
    page.keyboard.press("Enter")
    drawer.get_by_role("button", name="Change").wait_for()
    drawer.get_by_label("With", exact=True).select_option(label="Ana Duarte")
    drawer.get_by_label("Date", exact=True).fill("2027-06-10")
    drawer.get_by_text("Free times Thursday, 10 June").wait_for()
    drawer.get_by_role("radio", name="1:00 pm", exact=True).check(force=True)
    drawer.get_by_role("switch", name="Repeat this appointment").check()
    clash = drawer.get_by_role("listitem").filter(has_text="Taken: Xenia Young, 1:30 – 2:30 pm")
    clash.wait_for()
    expect(clash.get_by_role("checkbox")).not_to_be_checked()
    expect(drawer.locator("[data-ticked]")).to_have_text("5")
    drawer.get_by_role("button", name="Book appointment").click()
    toast = page.locator(".toast")
    toast.get_by_text("5 appointments booked.").wait_for()
    assert page.url.endswith("/dashboard/appointments/")
    toast.get_by_role("link", name="Open").click()
    page.get_by_role("heading", name="Deep tissue massage").wait_for()
    page.locator(".series-rows a").nth(2).click()
    page.get_by_role("heading", name="3 of 5 in a series").wait_for()
    page.get_by_role("link", name="Cancel series…").click()
    expect(page.get_by_role("radio", name=re.compile("This and the following"))).to_be_checked()
    page.get_by_role("button", name="Cancel appointments").click()
    page.get_by_text("3 appointments cancelled.").first.wait_for()
    states = [row.status for row in Appointment.objects.filter(series__isnull=False).order_by("starts_at")]
    assert states == [Status.CONFIRMED] * 2 + [Status.CANCELLED] * 3


def test_on_a_phone_a_typed_time_is_booked_after_a_warning_and_taken_back(
    page: "Page", site: "Site", open_studio: Studio
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site.url("zen", "/dashboard/calendar/?view=day"))
    page.get_by_role("link", name="New appointment").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Find a client").press_sequentially("Walter")
    drawer.get_by_role("option", name="New client “Walter”").click()
    expect(drawer.get_by_label("Name", exact=True)).to_have_value("Walter")
    drawer.get_by_label("With", exact=True).select_option(label="Ana Duarte")
    drawer.get_by_label("Or another time").fill("18:30")
    drawer.get_by_label("Or another time").press("Tab")
    drawer.get_by_text("Ana Duarte: Outside the hours").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    drawer.get_by_role("checkbox", name="Book it outside the hours").check()
    drawer.get_by_role("button", name="Book appointment").click()
    toast = page.locator(".toast")
    toast.get_by_text("Booked: Walter").wait_for()
    made = Appointment.objects.get(client_name="Walter")
    assert made.starts_at == make.at("2027-06-09T18:30:00-04:00")
    toast.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back. Nobody was told.").first.wait_for()
    made.refresh_from_db()
    assert made.status == Status.CANCELLED


def test_no_accessibility_findings(
    page: "Page", site: "Site", busy_studio: Studio, client_for: Callable[..., Any]
) -> None:
    nadia = Appointment.objects.get(client_name="Nadia Okafor")
    again = f"/dashboard/appointments/new?again={nadia.pk}&repeat=1&day=2027-06-10&custom=13:15"
    for theme, width in LOOKS:
        page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url("zen")}])
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(site.url("zen", again))
        page.get_by_text("Taken: Xenia Young").first.wait_for()
        assert_usable(page, theme, width)
