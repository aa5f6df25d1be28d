"""The state of the world in a file, so that a restart keeps it."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from daybook.sandbox.stripe.world import Merchant, World


class Keeper:
    def __init__(self, world: World, path: Path) -> None:
        self._world, self._path = world, path
        self._written = ""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            self._read(json.loads(path.read_text()))

    def _read(self, state: dict[str, Any]) -> None:
        platform, accounts = Merchant(**state["platform"]), [Merchant(**values) for values in state["accounts"]]
        self._world.platform = platform
        self._world.accounts = {merchant.id: merchant for merchant in accounts}

    def keep(self) -> None:
        """Write it when it has changed."""
        with self._world.lock:
            accounts = [vars(merchant) for merchant in self._world.accounts.values()]
            text = json.dumps({"platform": vars(self._world.platform), "accounts": accounts})
        if text == self._written:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(text)
        os.replace(new, self._path)
        self._written = text
