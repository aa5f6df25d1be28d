"""The owner's set-up in a browser: from an empty business to one that is booked, the hours editor, and who can use it all."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from scheduling.models import Appointment, Provider, Service
from scheduling.selectors.hours import rules_of
from tests import factories as make
from tests.accessibility import assert_usable
from tests.dashboard.conftest import NOW, Studio, furnish

if TYPE_CHECKING:
    from tenants.models import Business, Membership
    from tests.conftest import Site

NewClient = Callable[..., Any]


def enter(page: "Page", site: "Site", member: "Membership", client_for: NewClient) -> None:
    """Give the browser the member's session on zen's host."""
    client = make.sign_in(client_for("zen"), member)
    cookie = client.cookies["daybook_session"].value
    page.context.add_cookies([{"name": "daybook_session", "value": cookie, "url": site.url("zen")}])


@pytest.fixture
def zen(committed: "Business", clock: Callable[[str], None]) -> "Business":
    clock(NOW)
    return committed


def test_from_an_empty_business_to_a_booking(site: "Site", page: Page, zen: "Business", client_for: NewClient) -> None:
    Provider.objects.all().delete()
    make.make_provider(zen, "Rosa")
    enter(page, site, make.make_member(zen), client_for)
    page.goto(site.url("zen", "/dashboard/welcome"))
    page.get_by_role("button", name="Make it and go on").click()
    expect(page.get_by_role("alert")).to_contain_text("Please check this form")
    page.get_by_label("Name").fill("Cut and colour")
    page.get_by_label("Duration").fill("1 h 30 min")
    page.get_by_label("Price").fill("75")
    page.get_by_role("button", name="Make it and go on").click()
    page.get_by_label("Saturday").check()
    page.get_by_label("From").fill("10")
    page.get_by_label("Until").fill("6 pm")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", name="Your booking page is open")).to_be_visible()
    page.get_by_role("button", name="Open the page and make a test booking").click()
    expect(page.get_by_role("heading", name="Cut and colour")).to_be_visible()
    page.locator(".slot label").first.click()
    page.get_by_role("button", name="Continue").first.click()
    page.get_by_label("Name").fill("Kim Lee")
    page.get_by_label("E-mail").fill("kim@example.test")
    page.get_by_role("button", name="Book").click()
    page.wait_for_url("**/a/*")
    (booked,) = Appointment.objects.all()
    assert (booked.service_name, booked.duration_minutes, booked.price) == ("Cut and colour", 90, 7500)
    page.goto(site.url("zen", "/dashboard/"))
    expect(page.get_by_text("Kim Lee").first).to_be_visible()


def test_the_hours_editor(site: "Site", page: Page, zen: "Business", client_for: NewClient) -> None:
    enter(page, site, make.make_member(zen), client_for)
    page.goto(site.url("zen", "/dashboard/availability/"))
    page.get_by_role("button", name="Add hours on Monday").click()
    page.get_by_label("Monday from").fill("08:00")
    page.get_by_label("Monday until").fill("12:00")
    page.get_by_role("button", name="Add hours on Monday").click()
    second = page.get_by_label("Monday from, 2")
    expect(second).to_be_focused()
    second.fill("22:00")
    page.get_by_label("Monday until, 2").fill("01:00")
    over_night = page.locator(".hours-range", has=second).get_by_text("ends the next day")
    expect(over_night).to_be_visible()
    page.get_by_label("Monday until, 2").fill("23:59")
    expect(over_night).to_be_hidden()
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_role("alert")).to_contain_text("Monday: Write 24:00")
    page.get_by_label("Monday until, 2").fill("24:00")
    page.get_by_role("button", name="Copy Monday to other days").click()
    page.get_by_role("button", name="Copy to Monday – Friday").click()
    expect(page.get_by_label("Friday from, 2")).to_have_value("22:00")
    page.get_by_role("button", name="Remove Friday 22:00 – 24:00").click()
    expect(page.get_by_label("Friday from, 2")).to_have_count(0)
    page.get_by_label("Friday until").press("Enter")
    expect(page.get_by_text("Hours saved.")).to_be_visible()
    kept = list(rules_of().values_list("weekday", "start_minute", "end_minute"))
    assert kept == [(day, *span) for day in range(1, 5) for span in ((480, 720), (1320, 1440))] + [(5, 480, 720)]


@pytest.fixture
def studio(zen: "Business") -> Studio:
    return furnish(zen)


def test_a_service_with_its_preview_reaches_the_booking_page(
    site: "Site", page: Page, studio: Studio, client_for: NewClient
) -> None:
    enter(page, site, studio.member("owner"), client_for)
    page.goto(site.url("zen", "/dashboard/services/new"))
    page.get_by_label("New category").fill("Massage")
    page.get_by_label("Name").fill("Hot stone")
    page.get_by_label("Price", exact=False).first.fill("110")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Hot stone")
    expect(preview).to_contain_text("$110")
    page.get_by_role("button", name="Make this service").click()
    expect(page.get_by_text("Made: Hot stone.")).to_be_visible()
    page.goto(site.url("zen"))
    expect(page.get_by_role("link", name="Hot stone")).to_be_visible()

    page.goto(site.url("zen", "/dashboard/services/"))
    page.get_by_role("button", name="Switch off Hot stone").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Hot stone is on")).to_be_visible()
    assert Service.objects.get(name="Hot stone").active is True


def test_a_special_day_is_deleted_and_brought_back(
    site: "Site", page: Page, studio: Studio, client_for: NewClient
) -> None:
    enter(page, site, studio.member("owner"), client_for)
    page.goto(site.url("zen", "/dashboard/availability/days/"))
    start = page.get_by_label("From (optional)")
    expect(start).to_be_hidden()
    page.get_by_label("Special hours").check()
    page.get_by_label("Day", exact=True).fill("2027-06-12")
    start.fill("10:00")
    page.get_by_label("To (optional)").fill("14:00")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Open 10:00 – 14:00 only").first).to_be_visible()
    page.get_by_role("button", name="Delete Sat 12 Jun 2027").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Open 10:00 – 14:00 only").first).to_be_visible()


def test_the_brand_is_previewed_while_it_is_chosen(
    site: "Site", page: Page, studio: Studio, client_for: NewClient
) -> None:
    enter(page, site, studio.member("owner"), client_for)
    page.goto(site.url("zen", "/dashboard/settings/look"))
    page.get_by_label("Brand colour").fill("#ffd400")
    expect(page.locator("#look-preview .brand-preview").first).to_have_attribute("style", re.compile("--brand:#f5cc15"))


@pytest.mark.slow  # every screen is looked over once, light and dark, in test_every_screen
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_no_accessibility_findings_and_no_sideways_scrolling(
    site: "Site", page: Page, studio: Studio, client_for: NewClient, width: int, theme: str
) -> None:
    make.make_block(studio.marco, "2027-06-14", to="2027-06-20")
    enter(page, site, studio.member("owner"), client_for)
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url("zen")}])
    page.set_viewport_size({"width": width, "height": 844})
    ana, massage = studio.ana.pk, studio.massage.pk
    for path in [
        "welcome?step=service", "welcome?step=hours", "welcome?step=open", "services/", f"services/{massage}/",
        f"services/{massage}/policy", f"services/{massage}/delete", "services/categories/", "team/", f"team/{ana}/",
        "team/members/", "team/members/invite", "availability/business", f"availability/providers/{ana}/",
        "availability/days/", f"availability/why?service={massage}&date=2027-06-09&time=20:00", "settings/",
        "settings/booking", "settings/policy", "settings/look", "settings/address", "settings/security",
        "settings/keys", "settings/currency",
    ]:  # fmt: skip
        page.goto(site.url("zen", f"/dashboard/{path}"))
        assert_usable(page, path)


@pytest.mark.parametrize("width", [1280, 390])
def test_long_pages_squeeze_no_tabs(
    site: "Site", page: Page, studio: Studio, client_for: NewClient, width: int
) -> None:
    enter(page, site, studio.member("owner"), client_for)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(site.url("zen", f"/dashboard/availability/services/{studio.massage.pk}/"))
    tabs = page.get_by_role("navigation", name="Availability")
    box = tabs.bounding_box()
    assert box
    assert box["height"] >= 40
    tabs.get_by_role("link", name="Special days").click()
    expect(page.get_by_role("heading", name="Add time off or a special day")).to_be_visible()
    page.goto(site.url("zen", f"/dashboard/availability/services/{studio.massage.pk}/"))
    here = page.get_by_role("navigation", name="Whose hours").get_by_role("link", name=studio.massage.name)
    expect(here).to_have_attribute("aria-current", "page")
    box = here.bounding_box()
    assert box
    assert 24 <= box["height"] <= 60
