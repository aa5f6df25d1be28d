"""The calendar by hand, in a real browser: dragging, keys, making, blocking, two people at once; and on a phone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from daybook.core import clock as domain_clock
from scheduling.models import Appointment, DateOverride
from scheduling.services import moves
from scheduling.services.moves import Move
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio, furnish

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tenants.models import Business
    from tests.conftest import Site

DAY = "/dashboard/calendar/?view=day&date=2027-06-10"
HOUR = 12
"""Rows of five minutes."""


@pytest.fixture
def studio(committed: "Business", site: "Site", page: "Page", client_for: Callable[..., Any]) -> Studio:
    """Thursday: Nadia with Ana at 10:30, Tom with Marco at 11. The page is the owner's."""
    domain_clock.set_to(make.at(NOW))
    studio = furnish(committed)
    studio.book("2027-06-10T10:30:00-04:00", name="Nadia Okafor", email="nadia@example.test")
    studio.book("2027-06-10T11:00:00-04:00", studio.marco, name="Tom Becker", email="tom@example.test")
    cookie = studio.client(client_for).cookies["daybook_session"].value
    page.context.add_cookies([{"name": "daybook_session", "value": cookie, "url": site.url("zen")}])
    return studio


def only(name: str) -> Appointment:
    return Appointment.objects.get(client_name=name)


def card(page: "Page", name: str) -> "Locator":
    return page.locator("a.ev", has_text=name)


def row_height(page: "Page") -> float:
    height: float = page.locator(".wk-col").first.evaluate("c => c.getBoundingClientRect().height")
    return height / int(page.locator(".wk").get_attribute("data-rows") or 1)


def drag(page: "Page", what: "Locator", *, rows: float, column: int | None = None, at_end: bool = False) -> None:
    """Take a card in its middle (or by its lower edge) some rows down, perhaps to another column."""
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + (box["height"] - 3 if at_end else 8)
    page.mouse.move(x, y)
    page.mouse.down()
    if column is not None:
        there = page.locator(".wk-col").nth(column).bounding_box()
        assert there is not None
        x = there["x"] + there["width"] / 2
    page.mouse.move(x, y + rows * row_height(page), steps=4)
    page.mouse.up()


def test_a_card_is_dragged_told_about_and_taken_back(page: "Page", site: "Site", studio: Studio) -> None:
    page.goto(site.url("zen", DAY))
    drag(page, card(page, "Nadia"), rows=3 * HOUR, column=1)
    ask = page.locator("#ask")
    ask.get_by_role("heading", name="Move this appointment?").wait_for()
    expect(ask).to_contain_text("1:30 – 2:30 pm, Marco Vitale")
    expect(ask.get_by_role("switch", name="Notify client")).to_be_checked()
    ask.get_by_role("button", name="Move", exact=True).click()
    page.get_by_text("Nadia Okafor: moved to Thu 10 Jun, 1:30 pm.").wait_for()
    assert only("Nadia Okafor").provider == studio.marco
    expect(page.locator(".wk-col").nth(1).locator("a.ev")).to_have_count(2)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    page.get_by_text("Nadia Okafor: back where it was.").wait_for()
    nadia = only("Nadia Okafor")
    assert (nadia.provider, nadia.starts_at) == (studio.ana, make.at("2027-06-10T10:30:00-04:00"))


def test_a_conflict_snaps_back_and_may_be_overruled(page: "Page", site: "Site", studio: Studio) -> None:
    page.goto(site.url("zen", DAY))
    drag(page, card(page, "Nadia"), rows=6, column=1)
    ask = page.locator("#ask")
    ask.get_by_role("button", name="Move", exact=True).click()
    ask.get_by_role("alert").wait_for()
    expect(ask).to_contain_text("Another appointment takes this time")
    expect(page.locator(".wk-col").first.locator("a.ev", has_text="Nadia")).to_have_count(1)  # it is back already
    ask.get_by_role("button", name="Book on top of it").click()
    page.locator(".toast", has_text="Nadia Okafor: moved").wait_for()
    assert only("Nadia Okafor").overlap_allowed
    assert only("Nadia Okafor").provider == studio.marco


