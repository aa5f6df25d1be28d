"""The site in a real browser: hosts, static files, and that errors of a page are noticed."""

from typing import TYPE_CHECKING

from playwright.sync_api import Page

if TYPE_CHECKING:
    from tests.conftest import Site


def test_browser_reaches_the_platform_and_businesses_by_host(site: "Site", page: Page) -> None:
    for address in (f"{site.platform}/healthz", site.url("zen", "/healthz")):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200


def test_unknown_host_is_not_found(site: "Site", page: Page) -> None:
    answer = page.goto(site.url("nobody"))
    assert answer is not None
    assert answer.status == 404


def test_inline_script_is_stopped_and_noticed(site: "Site", page: Page, page_errors: list[str]) -> None:
    page.goto(site.url("nobody"))
    page.evaluate(
        "const script = document.createElement('script'); script.textContent = '1'; document.body.append(script)"
    )
    page.wait_for_timeout(100)
    assert [error for error in page_errors if "Content Security Policy" in error]
    page_errors.clear()
