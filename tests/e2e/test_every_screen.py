"""Every screen of a business's host, listed from the URL configuration, holds: in words, in width, in colour.

A new address that answers to GET is looked at from its first day, or named in `tests/full_world.py` as no screen.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from daybook.core import clock as domain_clock
from tests import full_world
from tests.accessibility import findings
from tests.factories import NOW
from tests.permission_world import Twin

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tenants.models import Business
    from tests.conftest import Site

BRANDS = ("#0f5c4c", "#ffd400", "#e11d48")
LOOKS = (("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390))
FACTS = """() => ({
  title: document.title,
  headings: [...document.querySelectorAll('h1')].filter(h => h.checkVisibility()).map(h => h.innerText.trim()),
  menu: [...document.querySelectorAll('.nav a[href], .settings-nav a[href], .tabs a[href]')].map(a => a.pathname),
  links: [...document.querySelectorAll('main a[href], header a[href]')].map(a => a.pathname),
})"""
PARTS = 4  # so that no single test takes a worker for minutes
TURN = "theme => { document.documentElement.dataset.theme = theme }"


@pytest.fixture
def everything(
    committed: "Business", site: "Site", page: "Page", client_for: Callable[..., Any], settings: Any, tmp_path: Path
) -> Twin:
    """A business with something of everything; the page is its owner's, and nothing in it moves."""
    domain_clock.set_to(NOW)
    settings.MEDIA_ROOT = tmp_path
    settings.PUBLIC_LIMIT_PER_ADDRESS = settings.PUBLIC_LIMIT_PER_BUSINESS = 100_000
    twin = full_world.fill(committed)
    owner = twin.member("owner")
    full_world.keep_a_batch(twin, owner)
    cookie = owner.cookies["daybook_session"].value
    page.context.add_cookies([{"name": "daybook_session", "value": cookie, "url": site.url("zen")}])
    page.emulate_media(reduced_motion="reduce")
    return twin


def look(page: "Page", where: str) -> list[str]:
    return [f"{where}: {finding}" for finding in findings(page)]


def is_found_again(path: str, facts: dict[str, Any]) -> bool:
    """The menu shows where one is, or a link leads up."""
    words = path.strip("/").split("/")
    above = {"/".join(words[:count]) for count in range(words[0] == "dashboard", len(words))}
    return path in facts["menu"] or bool(above & {link.strip("/") for link in facts["links"]})


def open_screen(page: "Page", site: "Site", address: str) -> list[str]:
    """Go there; what is missing from its words."""
    answer = page.goto(site.url("zen", address))
    if answer is None or answer.status != 200:
        return [f"{address}: answered {answer.status if answer else None}"]
    path, facts = urlsplit(address).path, page.evaluate(FACTS)
    if urlsplit(page.url).path != path:
        return [f"{address}: leads to {page.url}"]
    wrong = []
    if len(facts["headings"]) != 1 or not facts["headings"][0]:
        wrong.append(f"{address}: its headings are {facts['headings']}")
    if path not in ("/", "/dashboard/") and not is_found_again(path, facts):
        wrong.append(f"{address}: no menu names it and no link leads up")
    if not facts["title"].replace("Harbor & Pine", "").strip(" ·–"):
        wrong.append(f"{address}: its title is {facts['title']!r}")
    return wrong


@pytest.mark.parametrize("part", range(PARTS))
def test_every_screen_is_reachable_readable_and_fits(
    page: "Page", site: "Site", everything: Twin, page_errors: list[str], part: int
) -> None:
    """Each is loaded once, wide and light, and then made small and dark."""
    wrong: list[str] = []
    for addresses in list(full_world.screens(everything.ids).values())[part::PARTS]:
        for address in addresses:
            page.set_viewport_size({"width": 1280, "height": 844})
            wrong += open_screen(page, site, address)
            wrong += look(page, f"{address} 1280 light")
            page.set_viewport_size({"width": 390, "height": 844})
            page.evaluate(TURN, "dark")
            wrong += look(page, f"{address} 390 dark")
            wrong += [f"{address}: {error}" for error in page_errors]
            page_errors.clear()
    assert not wrong, "\n".join(wrong)


def test_no_two_screens_have_the_same_title(everything: Twin) -> None:
    """Of one side, staff's or clients'."""
    owner = everything.member("owner")
    titles: dict[tuple[bool, str], set[str]] = {}
    for path, addresses in full_world.screens(everything.ids).items():
        for address in addresses:
            found = re.search(r"<title>(.*?)</title>", owner.get(address).content.decode(), re.DOTALL)
            assert found is not None, address
            titles.setdefault((path.startswith("dashboard/"), found[1].strip()), set()).add(path)
    assert not {title: paths for title, paths in titles.items() if len(paths) > 1}


@pytest.mark.slow
@pytest.mark.parametrize("brand", BRANDS)
@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_every_screen_in_every_look(
    page: "Page", site: "Site", everything: Twin, theme: str, width: int, brand: str, page_errors: list[str]
) -> None:
    business = everything.business
    business.theme, business.brand_color = theme, brand
    business.save()
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url("zen")}])
    page.set_viewport_size({"width": width, "height": 844})
    wrong: list[str] = []
    for addresses in full_world.screens(everything.ids).values():
        for address in addresses:
            wrong += open_screen(page, site, address)
            wrong += look(page, f"{address} {width} {theme} {brand}")
            wrong += [f"{address}: {error}" for error in page_errors]
            page_errors.clear()
    assert not wrong, "\n".join(wrong)
