"""The list of appointments in a real browser: narrowed, selected, cancelled, taken back, written to; and the drawer."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from daybook.core import clock as domain_clock
from scheduling.enums import Status
from scheduling.models import Appointment, Message
from tests import factories as make
from tests.accessibility import assert_usable
from tests.dashboard.conftest import NOW, Studio, furnish

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tenants.models import Business
    from tests.conftest import Site


@pytest.fixture
def listed(committed: "Business", site: "Site", page: "Page", client_for: Callable[..., Any]) -> Studio:
    """A studio with a busy Thursday; the page is its owner's."""
    domain_clock.set_to(make.at(NOW))
    studio = furnish(committed)
    for hour, name in enumerate(("Nadia Okafor", "Tom Becker", "Grace Liu", "Dev Patel")):
        email = f"{name.split()[0].lower()}@example.test"
        studio.book(f"2027-06-10T{10 + hour}:00:00-04:00", name=name, email=email)
    studio.book("2027-06-10T15:00:00-04:00", name="Phone Only", email="", phone="+12075550199", source="phone")
    studio.book("2027-06-17T10:00:00-04:00", name="Next Week", email="next@example.test")
    studio.book("14:00", name="Amira Khan", email="amira@example.test", status=Status.PENDING_APPROVAL)
    cookie = studio.client(client_for).cookies["daybook_session"].value
    page.context.add_cookies([{"name": "daybook_session", "value": cookie, "url": site.url("zen")}])
    return studio


def cancelled() -> set[str]:
    return set(Appointment.objects.filter(status=Status.CANCELLED).values_list("client_name", flat=True))


@pytest.mark.parametrize("width", [1280, 390])
def test_filter_select_cancel_and_undo(page: "Page", site: "Site", listed: Studio, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/appointments/"))
    page.get_by_label("When").select_option(label="This week")
    expect(page.get_by_text("Next Week")).to_have_count(0)
    assert page.url.endswith("/dashboard/appointments/?when=week&tab=upcoming")
    page.get_by_label(re.compile("Select Nadia Okafor")).check()
    page.get_by_label(re.compile("Select Dev Patel")).click(modifiers=["Shift"])
    bar = page.get_by_role("group", name="With the selected appointments")
    expect(bar).to_contain_text("4 selected")
    page.get_by_label(re.compile("Select Grace Liu")).uncheck()
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Cancel").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading")).to_have_text("Cancel 3 appointments?")
    drawer.get_by_label("Reason").fill("Water pipe burst")
    drawer.get_by_role("button", name="Cancel 3 appointments").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("3 cancelled")
    assert cancelled() == {"Nadia Okafor", "Tom Becker", "Dev Patel"}
    assert "when=week" in page.url
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("3 restored")
    assert cancelled() == set()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("width", [1280, 390])
def test_everybody_of_a_page_is_written_to(page: "Page", site: "Site", listed: Studio, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/appointments/?when=dates&since=2027-06-10&until=2027-06-10"))
    for name in ("Nadia Okafor", "Tom Becker", "Phone Only"):
        page.get_by_label(re.compile(f"Select {name}")).check()
    page.get_by_role("button", name="Message").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("2 clients get it by e-mail, each once.")
    expect(drawer).to_contain_text("Not reachable: 1 client has no e-mail address")
    drawer.get_by_label("Subject").fill("The door bell is broken")
    drawer.get_by_role("textbox", name="Message").fill("Please knock.\nSee you on Thursday!")
    drawer.get_by_role("button", name="Send").click()
    expect(page.locator(".toast")).to_contain_text("2 messages are on their way.")
    assert Message.objects.filter(kind__startswith="staff:").count() == 2
    page.get_by_role("link", name=re.compile("^Nadia Okafor")).click()
    expect(page.get_by_role("dialog")).to_contain_text("The door bell is broken")
    expect(page.get_by_role("dialog")).to_contain_text("by Owner")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_drawer_acts_and_leads_back_to_the_filtered_list(
    page: "Page", site: "Site", listed: Studio, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/appointments/?q=nadia"))
    page.get_by_role("link", name=re.compile("^Nadia Okafor")).click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Shared with the client").fill("Bring the form")
    drawer.get_by_role("button", name="Save notes").click()
    expect(page.locator(".toast")).to_contain_text("Notes saved.")
    assert page.url.endswith("?q=nadia&tab=upcoming") or page.url.endswith("?q=nadia")
    assert Appointment.objects.get(client_name="Nadia Okafor").shared_notes == "Bring the form"
    page.get_by_role("link", name=re.compile("^Nadia Okafor")).click()
    page.get_by_role("dialog").get_by_role("link", name="Open as a page").click()
    page.get_by_role("heading", level=1, name="Nadia Okafor").wait_for()
    page.locator(".crumbs").get_by_role("link", name="Appointments").click()
    expect(page.get_by_role("searchbox")).to_have_value("nadia")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_accessibility_findings_with_a_selection_and_in_drawers(
    page: "Page", site: "Site", listed: Studio, theme: str
) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url("zen")}])

    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(site.url("zen", "/dashboard/appointments/?q=e&when=week&source=phone&tab=all"))
        page.goto(site.url("zen", "/dashboard/appointments/?when=next7"))
        page.get_by_label("Select this page" if width > 900 else re.compile("Select Nadia")).check()
        assert_usable(page, "selection", theme, width)
        page.get_by_role("button", name="Message").click()
        page.get_by_role("dialog").get_by_label("Subject").wait_for()
        assert_usable(page, "message", theme, width)
        page.goto(site.url("zen", "/dashboard/appointments/?when=next7"))
        page.get_by_role("link", name=re.compile("^Nadia Okafor")).click()
        page.get_by_role("dialog").get_by_role("heading", name="Nadia Okafor").wait_for()
        assert_usable(page, "drawer", theme, width)
