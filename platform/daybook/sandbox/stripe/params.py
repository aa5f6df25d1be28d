"""The parameters of a request, as handlers read them."""

from collections.abc import Iterator
from typing import Any


class Params:
    """A hash of parameters: text from a form, JSON values from a v2 body."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self.values = values or {}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str | None = None) -> str | None:
        value = self.values.get(name)
        return default if value in (None, "") else str(value)

    def integer(self, name: str, default: int | None = None) -> int | None:
        value = self.values.get(name)
        return default if value in (None, "") else int(value)

    def number(self, name: str) -> int:
        """A whole number that the contract requires."""
        return int(self.values[name])

    def flag(self, name: str) -> bool:
        return self.values.get(name) in (True, "true")

    def hash(self, name: str) -> "Params":
        value = self.values.get(name)
        return Params(value if isinstance(value, dict) else {})

    def each(self, name: str) -> list[Any]:
        """The items of a list."""
        value = self.values.get(name) or []
        return [value[key] for key in sorted(value, key=int)] if isinstance(value, dict) else list(value)

    def hashes(self, name: str) -> Iterator["Params"]:
        yield from (Params(item) for item in self.each(name))

    def metadata(self, old: dict[str, str] | None = None) -> dict[str, str]:
        """The old values with these on top; an empty one removes its key."""
        merged = {**(old or {}), **self.hash("metadata").values}
        return {key: str(value) for key, value in merged.items() if value not in ("", None)}
