"""Brand tokens: any colour gives readable text, visible edges and a stable sheet."""

import itertools
import re
from pathlib import Path

import pytest

from daybook.core import theme
from daybook.core.theme import SURFACES, Mode, contrast, tokens

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
EVERY = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in itertools.product(range(0, 256, 51), repeat=3)]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_colour_gives_accessible_tokens(mode: Mode) -> None:
    for brand in EVERY:
        found = tokens(brand, mode)
        assert contrast(found["brand"], found["on-brand"]) >= 4.5, brand
        assert contrast(found["brand-hover"], found["on-brand"]) >= 4.5, brand
        assert min(contrast(found["brand-text"], at) for at in (*SURFACES[mode].text, found["brand-soft"])) >= 4.5, (
            brand
        )
        assert min(contrast(found["brand-edge"], at) for at in SURFACES[mode].base) >= 3, brand


def test_a_readable_brand_is_kept() -> None:
    assert tokens("#0f5c4c", "light")["brand"] == "#0f5c4c"
    assert tokens("#B8325E", "light")["brand"] == "#b8325e"


def test_yellow_stays_yellow_with_dark_text() -> None:
    found = tokens("#ffd400", "light")
    assert found["on-brand"] == theme.INK
    assert contrast(found["brand"], "#ffd400") < 1.2


@pytest.mark.parametrize("value", ["", "red", "#fff", "#12345g", "#0f5c4c;}body{display:none", "#0f5c4c\n"])
def test_what_is_not_a_colour_becomes_the_default(value: str) -> None:
    assert not theme.is_brand(value)
    assert theme.stylesheet(value) == theme.stylesheet(theme.DEFAULT_BRAND)


def test_the_sheet_knows_light_dark_and_auto() -> None:
    sheet = theme.stylesheet("#b8325e")
    assert sheet.startswith(":root{--brand:#b8325e;")
    assert ":root[data-theme=dark]{" in sheet
    assert "@media (prefers-color-scheme:dark){:root[data-theme=auto]{" in sheet
    assert re.fullmatch(r"[-\w:{}\[\]=#;@() \n]+", sheet)


def test_the_digest_names_the_colour() -> None:
    assert theme.digest("#b8325e") == theme.digest("#b8325e")
    assert theme.digest("#b8325e") != theme.digest("#b8325f")
    assert re.fullmatch("[0-9a-f]{12}", theme.digest("#b8325e"))


def test_both_dark_blocks_say_the_same() -> None:
    text = (CSS / "tokens.css").read_text()
    blocks = re.findall(r"/\* dark:begin \*/(.*?)/\* dark:end \*/", text, re.DOTALL)
    assert len(blocks) == 2
    first, second = (re.sub(r"\s+", " ", block) for block in blocks)
    assert first == second


@pytest.mark.parametrize(("mode", "ink", "surfaces"), [
    ("light", ("#1a1c21", "#4b4d53", "#62646b"), ("#ffffff", "#faf9f7", "#f4f2ef")),
    ("dark", ("#f1f0ee", "#bfbdb9", "#a4a19c"), ("#1b1c1f", "#121315", "#232428")),
])  # fmt: skip
def test_text_colours_are_readable_and_are_those_of_the_sheet(
    mode: Mode, ink: tuple[str, ...], surfaces: tuple[str, ...]
) -> None:
    text = (CSS / "tokens.css").read_text()
    for color, surface in itertools.product(ink, surfaces):
        assert color in text
        assert contrast(color, surface) >= 4.5
