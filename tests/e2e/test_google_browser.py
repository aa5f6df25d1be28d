"""A provider's Google calendar in a browser: granted on Google's page, closing a time, and moving an appointment."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from daybook.sandbox.google.server import GoogleSandbox
from scheduling.models import Appointment
from tests import factories as make
from tests.accessibility import assert_usable
from tests.calendarsync.calendar_world import Desk, desk

if TYPE_CHECKING:
    from tenants.models import Business
    from tests.conftest import Site


@pytest.fixture
def ana(committed: "Business", google_sandbox: GoogleSandbox, site: "Site") -> Desk:
    """Nobody is connected; notifications go to the running site."""
    google_sandbox.add_user("ana@gmail.example", "Ana Duarte", "UTC")
    google_sandbox.callback("localhost", f"http://127.0.0.1:{site.port}", "localhost")
    google_sandbox.notifications("deliver")
    committed.timezone = "UTC"
    committed.save()
    return desk(committed, google_sandbox)


def told(ana: Desk) -> None:
    """Google's notifications have arrived, and a worker has done what is due."""
    ana.google.flush()
    ana.wait(minutes=0.1)
    ana.drain()


def test_connecting_closes_times_and_a_move_at_google_reaches_the_appointment(
    site: "Site", page: Page, ana: Desk, client_for: Callable[..., Any]
) -> None:
    cookie = make.sign_in(client_for("zen"), make.make_member(ana.business)).cookies["daybook_session"].value
    page.context.add_cookies([{"name": "daybook_session", "value": cookie, "url": site.url("zen")}])
    page.goto(site.url("zen", f"/dashboard/team/{ana.provider.pk}/"))
    page.get_by_role("link", name="Calendars", exact=True).last.click()
    page.get_by_role("button", name="Connect Google Calendar").click()
    expect(page.get_by_role("heading", name="Daybook wants to use your calendars")).to_be_visible()
    page.get_by_label("Ana Duarte").check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="What is used")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name="Use these calendars").click()
    expect(page.get_by_text("Saved. Calendars are read within a minute.").first).to_be_visible()
    told(ana)
    row = ana.book("10:00")
    told(ana)

    page.goto(f"{ana.google.url}/calendar?user=ana@gmail.example")
    mine = page.locator("li.event", has_text="Kim Lee")
    expect(mine).to_contain_text("10:00–11:00")
    page.get_by_text("New event").click()
    page.get_by_label("Title").first.fill("Dentist")
    page.get_by_label("Start").first.fill("2027-06-07T15:00")
    page.get_by_label("End").first.fill("2027-06-07T16:00")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("li.event", has_text="Dentist")).to_be_visible()
    told(ana)
    page.goto(site.url("zen", f"/book/{ana.service.slug}/?date=2027-06-07"))
    times = page.locator(".slots")
    expect(times.get_by_role("radio", name=re.compile("^1:00"))).to_have_count(1)
    expect(times.get_by_role("radio", name=re.compile("^3:00"))).to_have_count(0)

    page.goto(f"{ana.google.url}/calendar?user=ana@gmail.example")
    mine = page.locator("li.event", has_text="Kim Lee")
    mine.get_by_text("Change").click()
    mine.get_by_label("Start").fill("2027-06-07T18:00")
    mine.get_by_label("End").fill("2027-06-07T19:00")
    mine.get_by_role("button", name="Save").click()
    expect(page.locator("li.event", has_text="Kim Lee")).to_contain_text("18:00–19:00")
    told(ana)
    page.goto(site.url("zen", f"/dashboard/appointments/{row.pk}/"))
    expect(page.locator("main").first).to_contain_text(re.compile(r"6:00.–.7:00"))
    expect(page.locator("main").first).to_contain_text("Moved in Google Calendar.")
    assert f"{Appointment.objects.get(pk=row.pk).starts_at:%H:%M}" == "18:00"
    page.goto(site.url("zen", "/dashboard/team/calendars/"))
    expect(page.get_by_role("row", name=re.compile("Ana Duarte"))).to_contain_text("Connected")
    assert_usable(page)
