"""The reduced contract, made when first needed and kept for the installed version of the client library."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from daybook.sandbox.google.contract import build as building
from daybook.sandbox.google.contract.checking import CalendarContract

CHECKOUT = Path(__file__).resolve().parents[5]


def folder() -> Path:
    """DAYBOOK_LOCAL, else `.local` of the checkout, else the machine's place for temporary files."""
    if named := os.environ.get("DAYBOOK_LOCAL"):
        return Path(named) / "contracts"
    local = CHECKOUT / ".local"
    return (local if (CHECKOUT / "pyproject.toml").exists() else Path(tempfile.gettempdir())) / "contracts"


def load(kept_in: Path | None = None) -> CalendarContract:
    """The contract of the installed client library. A kept file that cannot be read is made again."""
    code = hashlib.sha256(Path(building.__file__).read_bytes()).hexdigest()[:8]
    path = (kept_in or folder()) / f"google-calendar-{building.installed_version()}-{code}.json"
    try:
        return CalendarContract(json.loads(path.read_text()))
    except (OSError, ValueError):
        document = building.build()
    _write(path, json.dumps(document, separators=(",", ":")))
    return CalendarContract(document)


def _write(path: Path, text: str) -> None:
    """All of it or nothing, also when several processes do it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as part:
        part.write(text)
    Path(part.name).replace(path)
