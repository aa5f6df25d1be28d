"""Partial answers: `fields=items(id,start/dateTime),nextSyncToken` leaves everything else out."""

import re
from collections.abc import Iterator
from typing import Any

from daybook.sandbox.google.errors import GoogleError

TOKEN = re.compile(r"[\w*-]+|[(),/]")

Json = dict[str, Any]
Tree = dict[str, Any]  # name to what is wanted below it; an empty tree is everything


def parse(text: str) -> Tree:
    """Raises 400 for what is no selection."""
    tokens = [*TOKEN.findall(text.replace(" ", "")), ""]
    tree, rest = _selection(tokens, text)
    if rest != [""]:
        raise _invalid(text)
    return tree


def chosen(value: Any, tree: Tree) -> Any:
    """What is wanted of an answer."""
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [chosen(part, tree) for part in value]
    if not isinstance(value, dict):
        return value
    return {name: chosen(part, tree[name]) for name, part in value.items() if name in tree}


def check(tree: Tree, schema: Json, schemas: dict[str, Json]) -> None:
    """Raises 400 when a name is not in the schema of the answer."""
    for name, below in tree.items():
        if name == "*":
            continue
        known = list(_below(schema, name, schemas))
        if not known:
            raise _invalid(name)
        if below:
            check(below, known[0], schemas)


def _below(schema: Json, name: str, schemas: dict[str, Json]) -> Iterator[Json]:
    if "$" in schema:
        schema = schemas[schema["$"]]
    match schema["t"]:
        case "arr":
            yield from _below(schema["of"], name, schemas)
        case "map":
            yield schema["of"]
        case "any":
            yield schema
        case "obj" if name in schema["p"]:
            yield schema["p"][name]


def _selection(tokens: list[str], text: str) -> tuple[Tree, list[str]]:
    tree: Tree = {}
    while True:
        tokens = _path(tree, tokens, text)
        if tokens[0] != ",":
            return tree, tokens
        tokens = tokens[1:]


def _path(tree: Tree, tokens: list[str], text: str) -> list[str]:
    """Reads `a/b(c,d)` into the tree; what is left of the tokens."""
    name, tokens = tokens[0], tokens[1:]
    if not re.fullmatch(r"[\w*-]+", name):
        raise _invalid(text)
    below: Tree = tree.setdefault(name, {})
    if tokens[0] == "/":
        return _path(below, tokens[1:], text)
    if tokens[0] == "(":
        inner, tokens = _selection(tokens[1:], text)
        if tokens[0] != ")":
            raise _invalid(text)
        below.update(inner)
        return tokens[1:]
    return tokens


def _invalid(text: str) -> GoogleError:
    return GoogleError(400, "invalidParameter", f"Invalid field selection {text}", "fields")
