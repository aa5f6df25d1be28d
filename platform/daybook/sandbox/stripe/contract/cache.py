"""The contract of the installed SDK: built once per version, then read from a file."""

import contextlib
import json
import os
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import stripe

from daybook.sandbox.stripe.contract.contract import Contract

HERE = Path(__file__).parent


@cache
def installed(folder: Path) -> Contract:
    """The contract of the `stripe` package that is installed; `folder` keeps it for the next process."""
    path = folder / f"stripe-{stripe.VERSION}-{_builder()}.json"
    with contextlib.suppress(OSError, ValueError):
        return Contract(json.loads(path.read_text()))
    from daybook.sandbox.stripe.contract.build import build  # imports all of the SDK

    document = build()
    _keep(path, document)
    return Contract(document)


def _builder() -> str:
    """Changes when the code that builds the document changes."""
    sources = sorted(HERE / name for name in ("annotations.py", "build.py", "schemas.py"))
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]


def _keep(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump(document, file, separators=(",", ":"))
    os.replace(file.name, path)
    for old in set(path.parent.glob("stripe-*.json")) - {path}:
        old.unlink(missing_ok=True)
