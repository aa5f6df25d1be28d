"""The main job from end to end: a business signs up in New York, a client in Berlin books, moves and cancels.

Two browsers, a real worker for the outbox, a real mail server. The week is the one in which New York has changed its
clocks and Berlin has not: 10 in the morning is 16:00 in Berlin before that Sunday, 15:00 after it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from celery import current_app
from icalendar import Calendar, Event
from playwright.sync_api import expect

from tests.faults.processes import eventually, free_port, redis_environment, valkey, worker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page
    from pytest_django.fixtures import Settings

    from daybook.sandbox.mail.server import MailSandbox
    from daybook.sandbox.mail.store import Mail
    from tests.conftest import Site

NOW = "2027-03-08T14:00Z"
"""A Monday, 9 in the morning in New York."""
ROSA, NADIA = "rosa@pine.test", "nadia@example.test"
SLUG = "pine-studio"


@pytest.fixture
def hands(
    site: "Site", mailbox: "MailSandbox", settings: "Settings", monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A Celery worker in a process of its own, with a broker of its own; commits wake it."""
    settings.OUTBOX_WAKE = True
    port = free_port()
    where = redis_environment(port)
    for name in ("broker_read_url", "broker_write_url", "broker_url"):  # the last is what the others fall back to
        monkeypatch.setattr(current_app.conf, name, where["BROKER_URL"])
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)  # its connections lead to another broker
    environment = {
        **where,
        "DJANGO_SETTINGS_MODULE": "daybook.settings.demo",
        "SECRET_KEY": settings.SECRET_KEY,
        "LINK_KEY": settings.LINK_KEY,
        "PORT": str(site.port),
        "PLATFORM_URL": site.platform,
        "SMTP_PORT": str(mailbox.smtp_port),
    }
    with valkey(port), worker(**environment):
        yield


@dataclass
class Post:
    """The mailbox, read as people do: the newest mail of somebody with these words in its subject."""

    sandbox: "MailSandbox"

    def mail(self, to: str, subject: str) -> "Mail":
        eventually(lambda: bool(self.sandbox.mailbox.search(to=to, words=subject)))
        return self.sandbox.mailbox.search(to=to, words=subject)[0]

    def link(self, to: str, subject: str, path: str) -> str:
        found = re.search(rf"http://\S+{path}\S+", self.mail(to, subject).text or "")
        assert found
        return found.group(0)

    def invitations(self, to: str) -> list[tuple[str, Event]]:
        """Method and event of each mail with a calendar part, oldest first."""
        mails = reversed(self.sandbox.mailbox.search(to=to))
        parts = [mail.calendar for mail in mails if mail.calendar]
        return [(part["method"], Calendar.from_ical(part["text"]).events[0]) for part in parts]


@dataclass
class Owner:
    """Rosa at her own computer, in New York."""

    page: "Page"
    site: "Site"
    post: Post

    def signs_up(self) -> None:
        self.page.goto(f"{self.site.platform}/")
        self.page.get_by_role("link", name="Open your booking page").click()
        self.page.get_by_label("Business name").fill("Pine Studio")
        address = self.page.get_by_label("Address of your booking page")
        address.fill("acme")
        expect(self.page.get_by_role("status").filter(has_text="already taken")).to_be_visible()
        address.fill(SLUG)
        expect(self.page.get_by_text(f"{SLUG}.localhost is free")).to_be_visible()
        self.page.get_by_label("Country").select_option("US")
        expect(self.page.get_by_label("Time zone")).to_have_value("America/New_York")
        self.page.get_by_label("Your name").fill("Rosa Marín")
        self.page.get_by_label("E-mail").fill(ROSA)
        self.page.get_by_label("Password").fill("a-long-enough-secret")
        self.page.get_by_role("button", name="Create my booking page").click()
        expect(self.page.get_by_role("heading", name="Check your mail")).to_be_visible()
        self.page.goto(self.post.link(ROSA, "", "/signup/verify/"))
        self.page.get_by_role("button", name="Verify and open").click()
        self.page.wait_for_url(self.site.url(SLUG, "/dashboard/welcome"))

    def opens_the_page(self) -> None:
        self.page.get_by_label("Name", exact=True).fill("Massage")
        self.page.get_by_label("Price").fill("95")
        self.page.get_by_role("button", name="Make it and go on").click()
        expect(self.page.get_by_role("heading", name="When are you open?")).to_be_visible()
        self.page.get_by_role("button", name="Save and go on").click()
        expect(self.page.get_by_role("heading", name="Your booking page is open")).to_be_visible()
        expect(self.page.get_by_text(self.site.url(SLUG, ""))).to_be_visible()
        self.page.get_by_role("link", name="To the dashboard").click()
        expect(self.page.get_by_text("Nothing ahead yet")).to_be_visible()

    def looks(self, path: str) -> "Locator":
        self.page.goto(self.site.url(SLUG, f"/dashboard/{path}"))
        return self.page.locator("main")

    def sees_on_the_first_page(self, text: str) -> None:
        expect(self.looks("")).to_contain_text(text)

    def sees_in_the_calendar(self, week: str, time: str) -> None:
        """In the grid at a desk, in the list of the day on a phone."""
        self.looks(f"calendar/?date={week}")
        event = self.page.get_by_role("link", name=re.compile("Nadia Okafor")).locator("visible=true")
        expect(event.first).to_contain_text(time)

    def sees_in_the_list(self, tab: str, *words: str) -> None:
        row = self.looks(f"appointments/?tab={tab}").get_by_role("row").filter(has_text="Nadia Okafor")
        for text in words:
            expect(row).to_contain_text(text)


