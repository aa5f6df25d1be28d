"""What outlives a restart of the demo: users, calendars, grants, tokens and channels."""

import hashlib
import os
import pickle
from pathlib import Path
from typing import Any

from daybook.sandbox.google.control import Control


def code_version() -> str:
    """Changes with the code: what other code kept is not read."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def save(control: Control, folder: Path) -> None:
    """Writes the state, all of it or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "state.pickle"
    part = path.with_suffix(".part")
    with control.world.lock, os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as new:
        pickle.dump((code_version(), *(vars(owner)[name] for owner, name in _parts(control))), new)
    part.replace(path)


def load(control: Control, folder: Path) -> bool:
    """Whether there was a state that this code kept."""
    try:
        version, *values = pickle.loads((folder / "state.pickle").read_bytes())
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, ValueError, TypeError):
        return False
    if version != code_version():
        return False
    with control.world.lock:
        for (owner, name), value in zip(_parts(control), values, strict=True):
            setattr(owner, name, value)
    return True


def _parts(control: Control) -> list[tuple[Any, str]]:
    return [
        *((control.world, name) for name in ("users", "calendars", "_etag", "_id")),
        *((control.accounts, name) for name in ("grants", "_codes", "_access")),
        (control.api.cursors, "_known"),
        (control.channels, "_open"),
    ]