def test_the_lower_edge_changes_the_length_and_closed_hours_are_warned_of(
    page: "Page", site: "Site", studio: Studio
) -> None:
    page.goto(site.url("zen", DAY))
    drag(page, card(page, "Nadia"), rows=6, at_end=True)
    ask = page.locator("#ask")
    ask.get_by_role("button", name="Change length").click()
    page.get_by_text("Nadia Okafor: now 1 h 30 min.").wait_for()
    assert only("Nadia Okafor").duration_minutes == 90
    drag(page, card(page, "Tom"), rows=6 * HOUR)
    ask.get_by_text("Marco Vitale is not available then").wait_for()
    page.keyboard.press("Escape")
    ask.wait_for(state="hidden")
    expect(card(page, "Tom")).to_contain_text("11:00 am")
    assert only("Tom Becker").starts_at == make.at("2027-06-10T11:00:00-04:00")


def test_alt_and_arrows_move_by_keyboard_and_enter_opens(page: "Page", site: "Site", studio: Studio) -> None:
    page.goto(site.url("zen", DAY))
    card(page, "Nadia").focus()
    page.keyboard.down("Alt")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#cal-said")).to_have_text("Marco Vitale, 11:00 am – 12:00 pm")
    page.keyboard.press("Escape")
    expect(page.locator(".wk-col").first.locator("a.ev", has_text="Nadia")).to_have_count(1)
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.up("Alt")
    page.locator("#ask").get_by_role("button", name="Move", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.locator(".toast", has_text="moved to Thu 10 Jun, 12:00 pm").wait_for()
    assert only("Nadia Okafor").starts_at == make.at("2027-06-10T12:00:00-04:00")
    card(page, "Nadia").focus()
    page.keyboard.press("Enter")
    page.locator("#drawer").get_by_role("heading", name="Nadia Okafor").wait_for()
    assert page.url.endswith(f"/dashboard/appointments/{only('Nadia Okafor').pk}/")
    page.go_back()
    page.locator("#drawer").wait_for(state="hidden")
    assert "/dashboard/calendar/" in page.url


def test_a_class_goes_with_all_its_seats_by_mouse_and_by_keys(page: "Page", site: "Site", studio: Studio) -> None:
    yoga = make.make_service(studio.business, "Yoga", providers=[studio.ana, studio.marco], capacity=6)
    for number in range(2):
        make.make_appointment(
            studio.business, yoga, studio.ana, "2027-06-10T14:00:00-04:00", email=f"{number}@example.test"
        )
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(site.url("zen", DAY))
    ask, columns = page.locator("#ask"), page.locator(".wk-col")
    expect(card(page, "Yoga")).to_contain_text("2 of 6")
    drag(page, card(page, "Yoga"), rows=HOUR, column=1)
    expect(ask.get_by_role("heading", name="Move this class?")).to_be_visible()
    expect(ask).to_contain_text("2 clients · Yoga")
    expect(ask).to_contain_text("3:00 – 4:00 pm, Marco Vitale")
    expect(ask.get_by_role("switch", name="Notify clients")).to_be_checked()
    ask.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".toast", has_text="Yoga (2 clients): moved to Thu 10 Jun, 3:00 pm.")).to_be_visible()
    expect(columns.nth(1).locator("a.ev", has_text="Yoga")).to_contain_text("3:00 pm")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast", has_text="Yoga (2 clients): back where it was.")).to_be_visible()
    expect(columns.first.locator("a.ev", has_text="Yoga")).to_contain_text("2:00 pm")
    card(page, "Yoga").focus()
    page.keyboard.down("Alt")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#cal-said")).to_have_text("Ana Duarte, 1:30 pm – 2:30 pm")
    page.keyboard.up("Alt")
    expect(ask.get_by_role("button", name="Move", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toast", has_text="Yoga (2 clients): moved to Thu 10 Jun, 1:30 pm.")).to_be_visible()
    seats = Appointment.objects.filter(service=yoga)
    assert set(seats.values_list("starts_at", flat=True)) == {make.at("2027-06-10T13:30:00-04:00")}


def test_empty_space_makes_appointments_and_blocks(page: "Page", site: "Site", studio: Studio) -> None:
    page.goto(site.url("zen", DAY))
    column = page.locator(".wk-col").nth(1).bounding_box()
    assert column is not None
    x, y = column["x"] + 60, column["y"] + row_height(page) * 6 * HOUR  # 14:00, the window begins at 8
    page.mouse.click(x, y + 2)
    menu = page.locator("#cal-new")
    expect(menu.get_by_role("heading")).to_have_text("Marco Vitale, 2:00 pm – 3:00 pm")
    address = menu.get_by_role("link", name="New appointment").get_attribute("href") or ""
    assert "day=2027-06-10&custom=14%3A00&minutes=60" in address
    assert f"provider={studio.marco.pk}" in address
    page.keyboard.press("Escape")
    expect(page.locator(".is-ghost")).to_have_count(0)
    page.mouse.move(x, y + 2)
    page.mouse.down()
    page.mouse.move(x, y + row_height(page) * 2 * HOUR - 2, steps=3)
    page.mouse.up()
    menu.get_by_role("link", name="Block time").click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Note").fill("Dentist")
    drawer.get_by_role("button", name="Block time").click()
    page.locator(".toast", has_text="Blocked: Thu 10 Jun, 2:00 – 4:00 pm.").wait_for()
    made = DateOverride.objects.get()
    assert (made.provider, made.start_minute, made.end_minute, made.note) == (studio.marco, 840, 960, "Dentist")
    card(page, "Dentist").click()
    drawer.get_by_role("button", name="Free this time").click()
    toast = page.locator(".toast", has_text="The time is free again.")
    toast.wait_for()
    assert not DateOverride.objects.exists()
    toast.get_by_role("button", name="Undo").click()
    card(page, "Dentist").wait_for()
    assert DateOverride.objects.get().note == "Dentist"


def test_two_people_see_each_other_s_changes(page: "Page", site: "Site", studio: Studio) -> None:
    page.goto(site.url("zen", DAY))
    moves.reschedule(
        business=studio.business, appointment=only("Nadia Okafor"), move=Move(make.at("2027-06-10T15:00:00-04:00")),
        now=make.at(NOW), by=make.STAFF,
    )  # fmt: skip
    studio.book("2027-06-10T15:00:00-04:00", studio.marco, name="Newly Booked", email="new@example.test")
    page.locator("a.ev", has_text="Newly Booked").wait_for(timeout=10_000)
    expect(page.locator("#cal-stat")).to_contain_text("3 appointments")
    expect(card(page, "Nadia")).to_contain_text("3:00 pm")


def test_a_phone_shows_lists_and_a_small_month(page: "Page", site: "Site", studio: Studio) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site.url("zen", "/dashboard/calendar/?view=month&date=2027-06-01"))
    page.get_by_role("link", name="Thursday, 10 June, 2 appointments").click()
    expect(page.locator(".wk")).to_be_hidden()
    agenda = page.locator(".agenda--phone")
    expect(agenda.get_by_role("heading")).to_contain_text("Thursday, 10 June")
    agenda.get_by_role("link", name="Nadia Okafor").click()
    page.locator("#drawer").get_by_role("heading", name="Nadia Okafor").wait_for()
    page.go_back()
    page.get_by_role("navigation", name="View of the calendar").get_by_role("link", name="List").click()
    expect(page.get_by_role("link", name="Tom Becker")).to_be_visible()