@dataclass
class Visitor:
    """Nadia, in Berlin."""

    page: "Page"
    site: "Site"

    def picks(self, day: str, time: str, button: str) -> None:
        self.page.get_by_role("link", name=re.compile(day)).click()
        expect(self.page.get_by_role("heading", name=day)).to_be_visible()
        self.page.get_by_text(time, exact=True).click()
        self.page.get_by_role("button", name=button).locator("visible=true").click()

    def books(self) -> None:
        self.page.goto(self.site.url(SLUG))
        expect(self.page).to_have_url(self.site.url(SLUG, "/book/massage/"))  # the only service needs no choice
        expect(self.page.get_by_text("times are those of Pine Studio, Eastern Time — New York")).to_be_visible()
        self.page.get_by_label("Time zone").select_option("Europe/Berlin")
        expect(self.page.get_by_text("Times are in Central European Time — Berlin (now 3:00 pm).")).to_be_visible()
        expect(self.page.get_by_text("Pine Studio is in Eastern Time — New York (now 9:00 am).")).to_be_visible()
        self.picks("Friday, 12 March", "4:00 pm", "Continue")
        expect(self.page.get_by_text("Held for")).to_be_visible()
        self.page.get_by_label("Name").fill("Nadia Okafor")
        self.page.get_by_label("E-mail").fill(NADIA)
        self.page.get_by_role("button", name="Book Fri 12 Mar, 4:00 pm CET").click()
        expect(self.page.get_by_role("heading", name="You are booked")).to_be_visible()
        self.reads("Fri 12 Mar, 10:00 – 11:00 am", "Fri 12 Mar, 4:00 – 5:00 pm · Central European Time — Berlin")

    def reads(self, here: str, there: str) -> None:
        """Both zones: the business's, where she will be, and her own."""
        expect(self.page.get_by_text(here, exact=True)).to_be_visible()
        expect(self.page.get_by_text(there)).to_be_visible()

    def moves(self, link: str) -> None:
        self.page.goto(link)
        self.page.get_by_role("link", name="Reschedule").click()
        self.picks("Tuesday, 16 March", "3:00 pm", "Reschedule")
        expect(self.page.get_by_role("heading", name="Rescheduled")).to_be_visible()
        self.reads("Tue 16 Mar, 10:00 – 11:00 am", "Tue 16 Mar, 3:00 – 4:00 pm · Central European Time — Berlin")

    def cancels(self, link: str) -> None:
        self.page.goto(link)
        self.page.get_by_role("link", name="Cancel appointment").click()
        self.page.get_by_label("Reason").fill("A cold")
        self.page.get_by_role("button", name="Cancel appointment").click()
        expect(self.page.get_by_role("heading", name="Cancelled")).to_be_visible()


def window(browser: "Browser", width: int, zone: str, errors: list[str]) -> "Page":
    """A browser of its own in a time zone; what goes wrong in it is noted."""
    page = browser.new_context(timezone_id=zone, viewport={"width": width, "height": 844}).new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if _is_error(said) else None)
    return page


def _is_error(said: Any) -> bool:
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@pytest.mark.parametrize("width", [1280, 390])
def test_from_signing_up_to_a_booking_moved_and_cancelled(
    browser: "Browser",
    site: "Site",
    mailbox: "MailSandbox",
    hands: None,
    clock: Any,
    page_errors: list[str],
    width: int,
) -> None:
    clock(NOW)
    post = Post(mailbox)
    owner = Owner(window(browser, width, "America/New_York", page_errors), site, post)
    nadia = Visitor(window(browser, width, "Europe/Berlin", page_errors), site)
    owner.signs_up()
    owner.opens_the_page()

    nadia.books()
    owner.sees_on_the_first_page("Nadia Okafor")
    owner.sees_in_the_calendar("2027-03-12", "10:00")
    owner.sees_in_the_list("upcoming", "Fri 12 Mar", "10:00 – 11:00 am", "Confirmed")
    confirmation = post.mail(NADIA, "Confirmed: Massage, Fri 12 Mar 10:00 am")
    assert "4:00 – 5:00 pm" in (confirmation.text or "")
    post.mail(ROSA, "New booking: Nadia Okafor, Massage, Fri 12 Mar 10:00 am")

    nadia.moves(post.link(NADIA, "Confirmed", "/a/"))
    owner.sees_in_the_calendar("2027-03-16", "10:00")
    owner.sees_in_the_list("upcoming", "Tue 16 Mar", "10:00 – 11:00 am", "Confirmed")
    post.mail(ROSA, "Rescheduled: Nadia Okafor, Massage, Tue 16 Mar 10:00 am")

    nadia.cancels(post.link(NADIA, "Rescheduled", "/a/"))
    owner.sees_in_the_list("cancelled", "Tue 16 Mar", "Cancelled")
    expect(owner.looks("")).not_to_contain_text("Nadia Okafor, 10:00")
    post.mail(ROSA, "Cancelled: Nadia Okafor")
    post.mail(NADIA, "Cancelled: Massage")

    parts = post.invitations(NADIA)
    assert [method for method, _ in parts] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [event["SEQUENCE"] for _, event in parts] == [0, 1, 2]
    assert len({str(event["UID"]) for _, event in parts}) == 1
    assert [event.start.isoformat() for _, event in parts[:2]] == [
        "2027-03-12T15:00:00+00:00",
        "2027-03-16T14:00:00+00:00",
    ]
    for visitor in (owner.page, nadia.page):
        visitor.context.close()
