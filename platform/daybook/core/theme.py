"""A business's one brand colour in, accessible design tokens out, for light and dark pages.

Work happens in OKLCH: hue is kept and lightness walked to the nearest colour that has the contrast needed, so any
`#rrggbb` is accepted and none is rejected. Pure and quick (a few milliseconds); callers cache by `digest`.
"""

import functools
import hashlib
import math
import re
from dataclasses import dataclass
from typing import Literal

Tokens = dict[str, str]
Mode = Literal["light", "dark"]

DEFAULT_BRAND = "#0f5c4c"
INK, WHITE = "#1a1c21", "#ffffff"
TEXT_RATIO = 4.6  # WCAG asks 4.5; the rest covers rounding to 8 bits
EDGE_RATIO = 3.0
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_STEP = 0.005


@dataclass(frozen=True)
class Surfaces:
    """Backgrounds a brand colour meets: `base` carry fills and edges, `text` also the ones only text lies on."""

    base: tuple[str, ...]
    text: tuple[str, ...]


SURFACES: dict[Mode, Surfaces] = {
    "light": Surfaces(("#ffffff", "#faf9f7"), ("#ffffff", "#faf9f7", "#f4f2ef")),
    "dark": Surfaces(("#1b1c1f", "#121315"), ("#1b1c1f", "#121315", "#232428")),
}


def is_brand(value: str) -> bool:
    """Whether `value` is a colour this module takes: `#rrggbb`."""
    return _HEX.fullmatch(value) is not None


def contrast(a: str, b: str) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def tokens(brand: str, mode: Mode) -> Tokens:
    """The `--brand-*` custom properties for one mode; `brand` is `#rrggbb`, anything else is the default brand."""
    brand = brand.lower() if is_brand(brand) else DEFAULT_BRAND
    dark = mode == "dark"
    surfaces = SURFACES[mode]
    _, chroma, hue = to_oklch(brand)
    fill, on_fill = _fill(brand, surfaces, dark)
    light, fill_chroma, _ = to_oklch(fill)
    soft = from_oklch(0.29, min(chroma, 0.04), hue) if dark else from_oklch(0.958, min(chroma, 0.02), hue)
    return {
        "brand": fill,
        "brand-edge": _seek(fill, surfaces.base, EDGE_RATIO, darker=not dark),
        "on-brand": on_fill,
        "brand-text": _seek(brand, (*surfaces.text, soft), TEXT_RATIO, darker=not dark),
        "brand-soft": soft,
        "brand-line": from_oklch(0.42 if dark else 0.88, min(chroma, 0.045), hue),
        "brand-hover": from_oklch(light + (-0.05 if on_fill == WHITE else 0.05), fill_chroma, hue),
    }


@functools.lru_cache(maxsize=512)
def stylesheet(brand: str) -> str:
    """The sheet served as /brand-<digest>.css. Unlayered, so it wins over the default tokens."""
    light, dark = _declarations(tokens(brand, "light")), _declarations(tokens(brand, "dark"))
    return (
        f":root{{{light}}}"
        f":root[data-theme=dark]{{{dark}}}"
        f"@media (prefers-color-scheme:dark){{:root[data-theme=auto]{{{dark}}}}}\n"
    )


@functools.lru_cache(maxsize=512)
def digest(brand: str) -> str:
    """Twelve hex digits that name `stylesheet(brand)`; a change of this module changes them too."""
    return hashlib.sha256(stylesheet(brand).encode()).hexdigest()[:12]


def to_oklch(color: str) -> tuple[float, float, float]:
    """Lightness 0–1, chroma, hue in radians."""
    r, g, b = (_linear(channel) for channel in _channels(color))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    light = 0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short
    x = 1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short
    y = 0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short
    return light, math.hypot(x, y), math.atan2(y, x)


def from_oklch(light: float, chroma: float, hue: float) -> str:
    """The nearest sRGB colour of that lightness and hue: chroma gives way until it fits."""
    light = min(1.0, max(0.0, light))
    while True:
        rgb = _linear_rgb(light, chroma * math.cos(hue), chroma * math.sin(hue))
        if chroma <= 0 or all(-1e-4 <= channel <= 1.0001 for channel in rgb):
            return "#" + "".join(f"{_gamma(channel):02x}" for channel in rgb)
        chroma = max(0.0, chroma - 0.004)


def _fill(brand: str, surfaces: Surfaces, dark: bool) -> tuple[str, str]:
    """The solid colour of primary buttons and the text colour on it; the business's own colour unless it would vanish."""
    fill = _seek(brand, surfaces.base, EDGE_RATIO if dark else 1.45, darker=not dark)
    on_fill = WHITE if contrast(fill, WHITE) + 1.2 >= contrast(fill, INK) else INK
    fill = _seek(fill, (on_fill,), TEXT_RATIO, darker=on_fill == WHITE)
    if dark and min(contrast(fill, base) for base in surfaces.base) < EDGE_RATIO:
        return _seek(brand, (*surfaces.base, INK), TEXT_RATIO, darker=False), INK
    return fill, on_fill


def _seek(color: str, backgrounds: tuple[str, ...], ratio: float, *, darker: bool) -> str:
    """Walk lightness until the contrast with every background is at least `ratio`, or the scale ends."""
    light, chroma, hue = to_oklch(color)
    step = -_STEP if darker else _STEP
    while min(contrast(color, background) for background in backgrounds) < ratio and 0 < light + step < 1.01:
        light += step
        color = from_oklch(light, chroma, hue)
    return color


def _declarations(values: Tokens) -> str:
    return "".join(f"--{name}:{value};" for name, value in values.items())


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _gamma(value: float) -> int:
    value = min(1.0, max(0.0, value))
    return round(255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055))


def _linear_rgb(light: float, x: float, y: float) -> tuple[float, float, float]:
    long = (light + 0.3963377774 * x + 0.2158037573 * y) ** 3
    medium = (light - 0.1055613458 * x - 0.0638541728 * y) ** 3
    short = (light - 0.0894841775 * x - 1.291485548 * y) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
    )


def _luminance(color: str) -> float:
    r, g, b = (_linear(channel) for channel in _channels(color))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
