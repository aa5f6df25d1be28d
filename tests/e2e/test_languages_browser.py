"""The booking pages in other languages, in a real browser: chosen in the footer, long words on a phone, right to left."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.widget.pages import NOW, Shop, make_shop

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.fixtures import Settings

    from tenants.models import Business
    from tests.conftest import Site

MASSAGE = "/book/deep-tissue-massage/"
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def shop(committed: "Business", site: "Site", clock: Callable[[str | None], None]) -> Shop:
    clock(NOW)
    return make_shop(committed)


def test_the_language_of_the_footer_goes_along_to_the_details(page: "Page", site: "Site", shop: Shop) -> None:
    page.set_viewport_size({"width": 320, "height": 844})
    page.goto(site.url("zen", MASSAGE))
    page.get_by_role("link", name="Thursday, 5 November, 8 times").click()
    expect(page.get_by_role("heading", name="Thursday, 5 November")).to_be_visible()
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Donnerstag, 5. November")).to_be_visible()  # the day stays chosen
    assert not page.evaluate(WIDER)
    page.get_by_role("link", name="Freitag, 6. November, 8 Zeiten").click()
    expect(page.get_by_role("heading", name="Freitag, 6. November")).to_be_visible()
    page.get_by_text("24 h", exact=True).click()
    page.get_by_text("13:00", exact=True).click()
    page.get_by_role("button", name="Weiter").locator("visible=true").click()
    expect(page.get_by_role("heading", name="Ihre Angaben")).to_be_visible()
    assert not page.evaluate(WIDER)


@pytest.mark.parametrize("width", [1280, 390])
def test_right_to_left_the_page_is_mirrored_and_fits(
    page: "Page", site: "Site", shop: Shop, settings: "Settings", width: int
) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", f"{MASSAGE}?lang=ar"))
    assert page.get_attribute("html", "dir") == "rtl"
    assert not page.evaluate(WIDER)
    name, bar = page.locator(".bk-biz").bounding_box(), page.locator(".bk-top").bounding_box()
    assert name is not None
    assert bar is not None
    assert name["x"] + name["width"] > bar["x"] + bar["width"] / 2  # the name stands at the right
