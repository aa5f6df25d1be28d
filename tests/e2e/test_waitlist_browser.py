"""The waiting list in a browser: A cancels, B is written to and books on the phone; staff steer at their desk."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from playwright.sync_api import Page, ViewportSize, expect

from daybook.core import clock as domain_clock
from scheduling.models import Appointment, WaitlistEntry
from scheduling.services.messages import manage_url
from tests import factories as make
from tests.accessibility import assert_usable
from tests.scheduling.waiting_world import TUESDAY_NOON, Waiting, world

if TYPE_CHECKING:
    from tenants.models import Business, Membership
    from tests.conftest import Site

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture
def here(committed: "Business", clock: Callable[[Any], None], settings: Any) -> Waiting:
    clock(TUESDAY_NOON)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return world(committed)


def enter(page: Page, site: "Site", member: "Membership", client_for: Callable[..., Any]) -> None:
    """Give the browser the member's session on zen's host."""
    client = make.sign_in(client_for("zen"), member)
    cookie = client.cookies["daybook_session"].value
    page.context.add_cookies([{"name": "daybook_session", "value": cookie, "url": site.url("zen")}])


def work(here: Waiting) -> None:
    """The worker's turn."""
    here.drain(domain_clock.now())


def link(label: str, site: "Site") -> str:
    """Where a link of the last mail leads, on the running site."""
    found = re.search(rf"{label}:\s+(\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return site.url("zen", "/" + found.group(1).split("/", 3)[3])


def test_one_cancels_the_next_is_written_to_and_books(site: "Site", page: Page, here: Waiting) -> None:
    page.set_viewport_size(PHONE)
    page.goto(site.url("zen", "/book/cut/?month=2027-06"))
    page.get_by_role("link", name="Join the waiting list").click()
    page.get_by_label("Until").fill("2027-06-07")
    page.get_by_label("Between two times").check()
    page.get_by_label("Not before").fill("10:00")
    page.get_by_label("Not after").fill("12:00")
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_role("alert")).to_contain_text("Please check")
    assert_usable(page)
    page.get_by_label("Name").fill("Kim Lee")
    page.get_by_label("E-mail").fill("kim@example.test")
    page.get_by_role("button", name="Join the waiting list").click()
    expect(page.get_by_role("heading", name="You are on the waiting list")).to_be_visible()
    assert_usable(page)
    work(here)
    page.goto(link("Change or leave", site))
    page.get_by_text("Change my wish").click()
    assert_usable(page)
    theirs = manage_url(here.business, here.booked[11])
    page.goto(site.url("zen", "/" + theirs.split("/", 3)[3]))
    page.get_by_role("link", name="Cancel appointment").click()
    page.get_by_role("button", name="Cancel appointment").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    work(here)
    assert mail.outbox[-1].subject == "Free for you: Cut, Mon 7 Jun 11:00 am"
    page.goto(site.url("zen", "/book/cut/?date=2027-06-07"))
    expect(page.get_by_label("Monday, 7 June")).to_have_count(0)
    yes = link("Book this time", site)
    page.goto(re.sub(r"/offer/[^?]+", "", yes))
    expect(page.get_by_text("A time is kept for you")).to_be_visible()
    assert_usable(page)
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_label("Name")).to_have_value("Kim Lee")
    assert_usable(page)
    page.get_by_role("button", name="Book Mon 7 Jun, 11:00 am").click()
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    booked = Appointment.objects.get(client_email="kim@example.test")
    assert (booked.status, booked.source) == ("confirmed", "waitlist")


def test_staff_steer_the_list(site: "Site", page: Page, here: Waiting, client_for: Callable[..., Any]) -> None:
    here.join("Kim", hours=(0, 720), notes="By the window, please")
    here.join("Lee", provider=here.ana)
    here.free(11)
    enter(page, site, make.make_member(here.business), client_for)
    page.set_viewport_size(DESK)
    page.goto(site.url("zen", "/dashboard/waitlist/"))
    expect(page.get_by_role("listitem").filter(has_text="Kim Doe")).to_contain_text("Mornings")
    assert_usable(page)
    page.get_by_role("link", name="Offer a time Lee Doe").click()
    page.get_by_label("11:00 am").check()
    assert_usable(page)
    page.get_by_role("button", name="Offer it").click()
    expect(page.get_by_text("Offered to Lee Doe")).to_be_visible()
    expect(page.get_by_role("link", name="Mon 7 Jun, 11:00 am – 12:00 pm")).to_be_visible()
    assert_usable(page)
    page.goto(site.url("zen", "/dashboard/calendar/?view=day&date=2027-06-07"))
    expect(page.get_by_text("Offered to Lee Doe").first).to_be_visible()
    page.set_viewport_size(PHONE)
    page.goto(site.url("zen", "/dashboard/waitlist/"))
    assert_usable(page)
    page.get_by_role("button", name="Take it back Lee Doe").click()
    expect(page.get_by_text("The offer to Lee Doe is taken back.")).to_be_visible()
    page.goto(site.url("zen", "/dashboard/waitlist/"))
    page.get_by_role("button", name="Take Kim Doe off the list").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Kim Doe is on the list again.")).to_be_visible()
    assert WaitlistEntry.objects.filter(state="waiting").count() == 2
    page.goto(site.url("zen", "/dashboard/waitlist/new"))
    assert_usable(page)
