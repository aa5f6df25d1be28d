"""A working day in the dashboard, in a real browser, on a desk and on a phone; and no accessibility findings."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from daybook.core import clock as domain_clock
from scheduling.enums import Status
from scheduling.models import Appointment
from tests import factories as make
from tests.accessibility import assert_usable
from tests.dashboard.conftest import NOW, Studio, furnish

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tenants.models import Business
    from tests.conftest import Site

LOOKS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]


@pytest.fixture
def open_studio(committed: "Business", site: "Site", page: "Page", client_for: Callable[..., Any]) -> Studio:
    """A studio with a day's work; the page is its owner's."""
    domain_clock.set_to(make.at(NOW))
    studio = furnish(committed)
    studio.book("10:30", name="Nadia Okafor", email="nadia@example.test")
    studio.book("11:00", studio.marco, name="Tom Becker", email="tom@example.test")
    studio.book("14:00", name="Amira Khan", email="amira@example.test", status=Status.PENDING_APPROVAL)
    cookie = studio.client(client_for).cookies["daybook_session"].value
    page.context.add_cookies([{"name": "daybook_session", "value": cookie, "url": site.url("zen")}])
    return studio


def only(name: str) -> Appointment:
    return Appointment.objects.get(client_name=name)


@pytest.mark.slow  # every screen is looked over once, light and dark, in test_every_screen
def test_no_accessibility_findings_and_no_sideways_scrolling(page: "Page", site: "Site", open_studio: Studio) -> None:
    nadia = f"/dashboard/appointments/{only('Nadia Okafor').pk}/"
    paths = [
        "/dashboard/",
        "/dashboard/calendar/",
        "/dashboard/calendar/?view=day",
        "/dashboard/calendar/?view=month",
        "/dashboard/calendar/?view=list",
        "/dashboard/calendar/blocks/new",
        "/dashboard/appointments/",
        "/dashboard/appointments/?q=nobody",
        "/dashboard/appointments/new",
        nadia,
        f"{nadia}reschedule",
        f"{nadia}cancel",
    ]
    for theme, width in LOOKS:
        page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url("zen")}])
        page.set_viewport_size({"width": width, "height": 844})
        for path in paths:
            page.goto(site.url("zen", path))
            assert_usable(page, path, theme, width)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_request_is_approved_on_the_first_page(page: "Page", site: "Site", open_studio: Studio, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/"))
    page.get_by_role("button", name="Approve Amira Khan").click()
    page.get_by_text("Amira Khan: Approved.").wait_for()
    page.get_by_role("button", name="Approve Amira Khan").wait_for(state="detached")
    assert only("Amira Khan").status == Status.CONFIRMED


@pytest.mark.parametrize("width", [1280, 390])
def test_a_row_is_completed_and_taken_back(page: "Page", site: "Site", open_studio: Studio, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/appointments/"))
    page.get_by_role("button", name="More for Nadia Okafor").click()
    page.get_by_role("button", name="Complete Nadia Okafor").click()
    toast = page.locator(".toast")
    toast.get_by_text("Nadia Okafor: Completed.").wait_for()
    assert only("Nadia Okafor").status == Status.COMPLETED
    toast.get_by_role("button", name="Undo").click()
    page.get_by_text("Nadia Okafor: Restored.").wait_for()
    assert only("Nadia Okafor").status == Status.CONFIRMED


@pytest.mark.parametrize("width", [1280, 390])
def test_cancelling_asks_in_a_drawer_and_changes_the_row(
    page: "Page", site: "Site", open_studio: Studio, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/appointments/"))
    page.get_by_role("button", name="More for Tom Becker").click()
    page.get_by_role("link", name="Cancel Tom Becker").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading")).to_have_text("Cancel this appointment?")
    drawer.get_by_label("Reason").fill("Marco is ill")
    drawer.get_by_role("button", name="Cancel appointment").click()
    page.get_by_text("Tom Becker: Cancelled.").wait_for()
    expect(drawer).to_be_hidden()
    tom = only("Tom Becker")
    expect(page.locator(f"#row-{tom.pk} .badge")).to_have_text("Cancelled")
    assert tom.status == Status.CANCELLED
    event = tom.events.last()
    assert event is not None
    assert event.reason == "Marco is ill"


@pytest.mark.parametrize("width", [1280, 390])
def test_a_walk_in_is_booked(page: "Page", site: "Site", open_studio: Studio, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/"))
    page.get_by_role("link", name="New appointment").click()
    page.get_by_label("Name", exact=True).fill("Walter Walk-in")
    page.get_by_label("With", exact=True).select_option(label="Marco Vitale")
    page.get_by_label("Date", exact=True).fill("2027-06-10")
    page.get_by_text("Free times Thursday, 10 June").wait_for()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Walter Walk-in")
    page.get_by_role("radio", name="2:15 pm", exact=True).check(force=True)
    page.get_by_label("How it was made").select_option(label="Walk-in")
    page.get_by_role("button", name="Book appointment").click()
    page.get_by_text("Booked: Walter Walk-in, Thu 10 Jun, 2:15 – 3:15 pm.").first.wait_for()
    made = only("Walter Walk-in")
    assert made.provider == open_studio.marco
    assert made.starts_at == make.at("2027-06-10T14:15:00-04:00")


def test_a_known_client_is_found_while_typing(page: "Page", site: "Site", open_studio: Studio) -> None:
    page.goto(site.url("zen", "/dashboard/appointments/new"))
    page.get_by_label("Find a client").press_sequentially("nadia")
    page.get_by_role("option", name=re.compile("Nadia Okafor")).click()
    page.get_by_role("button", name="Change").wait_for()
    expect(page.get_by_label("Name", exact=True)).to_be_hidden()
    page.get_by_role("radio", name="12:00 pm", exact=True).check(force=True)
    page.get_by_role("button", name="Book appointment").click()
    page.get_by_text("Booked: Nadia Okafor").first.wait_for()
    assert Appointment.objects.filter(client_name="Nadia Okafor").count() == 2


def test_an_appointment_moves_to_a_typed_time_after_a_warning(page: "Page", site: "Site", open_studio: Studio) -> None:
    nadia = only("Nadia Okafor")
    page.goto(site.url("zen", f"/dashboard/appointments/{nadia.pk}/"))
    page.get_by_role("link", name="Reschedule").click()
    page.get_by_label("Or another time").fill("18:30")
    page.get_by_role("button", name="Reschedule").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("outside the bookable hours")
    alert.get_by_role("checkbox").check()
    page.get_by_role("button", name="Reschedule").click()
    page.get_by_text("Wed 9 Jun, 6:30 – 7:30 pm").first.wait_for()


def test_the_calendar_leads_to_an_appointment_by_keyboard(page: "Page", site: "Site", open_studio: Studio) -> None:
    page.goto(site.url("zen", "/dashboard/calendar/?view=day"))
    event = page.locator("a.ev", has_text="Nadia Okafor")
    event.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Nadia Okafor").wait_for()
    page.go_back()
    page.get_by_role("link", name=re.compile("Marco Vitale ?, shown")).click()
    page.wait_for_url("**with=**")
    expect(page.locator("a.ev").first).to_contain_text("Tom Becker")


def test_the_list_is_searched_while_typing(page: "Page", site: "Site", open_studio: Studio) -> None:
    page.goto(site.url("zen", "/dashboard/appointments/"))
    page.get_by_role("searchbox").press_sequentially("amira")
    page.get_by_role("link", name="Nadia Okafor").wait_for(state="detached")
    expect(page.get_by_role("link", name="Amira Khan")).to_be_visible()
    assert "q=amira" in page.url


def test_everything_works_without_scripts(
    browser: Any, site: "Site", open_studio: Studio, client_for: Callable[..., Any]
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    cookie = make.sign_in(client_for("zen"), open_studio.member("manager")).cookies["daybook_session"].value
    context.add_cookies([{"name": "daybook_session", "value": cookie, "url": site.url("zen")}])
    page = context.new_page()
    page.goto(site.url("zen", "/dashboard/appointments/new"))
    page.get_by_label("Find a client").fill("nadia")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("radio", name="Nadia Okafor").check()
    page.get_by_label("Date", exact=True).fill("2027-06-11")
    page.get_by_role("button", name="Show times").last.click()
    page.get_by_role("radio", name="9:00 am", exact=True).check(force=True)
    page.get_by_role("button", name="Book appointment").click()
    page.get_by_role("link", name="Open", exact=True).click()
    expect(page.get_by_role("heading", name="Nadia Okafor")).to_be_visible()
    expect(page.locator(".bar .badge")).to_have_text("Confirmed")
    page.get_by_role("link", name="Cancel appointment").click()
    page.get_by_role("button", name="Cancel appointment").click()
    expect(page.locator(".bar .badge")).to_have_text("Cancelled")
    context.close()
