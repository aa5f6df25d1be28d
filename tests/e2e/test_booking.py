"""A client books in a real browser: at a desk, on a phone, without scripts, by keyboard, and when things go wrong."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from scheduling.models import Appointment
from tests.factories import make_appointment, make_block, make_exception, make_service
from tests.widget.pages import NOW, Shop, make_shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tenants.models import Business
    from tests.conftest import Site

MASSAGE = "/book/deep-tissue-massage/"
NOVEMBER_5 = f"{MASSAGE}?date=2026-11-05"


@pytest.fixture
def shop(committed: "Business", site: "Site", clock: Callable[[str | None], None]) -> Shop:
    clock(NOW)
    shop = make_shop(committed)
    make_service(committed, "Hot stone", providers=[shop.ana], duration_minutes=90)
    return shop


@pytest.fixture
def plain(browser: "Browser") -> "Iterator[Page]":
    """A browser without scripts."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def to_details(page: "Page", site: "Site", path: str = NOVEMBER_5, time: str = "10:00 am") -> None:
    page.goto(site.url("zen", path))
    page.get_by_text(time, exact=True).click()
    page.get_by_role("button", name="Continue").locator("visible=true").click()
    page.wait_for_url("**/details?hold=*")


def type_details(page: "Page") -> None:
    page.get_by_label("Name").fill("Nadia Okafor")
    page.get_by_label("E-mail").fill("nadia@example.test")


def press_book(page: "Page") -> None:
    page.get_by_role("button", name=re.compile("^Book ")).click()


