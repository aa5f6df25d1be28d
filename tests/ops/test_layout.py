"""The checkout itself: names that must not clash, files that must not be there."""

import platform
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_platform_is_the_standard_library_module() -> None:
    assert platform.__file__ == str(Path(sysconfig.get_path("stdlib")) / "platform.py")


def test_platform_folder_is_not_a_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
