"""Makes what is not committed: Inter, cut down to Latin, as one variable woff2 file, and the compiled catalogues."""

import hashlib
from argparse import ArgumentParser
from importlib.metadata import version
from pathlib import Path

import fontpkg_inter
from django.conf import settings
from django.core.management.base import BaseCommand

from daybook.core.languages.catalogues import compile_all

MAX_BYTES = 80 * 1024
RANGES = ((0x20, 0x17F), (0x218, 0x21B), (0x2BB, 0x2BC), (0x2C6, 0x2DD), (0x2010, 0x2027), (0x2030, 0x203A))
EXTRA = (0x131, 0x2032, 0x2033, 0x202F, 0x2044, 0x20A9, 0x20AB, 0x20AC, 0x20B9, 0x20BA, 0x20BD, 0x2116, 0x2122)
SIGNS = (0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2215, 0x2248, 0x2260, 0x2264, 0x2265, 0x2713, 0x1E9E, 0xFEFF, 0xFFFD)
FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl", "liga", "calt", "tnum", "cv11", "ss03")


class Command(BaseCommand):
    """`manage.py build_assets [--force]`: does nothing when the stamp says the file is up to date."""

    help = (
        "Build web font and catalogues beside ASSETS_DIR (default .local/assets); quick and silent when they are there."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--force` builds again."""
        parser.add_argument("--force", action="store_true", help="build even if up to date")

    def handle(self, *, force: bool, **_options: object) -> None:
        """Write fonts/inter.woff2 and its stamp, and the catalogues that are older than their source."""
        for made in compile_all(Path(settings.BASE_DIR) / "locale", Path(settings.LOCALE_PATHS[0])):
            self.stdout.write(f"{made.parent.parent.name}/{made.name}")
        folder = Path(getattr(settings, "ASSETS_DIR", Path(settings.BASE_DIR) / ".local" / "assets")) / "fonts"
        target, stamp = folder / "inter.woff2", folder / "inter.stamp"
        recipe = _recipe()
        if not force and target.is_file() and stamp.is_file() and stamp.read_text() == recipe:
            return
        folder.mkdir(parents=True, exist_ok=True)
        subset_font(_source(), target)
        stamp.write_text(recipe)
        self.stdout.write(f"fonts/{target.name}: {target.stat().st_size // 1024} KB")


def subset_font(source: Path, target: Path) -> None:
    """Cut `source` to Latin and Latin Extended-A with the features we use; written whole or not at all."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(flavor="woff2", layout_features=list(FEATURES), hinting=False, notdef_outline=True)
    font: TTFont = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[*(point for low, high in RANGES for point in range(low, high + 1)), *EXTRA, *SIGNS])
    cutter.subset(font)
    part = target.with_suffix(".part")
    subset.save_font(font, str(part), options)
    if part.stat().st_size > MAX_BYTES:
        part.unlink()
        raise ValueError(f"the subset font is larger than {MAX_BYTES // 1024} KB")
    part.replace(target)


def _source() -> Path:
    root = Path(str(fontpkg_inter.ROOT))
    return next(path for path in root.glob("files/*.ttf") if "Italic" not in path.name)


def _recipe() -> str:
    parts = (version("fontpkg-inter"), version("fonttools"), RANGES, EXTRA, SIGNS, FEATURES)
    return hashlib.sha256(repr(parts).encode()).hexdigest()
