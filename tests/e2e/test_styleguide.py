"""Every component, in light and dark and three brands, on a desk and on a phone: no accessibility findings, no sideways scrolling."""

from typing import TYPE_CHECKING

import pytest

from tests.accessibility import assert_usable

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.conftest import Site

LOOKS = [("light", "0f5c4c", 1280), ("dark", "ffd400", 390), ("light", "b8325e", 390), ("dark", "0f5c4c", 1280)]


def show(page: "Page", site: "Site", name: str, look: tuple[str, str, int]) -> None:
    theme, brand, width = look
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{site.platform}/styleguide/?page={name}&theme={theme}&brand={brand}&errors=1")


@pytest.mark.parametrize("name", ["components", "booking", "details", "confirmation", "home", "week", "sign-in"])
def test_no_accessibility_findings(page: "Page", site: "Site", name: str) -> None:
    for look in LOOKS:
        show(page, site, name, look)
        assert_usable(page, *look)


def test_no_page_scrolls_sideways_at_320_pixels(page: "Page", site: "Site") -> None:
    for name in ("components", "booking", "details", "confirmation", "home", "week", "sign-in"):
        show(page, site, name, ("light", "0f5c4c", 320))
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_the_month_is_walked_with_the_keyboard(page: "Page", site: "Site") -> None:
    show(page, site, "booking", ("light", "0f5c4c", 1280))
    assert page.locator("a.day[tabindex='0']").count() == 1
    page.locator("a.day[aria-current=date]").focus()
    for key, day in [("ArrowRight", "13"), ("ArrowDown", "20"), ("Home", "16"), ("End", "21"), ("ArrowUp", "14")]:
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.date") == f"2026-11-{day}"
    page.keyboard.press("PageDown")
    page.wait_for_url("**month=2026-12**")


def test_a_drawer_takes_and_returns_focus(page: "Page", site: "Site") -> None:
    show(page, site, "components", ("light", "0f5c4c", 1280))
    page.get_by_role("button", name="Open drawer").click()
    assert page.evaluate("document.activeElement.id") == "sample-drawer-title"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Open drawer"


def test_the_dark_choice_is_kept_in_a_cookie(page: "Page", site: "Site") -> None:
    show(page, site, "home", ("light", "0f5c4c", 1280))
    page.locator("#me-menu-button").click()
    page.locator("#me-menu [data-theme-set=dark]").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert "theme=dark" in page.evaluate("document.cookie")
