"""What stands in somebody's way on a page: what axe-core finds (WCAG 2.2 AA and good practice), and sideways scrolling."""

from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THERE = "() => 'axe' in window"
FIND = """tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})
  .then(found => found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join('; ')))"""
"""Hands over what it found only, not all it looked at: that takes longer than looking."""
SIDEWAYS = """() => ['.pg', 'html'].map(name => [name, document.querySelector(name)])
  .map(([name, box]) => [name, box ? box.scrollWidth - (name === 'html' ? innerWidth : box.clientWidth) : 0])
  .filter(([, over]) => over > 0).map(([name, over]) => name + ' scrolls sideways by ' + over + ' pixels')"""


def findings(page: "Page") -> list[str]:
    """What is wrong with the page as it stands. After a click that leads elsewhere, first expect what is new there:
    the page that is being left has no document to look at."""
    page.wait_for_load_state()
    if not page.evaluate(THERE):
        page.evaluate(AXE_SCRIPT)
    return [*page.evaluate(SIDEWAYS), *page.evaluate(FIND, RULES)]


def assert_usable(page: "Page", *where: object) -> None:
    """Nothing is wrong with it; `where` is said when something is."""
    assert not (wrong := findings(page)), (*where, *wrong)


def assert_usable_in_every_look(page: "Page") -> None:
    """Wide and narrow, light and dark; it is wide afterwards."""
    for theme, width in (("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        assert_usable(page, theme, width)
    page.set_viewport_size({"width": 1280, "height": 900})
