"""Every client page in every look: no accessibility findings, no sideways scrolling, targets that fingers hit."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from scheduling.enums import Status
from tests.accessibility import assert_usable
from tests.factories import make_appointment, make_block, make_service
from tests.widget.pages import NOW, Shop, make_shop
from widget.services import booking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tenants.models import Business
    from tests.conftest import Site

BRANDS = {"green": "#0f5c4c", "yellow": "#ffd400", "rose": "#b8325e"}
MASSAGE = "/book/deep-tissue-massage/"
SMALL_TARGETS = """least => [...document.querySelectorAll('a, button, select, input:not([type=hidden]), textarea, .slot label, .who label')]
  .filter(e => !e.matches('.vh, .skip, .slot input, .who input') && e.checkVisibility() && getComputedStyle(e).display !== 'inline')
  .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
  .filter(([, box]) => box.height > 0 && box.height < least - 0.5)
  .map(([html, box]) => html + ' ' + box.height)"""


@pytest.fixture
def shop(committed: "Business", site: "Site", clock: Callable[[str | None], None]) -> Shop:
    clock(NOW)
    shop = make_shop(committed)
    make_service(committed, "Hot stone", providers=[shop.ana], duration_minutes=90, capacity=4)
    return shop


def addresses(shop: Shop) -> dict[str, str]:
    """The pages that a link opens."""
    found = {
        "services": "/",
        "times": f"{MASSAGE}?date=2026-11-05&start=2026-11-05T15:00Z",
        "class": "/book/hot-stone/?tz=Asia/Kolkata&h=24",
        "find": "/manage",
        "policy": "/policy",
        "dead link": "/a/ABCDEFGH?t=x",
        "no such service": "/book/nothing/",
    }
    for number, status in enumerate((Status.CONFIRMED, Status.PENDING_APPROVAL, Status.CANCELLED, Status.COMPLETED)):
        made = make_appointment(shop.business, shop.massage, shop.ana, f"2026-11-{10 + number}T15:00Z", status=status)
        found[str(status)] = f"/a/{made.reference}?t={booking.manage_token(shop.business, made)}"
        if status == Status.CONFIRMED:
            for name in ("reschedule", "cancel"):
                found[name] = found[str(status)].replace("?", f"/{name}?")
    late = make_appointment(shop.business, shop.massage, shop.ana, "2026-11-04T16:00Z")
    found["too late"] = f"/a/{late.reference}?t={booking.manage_token(shop.business, late)}"
    return found


def dress(shop: Shop, theme: str, brand: str) -> None:
    shop.business.theme, shop.business.brand_color = theme, BRANDS[brand]
    shop.business.save()


def open_details(page: "Page", site: "Site", minute: str) -> None:
    page.goto(site.url("zen", f"{MASSAGE}?date=2026-11-06&start=2026-11-06T{minute}Z"))
    page.locator(".slot:has(:checked) button").click()
    page.wait_for_url("**/details?hold=*")


@pytest.mark.parametrize(
    ("theme", "brand", "widths"),
    [
        ("light", "green", (1280, 390)),
        ("dark", "green", (1280, 390)),
        ("light", "yellow", (1280,)),
        ("dark", "yellow", (390,)),
        ("light", "rose", (390,)),
        ("dark", "rose", (1280,)),
    ],
)
def test_hc255_no_accessibility_findings(
    page: "Page", site: "Site", shop: Shop, theme: str, brand: str, widths: tuple[int, ...]
) -> None:
    dress(shop, theme, brand)
    pages = addresses(shop)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 844})
        for name, path in pages.items():
            page.goto(site.url("zen", path))
            assert_usable(page, name, width)
        open_details(page, site, "15:00" if width == 390 else "16:00")
        assert_usable(page, "details", width)
        page.locator("button[value=book]:not(.vh)").click()
        page.locator("[data-error-summary]").wait_for()
        assert_usable(page, "details with errors", width)


def test_hc255_error_states_have_no_accessibility_findings(page: "Page", site: "Site", shop: Shop) -> None:
    page.goto(site.url("zen", f"{MASSAGE}?with={shop.ana.pk}&date=2026-11-05&start=2026-11-05T15:00Z"))
    make_appointment(shop.business, shop.massage, shop.ana, "2026-11-05T15:00Z")
    page.locator(".slot:has(:checked) button").click()
    page.get_by_role("alert").wait_for()
    assert_usable(page)
    make_block(None, "2026-12-01", to="2026-12-31")
    page.goto(site.url("zen", f"{MASSAGE}?month=2026-12"))
    assert_usable(page)
    shop.business.status = "suspended"
    shop.business.save()
    page.goto(site.url("zen"))
    assert_usable(page)


def test_hc255_nothing_scrolls_sideways_at_320_pixels(page: "Page", site: "Site", shop: Shop) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    shop.massage.name = "Tiefengewebsmassage mit Wärmebehandlung und Rückenschmerzberatung"
    shop.massage.save()
    for name, path in addresses(shop).items():
        page.goto(site.url("zen", path))
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    open_details(page, site, "15:00")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_hc255_targets_are_large_enough(browser: "Browser", site: "Site", shop: Shop) -> None:
    pages = addresses(shop)
    for touch, least in ((True, 44), (False, 40)):
        size = {"width": 390 if touch else 1280, "height": 844}
        context = browser.new_context(viewport=size, has_touch=touch, is_mobile=touch)  # type: ignore[arg-type]
        page = context.new_page()
        for name, path in pages.items():
            page.goto(site.url("zen", path))
            assert page.evaluate(SMALL_TARGETS, least) == [], (name, touch)
        open_details(page, site, "15:00" if touch else "16:00")
        assert page.evaluate(SMALL_TARGETS, least) == [], ("details", touch)
        context.close()


def test_times_page_is_light(page: "Page", site: "Site", shop: Shop) -> None:
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    answer = page.goto(site.url("zen", MASSAGE))
    assert answer is not None
    assert answer.headers["content-encoding"] == "gzip"
    assert sizes[0] < 16_000
    shift = "new Promise(done => { let sum = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value }).observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300) })"
    assert page.evaluate(shift) < 0.02