@pytest.mark.parametrize("width", [1280, 390])
def test_from_the_services_to_a_booking_moved_and_cancelled(page: "Page", site: "Site", shop: Shop, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen"))
    page.get_by_role("link", name="Deep tissue massage").click()
    expect(page.get_by_role("heading", name="Wednesday, 4 November")).to_be_visible()
    page.get_by_role("link", name="Thursday, 5 November, 8 times").click()
    expect(page.get_by_role("heading", name="Thursday, 5 November")).to_be_visible()
    page.get_by_text("11:00 am", exact=True).click()
    page.get_by_role("button", name="Continue").locator("visible=true").click()
    expect(page.get_by_text("Held for")).to_be_visible()
    type_details(page)
    press_book(page)
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    expect(page.get_by_text("Thu 5 Nov, 11:00 am – 12:00 pm")).to_be_visible()
    permanent = page.url.split("&")[0]

    page.get_by_role("link", name="Reschedule").click()
    expect(page.get_by_role("link", name="Keep current time")).to_be_visible()
    page.get_by_role("link", name="Friday, 6 November, 8 times").click()
    expect(page.get_by_role("heading", name="Friday, 6 November")).to_be_visible()
    page.get_by_text("2:00 pm", exact=True).click()
    page.get_by_role("button", name="Reschedule").locator("visible=true").click()
    expect(page.get_by_role("heading", name="Rescheduled")).to_be_visible()
    expect(page.get_by_text("Fri 6 Nov, 2:00 – 3:00 pm")).to_be_visible()

    page.goto(permanent)
    page.get_by_role("link", name="Cancel appointment").click()
    page.get_by_label("Reason").fill("A cold")
    page.get_by_role("button", name="Cancel appointment").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    page.get_by_role("link", name="Book again").click()
    expect(page).to_have_url(site.url("zen", MASSAGE))


def test_whole_journey_without_scripts(plain: "Page", site: "Site", shop: Shop) -> None:
    plain.goto(site.url("zen"))
    plain.get_by_role("link", name="Deep tissue massage").click()
    plain.get_by_label("Marco Vitale").check(force=True)
    plain.get_by_label("Time zone").select_option("America/Denver")
    plain.get_by_role("button", name="Show times").first.click()
    expect(plain).to_have_url(re.compile(f"with={shop.marco.pk}.*tz=America%2FDenver"))
    plain.get_by_role("link", name="Next month, December 2026").click()
    plain.get_by_role("link", name="Wednesday, 2 December").click()
    plain.get_by_text("8:00 am", exact=True).click()
    plain.get_by_role("button", name="Continue").locator("visible=true").click()
    expect(plain.get_by_text("Held for")).to_be_visible()
    press_book(plain)
    expect(plain.get_by_text("Please check these 2 things")).to_be_visible()
    type_details(plain)
    press_book(plain)
    expect(plain.get_by_role("heading", name="You are booked")).to_be_visible()
    expect(plain.get_by_text("Wed 2 Dec, 10:00 – 11:00 am")).to_be_visible()
    expect(plain.get_by_text("Marco Vitale")).to_be_visible()
    plain.get_by_role("link", name="Cancel appointment").click()
    plain.get_by_role("button", name="Cancel appointment").click()
    expect(plain.get_by_role("heading", name="Cancelled")).to_be_visible()


def test_changing_month_provider_and_clock_swaps_without_a_new_page(page: "Page", site: "Site", shop: Shop) -> None:
    make_block(shop.ana, "2026-12-01", to="2026-12-09")
    page.goto(site.url("zen", MASSAGE))
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Next month, December 2026").hover()
    page.get_by_role("link", name="Next month, December 2026").click()
    expect(page.get_by_role("heading", name="December 2026")).to_be_visible()
    expect(page).to_have_url(re.compile("month=2026-12"))
    page.get_by_text("Ana Duarte").click()
    expect(page.get_by_role("heading", name="Thursday, 10 December")).to_be_visible()
    page.get_by_text("24 h", exact=True).click()
    expect(page.get_by_text("16:00", exact=True)).to_be_visible()
    assert page.evaluate("window.same")
    page.go_back()
    expect(page.get_by_text("4:00 pm", exact=True)).to_be_visible()


def test_month_without_times_leads_to_the_next_free_day(page: "Page", site: "Site", shop: Shop) -> None:
    make_block(None, "2026-11-01", to="2026-12-02")
    page.goto(site.url("zen", f"{MASSAGE}?month=2026-11"))
    page.get_by_role("link", name="Next available: 3 December").click()
    expect(page.get_by_role("heading", name="Thursday, 3 December")).to_be_visible()


def test_remote_service_opens_in_the_zone_of_the_device(browser: "Browser", site: "Site", shop: Shop) -> None:
    make_service(shop.business, "Call", providers=[shop.ana], location="phone")
    context = browser.new_context(timezone_id="Europe/Berlin")
    page = context.new_page()
    page.goto(site.url("zen", "/book/call/"))
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    expect(page.get_by_text("Times are in Central European Time — Berlin")).to_be_visible()
    expect(page.get_by_text("4:00 pm", exact=True)).to_be_visible()
    context.close()


def test_hc250_double_click_and_back_make_one_booking(page: "Page", site: "Site", shop: Shop) -> None:
    to_details(page, site)
    type_details(page)
    page.get_by_role("button", name=re.compile("^Book ")).dblclick()
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    assert Appointment.objects.count() == 1


def test_hc250_second_tab_sees_that_it_is_booked_already(page: "Page", site: "Site", shop: Shop) -> None:
    to_details(page, site)
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        type_details(tab)
        press_book(tab)
        expect(tab.get_by_role("heading", name="You are booked")).to_be_visible()
    expect(other.get_by_text("nothing happened twice")).to_be_visible()
    assert Appointment.objects.count() == 1


def test_hc251_time_just_taken_is_said_and_three_are_offered(page: "Page", site: "Site", shop: Shop) -> None:
    page.goto(site.url("zen", f"{NOVEMBER_5}&with={shop.ana.pk}"))
    make_appointment(shop.business, shop.massage, shop.ana, "2026-11-05T15:00Z")
    page.get_by_text("10:00 am", exact=True).click()
    page.get_by_role("button", name="Continue").locator("visible=true").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This time is not available any more.")
    expect(alert).to_be_focused()
    expect(page.get_by_label("Ana Duarte")).to_be_checked()
    expect(page.locator("input[value='2026-11-05T15:00Z']")).to_have_count(0)
    alert.get_by_role("button", name="Thu 5 Nov, 12:00 pm").click()
    expect(page.get_by_text("Thu 5 Nov, 12:00 – 1:00 pm")).to_be_visible()


def test_hc252_hold_that_ends_while_typing_is_taken_again_with_one_click(
    page: "Page", site: "Site", shop: Shop, clock: Callable[[str], None]
) -> None:
    page.clock.install()
    to_details(page, site)
    type_details(page)
    page.get_by_label("Anything we should know?").fill("Left shoulder")
    page.clock.run_for("09:01")
    expect(page.locator("[data-say]")).to_have_text("Your time is held for one more minute.")
    page.clock.run_for("01:00")
    expect(page.locator("#hold-expired")).to_be_focused()
    clock("2026-11-04T14:52Z")
    page.get_by_role("button", name="Hold it again").click()
    expect(page.get_by_text("is held for you.")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Nadia Okafor")
    expect(page.get_by_label("Anything we should know?")).to_have_value("Left shoulder")
    press_book(page)
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()


def test_hold_is_made_longer_without_losing_anything(
    page: "Page", site: "Site", shop: Shop, clock: Callable[[str], None]
) -> None:
    to_details(page, site)
    type_details(page)
    clock("2026-11-04T14:46Z")
    page.get_by_role("button", name="Keep it longer").click()
    expect(page.locator("[data-say]")).to_contain_text("Your time is held for 10:00 minutes now.")
    expect(page.get_by_label("Name")).to_have_value("Nadia Okafor")


def test_hc254_zone_change_keeps_the_picked_instant_and_shows_repeated_hours(
    page: "Page", site: "Site", shop: Shop
) -> None:
    for person in (shop.ana, shop.marco):
        make_exception(person, "2026-11-05", "21:00", "23:00")
    page.goto(site.url("zen", NOVEMBER_5))
    page.get_by_text("9:00 pm", exact=True).click()
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    expect(page.get_by_role("heading", name="Friday, 6 November")).to_be_visible()
    expect(page.get_by_label("3:00 am")).to_be_checked()
    assert page.get_by_label("3:00 am").input_value() == "2026-11-06T02:00Z"
    expect(page.get_by_text("Times are in Central European Time — Berlin")).to_be_visible()


def test_hc255_whole_booking_by_keyboard(page: "Page", site: "Site", shop: Shop) -> None:
    page.goto(site.url("zen", MASSAGE))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("a.day[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thursday, 5 November")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.checked")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Continue"
    page.keyboard.press("Enter")
    page.wait_for_url("**/details?hold=*")
    page.get_by_label("Name").focus()
    page.keyboard.type("Nadia Okafor")
    page.keyboard.press("Tab")
    page.keyboard.type("nadia@example.test")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    assert Appointment.objects.get().status == "confirmed"


def test_hc255_errors_take_the_focus_and_lead_to_their_fields(page: "Page", site: "Site", shop: Shop) -> None:
    to_details(page, site)
    press_book(page)
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="E-mail").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    described = page.get_by_label("E-mail").get_attribute("aria-describedby") or ""
    assert "Enter an e-mail address" in " ".join(page.locator(f"#{name}").inner_text() for name in described.split())


def test_month_is_turned_by_keyboard_and_keeps_one_tab_stop(page: "Page", site: "Site", shop: Shop) -> None:
    page.goto(site.url("zen", NOVEMBER_5))
    page.locator("a.day[aria-current=date]").focus()
    page.keyboard.press("PageDown")
    expect(page.get_by_role("heading", name="December 2026")).to_be_visible()
    expect(page.locator("a.day:focus")).to_have_attribute("data-date", "2026-12-07")
    assert page.locator("a.day[tabindex='0']").count() == 1


def test_pages_set_no_cookie_and_keep_nothing_that_was_typed(page: "Page", site: "Site", shop: Shop) -> None:
    to_details(page, site)
    type_details(page)
    press_book(page)
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("Object.keys(sessionStorage)") in ([], ["htmx-current-path-for-history"])
