"""Form bodies in bracket notation: `a[b][0][c]=1`."""

import re
import urllib.parse
from typing import Any

KEY = re.compile(r"[^\[\]]+|\[[^\[\]]*\]")


class FormError(ValueError):
    """A body that is no form."""


def parse_form(body: bytes | str) -> dict[str, Any]:
    """Nested dictionaries of text; lists are dictionaries with the places as keys."""
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    root: dict[str, Any] = {}
    for key, value in urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
        parts = KEY.findall(key)
        if not parts or "".join(parts) != key or parts[0].startswith("["):
            raise FormError(f"Invalid parameter name: {key}")
        _put(root, [parts[0], *(part[1:-1] for part in parts[1:])], value, key)
    return root


def _put(node: dict[str, Any], path: list[str], value: str, key: str) -> None:
    for part in path[:-1]:
        inner = node.setdefault(part if part else str(max(len(node) - 1, 0)), {})
        if not isinstance(inner, dict):
            raise FormError(f"Parameter is both a value and a hash: {key}")
        node = inner
    last = path[-1] or str(len(node))  # a[]=x
    if last in node:
        raise FormError(f"Duplicate parameter: {key}")
    node[last] = value
