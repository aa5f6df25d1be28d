"""The set-up's main tasks in a browser, wide and on a phone: order, permissions, reassigning, special days, reasons."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from scheduling.models import DateOverride, Provider, Service
from tests import factories as make
from tests.accessibility import assert_usable
from tests.dashboard.conftest import NOW, Studio, furnish
from tests.e2e.test_setup_browser import enter

if TYPE_CHECKING:
    from tenants.models import Business
    from tests.conftest import Site

NewClient = Callable[..., Any]
WIDTHS = pytest.mark.parametrize("width", [1280, 390])


@pytest.fixture
def studio(committed: "Business", clock: Callable[[str], None]) -> Studio:
    clock(NOW)
    Provider.objects.all().delete()
    return furnish(committed)


@pytest.fixture
def here(site: "Site", page: Page, studio: Studio, client_for: NewClient) -> Callable[[str, int], None]:
    """Opens a page of the dashboard as the owner, in a window of some width."""
    enter(page, site, studio.member("owner"), client_for)

    def go(path: str, width: int) -> None:
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(site.url("zen", f"/dashboard/{path}"))

    return go


@WIDTHS
def test_services_are_dragged_copied_and_changed_together(
    here: Callable[[str, int], None], page: Page, studio: Studio, width: int
) -> None:
    second = make.make_service(studio.business, "Hot stone", providers=[studio.ana])
    here("services/", width)
    handle = page.locator(f"#service-{second.pk} [data-drag]")
    first = page.locator(f"#service-{studio.massage.pk}").bounding_box()
    assert first
    handle.hover()
    page.mouse.down()
    page.mouse.move(first["x"] + 20, first["y"] + 4, steps=4)
    page.mouse.up()
    expect(page.get_by_text("Moved: Hot stone.")).to_be_visible()
    expect(page.locator("li[data-move] a.strong").first).to_have_text("Hot stone")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("li[data-move] a.strong").first).to_have_text("Deep tissue massage")
    page.get_by_label("Choose Hot stone").check()
    page.locator("#bulk").get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("1 service changed.")).to_be_visible()
    page.get_by_role("button", name="Duplicate Deep tissue massage").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Deep tissue massage (copy)")
    assert set(Service.objects.filter(active=False).values_list("name", flat=True)) == {
        "Hot stone",
        "Deep tissue massage (copy)",
    }


@WIDTHS
def test_permissions_show_what_follows_from_them(
    here: Callable[[str, int], None], page: Page, studio: Studio, width: int
) -> None:
    desk = studio.member("front_desk", email="desk@zen.test")
    here(f"team/members/{desk.pk}/", width)
    row = page.get_by_role("row", name="Export lists")
    expect(row).to_contain_text("No")
    page.get_by_label("May export lists").select_option("1")
    expect(row).to_contain_text("Yes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("May export", exact=True)).to_be_visible()
    desk.refresh_from_db()
    assert desk.may_export is True


@WIDTHS
def test_who_leaves_hands_appointments_over(
    here: Callable[[str, int], None], page: Page, studio: Studio, width: int
) -> None:
    rows = [studio.book("13:00"), studio.book("15:00")]
    studio.book("15:00", provider=studio.marco)
    here("team/", width)
    page.get_by_role("button", name="Switch off Ana Duarte").click()
    expect(page.get_by_role("heading", name="Appointments of Ana Duarte")).to_be_visible()
    page.get_by_label("All of them").select_option(label="Marco Vitale")
    page.get_by_role("button", name="Choose for all").click()
    page.get_by_role("button", name="Apply these choices").click()
    expect(page.get_by_role("alert")).to_contain_text("1 appointment stayed as it was")
    expect(page.get_by_text("Not free then.")).to_be_visible()
    for row in rows:
        row.refresh_from_db()
    assert [row.provider for row in rows] == [studio.marco, studio.ana]


@WIDTHS
def test_time_off_is_taken_on_the_mini_month_by_keyboard(
    here: Callable[[str, int], None], page: Page, studio: Studio, width: int
) -> None:
    here(f"availability/days/?for={studio.ana.pk}", width)
    today = page.locator("a.day[aria-current=date]")
    today.focus()
    today.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#d-2027-06-17")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thursday, 17 June")).to_be_visible()
    expect(page.get_by_label("Day", exact=True)).to_have_value("2027-06-17")
    expect(page.get_by_label("From (optional)")).to_be_hidden()
    page.get_by_label("Until, included").fill("2027-06-18")
    page.get_by_label("Note").fill("Wedding")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#d-2027-06-18")).to_have_attribute("aria-label", "Friday, 18 June: closed all day (Wedding)")
    page.locator("[data-turn=next]").click()
    expect(page.get_by_role("heading", name="July 2027")).to_be_visible()
    made = DateOverride.objects.get()
    assert (str(made.date), str(made.end_date), made.provider) == ("2027-06-17", "2027-06-18", studio.ana)


@WIDTHS
def test_a_reason_leads_to_where_it_is_changed(
    here: Callable[[str, int], None], page: Page, studio: Studio, width: int
) -> None:
    Service.objects.filter(pk=studio.massage.pk).update(min_notice_minutes=24 * 60)
    here("availability/why", width)
    page.get_by_label("With").select_option(label="Ana Duarte")
    page.get_by_role("button", name="Show the day").click()
    expect(page.get_by_text("0 of ")).to_be_visible()
    page.get_by_role("link", name="Next day").click()
    expect(page.locator(".why-time.is-open").first).to_be_visible()
    page.get_by_role("link", name="Day before").click()
    page.get_by_role("link", name="Change the service").first.click()
    expect(page.get_by_label("Shortest notice")).to_have_value("24 h")
    assert page.url.endswith("#id_min_notice_minutes")


@pytest.mark.slow  # every screen is looked over once, light and dark, in test_every_screen
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_no_accessibility_findings_and_no_sideways_scrolling(
    here: Callable[[str, int], None], site: "Site", page: Page, studio: Studio, width: int, theme: str
) -> None:
    studio.book("13:00")
    make.make_block(studio.ana, "2027-06-09", "12:00", "14:00")
    make.make_exception(None, "2027-06-10", "10:00", "12:00")
    make.make_service(studio.business, "Hot stone", providers=[studio.ana], visibility="staff")
    desk = studio.member("front_desk", email="desk@zen.test")
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url("zen")}])
    ana, massage = studio.ana.pk, studio.massage.pk
    for path in (
        "services/", f"services/{massage}/", "team/", f"team/{ana}/", f"team/{ana}/appointments",
        f"team/members/{desk.pk}/", "availability/business", f"availability/days/?for={ana}&day=2027-06-09",
        f"availability/why?service={massage}&provider=&date=2027-06-09&time=13:00",
    ):  # fmt: skip
        here(path, width)
        assert_usable(page, path)
