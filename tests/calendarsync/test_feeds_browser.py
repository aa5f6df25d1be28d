"""The page of a provider's calendars in a real browser, on a desk and on a phone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from calendarsync.models import Subscription
from tests.accessibility import assert_usable
from tests.calendarsync.feeds_world import FeedHost, event
from tests.e2e.test_setup_browser import enter
from tests.factories import NOW, make_member, make_provider

if TYPE_CHECKING:
    from tenants.models import Business
    from tests.conftest import Site

SERIES = ("DTSTART:20270607T080000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_provider_connects_calendars_both_ways(
    site: "Site",
    page: Page,
    committed: "Business",
    clock: Callable[[Any], None],
    client_for: Callable[..., Any],
    host: FeedHost,
    width: int,
) -> None:
    clock(NOW)
    ana = make_provider(committed, "Ana Duarte")
    enter(page, site, make_member(committed, "provider", provider=ana), client_for)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/availability/"))
    page.get_by_role("link", name="Calendars").click()

    host.status, host.body = 200, b"<p>Sign in</p>"
    page.get_by_label("Address of the calendar").fill(host.url)
    page.get_by_label("Name").fill("Outlook")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("is not a calendar in iCalendar format").first).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Outlook")
    host.publish(event(*SERIES))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Outlook: 3 busy times").first).to_be_visible()

    page.get_by_role("button", name="Make an address").click()
    address = page.locator("#feed-address").inner_text()
    assert page.request.get(address.replace(f"zen.localhost:{site.port}", f"127.0.0.1:{site.port}"),
                            headers={"Host": f"zen.localhost:{site.port}"}).status == 200  # fmt: skip
    page.get_by_label("Service only").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Service only")).to_be_checked()
    for words in ("How to add it", "Where to find the address"):
        page.get_by_text(words).click()
    assert_usable(page)

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("It is not read, and its times are open.")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Outlook: 3 busy times").first).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Add a calendar")).to_be_visible()
    assert not Subscription.objects.exists()
