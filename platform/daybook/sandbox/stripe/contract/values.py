"""One value against one schema, on the way in (`asked`) and on the way out (`answered`)."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from daybook.sandbox.stripe.contract.problems import Problem

Schema = dict[str, Any]
GONE = {"payment_method_types": "payment_method_types_no_longer_supported"}  # since 2026-09-30.endive


class Values:
    def __init__(self, document: dict[str, Any]) -> None:
        self._definitions: dict[str, Schema] = document["defs"]
        self._objects: dict[str, Schema] = document["objects"]
        self._event_types = frozenset(document["event_types"])

    def _resolved(self, schema: Schema) -> Schema:
        if "$" not in schema:
            return schema
        found = self._definitions.get(schema["$"]) or self._objects[schema["$"]]
        return {**found, **{key: value for key, value in schema.items() if key != "$"}}

    # Requests

    def asked(self, schema: Schema, value: Any, where: str, *, form: bool) -> Iterator[Problem]:
        """What is wrong with a parameter; `where` is its name. In a form every value is text."""
        schema = self._resolved(schema)
        kind = schema["t"]
        if kind == "any" or (value is None and not form):
            return
        if value == "" and form:
            if not schema.get("e"):
                yield _empty(where)
            return
        match kind:
            case "obj":
                yield from self._asked_object(schema, value, where, form)
            case "arr":
                yield from self._asked_array(schema, value, where, form)
            case "map":
                yield from self._asked_map(schema, value, where, form)
            case "any_of":
                yield from _fewest(lambda choice: self.asked(choice, value, where, form=form), schema["of"])
            case _:
                yield from self._scalar(schema, value, where, form)

    def _asked_object(self, schema: Schema, value: Any, where: str, form: bool) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem("type", where, "Invalid object")
            return
        for key in schema.get("r", ()):
            if key not in value:
                yield Problem("missing", _inside(where, key), f"Missing required param: {_inside(where, key)}.")
        for key, inner in value.items():
            name = _inside(where, key)
            if key in schema["p"]:
                yield from self.asked(schema["p"][key], inner, name, form=form)
            else:
                yield Problem("unknown", name, f"Received unknown parameter: {name}", 400, GONE.get(name))

    def _asked_array(self, schema: Schema, value: Any, where: str, form: bool) -> Iterator[Problem]:
        if form and isinstance(value, dict) and all(key.isdigit() for key in value):
            value = [value[key] for key in sorted(value, key=int)]
        if not isinstance(value, list):
            yield Problem("type", where, "Invalid array")
            return
        for place, inner in enumerate(value):
            yield from self.asked(schema["of"], inner, f"{where}[{place}]", form=form)

    def _asked_map(self, schema: Schema, value: Any, where: str, form: bool) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem("type", where, "Invalid hash")
            return
        for key, inner in value.items():
            if not (inner == "" and form):  # metadata[k]='' unsets the key
                yield from self.asked(schema["of"], inner, f"{where}[{key}]", form=form)

    # Replies

    def answered(self, schema: Schema, value: Any, where: str, *, complete: bool) -> Iterator[Problem]:
        """What is wrong with a field of an answer; `where` is its path."""
        schema = self._resolved(schema)
        kind = schema["t"]
        if kind == "any":
            return
        if value is None:
            if not schema.get("n"):
                yield Problem("type", where, "null where the API never sends null")
            return
        match kind:
            case "obj_ref" | "exp":
                yield from self._answered_reference(schema, value, where, complete)
            case "list":
                yield from self._answered_list(schema, value, where, complete)
            case "obj":
                yield from self._answered_object(schema, value, where, complete)
            case "arr":
                for place, inner in _items(value):
                    yield from self.answered(schema["of"], inner, f"{where}[{place}]", complete=complete)
                if not isinstance(value, list):
                    yield Problem("type", where, "expected an array")
            case "map":
                for key, inner in value.items() if isinstance(value, dict) else ():
                    yield from self.answered(schema["of"], inner, f"{where}.{key}", complete=complete)
                if not isinstance(value, dict):
                    yield Problem("type", where, "expected a hash")
            case "any_of":
                yield from _fewest(lambda one: self.answered(one, value, where, complete=complete), schema["of"])
            case _:
                yield from self._scalar(schema, value, where, False)

    def _answered_reference(self, schema: Schema, value: Any, where: str, complete: bool) -> Iterator[Problem]:
        if schema["t"] == "exp" and isinstance(value, str):
            return
        names = schema["of"] if isinstance(schema["of"], list) else [schema["of"]]
        if not isinstance(value, dict):
            yield Problem("type", where, f"expected {' or '.join(names)}")
            return
        name = value.get("object", names[0])
        if name not in names and names[0] in self._objects:
            yield Problem("enum", where, f"object is {name}, not {' or '.join(names)}")
        if name in self._objects:
            yield from self.answered(self._objects[name], value, where, complete=complete)

    def _answered_list(self, schema: Schema, value: Any, where: str, complete: bool) -> Iterator[Problem]:
        if not isinstance(value, dict) or value.get("object") != "list" or not isinstance(value.get("data"), list):
            yield Problem("type", where, "expected a list object")
            return
        for place, inner in enumerate(value["data"]):
            item = {"t": "obj_ref", "of": schema["of"]}
            yield from self.answered(item, inner, f"{where}.data[{place}]", complete=complete)

    def _answered_object(self, schema: Schema, value: Any, where: str, complete: bool) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem("type", where, "expected an object")
            return
        for key, inner in value.items():
            if key in schema["p"]:
                yield from self.answered(schema["p"][key], inner, f"{where}.{key}", complete=complete)
            else:
                yield Problem("unknown", f"{where}.{key}", "field the API does not have")
        if complete and "id" in schema["p"]:
            for key, inner in schema["p"].items():
                if key not in value and not self._resolved(inner).get("n") and inner.get("t") != "any":
                    yield Problem("missing", f"{where}.{key}", "field missing")

    # Both

    def _scalar(self, schema: Schema, value: Any, where: str, form: bool) -> Iterator[Problem]:
        kind = schema["t"]
        if isinstance(value, (dict, list)):
            yield Problem("type", where, f"Invalid value for {where}")
        elif kind == "str" and not isinstance(value, str):
            yield Problem("type", where, f"Invalid string: {where}")
        elif kind == "int" and not _whole(value, form):
            yield Problem("type", where, f"Invalid integer: {value}", 400, "parameter_invalid_integer")
        elif kind in ("num", "dec") and not _decimal(value):
            yield Problem("type", where, f"Invalid decimal: {value}")
        elif kind == "bool" and not (value in ("true", "false") if form else isinstance(value, bool)):
            yield Problem("type", where, f"Invalid boolean: {value}")
        elif kind == "enum" and value not in schema["v"]:
            yield Problem("enum", where, f"Invalid {where}: must be one of {', '.join(map(str, schema['v'][:12]))}")
        elif kind == "event_type" and value not in self._event_types:
            yield Problem("enum", where, f"Invalid {where}: unknown (or, for us, unused) event type")


def _items(value: Any) -> Iterator[tuple[int, Any]]:
    yield from enumerate(value if isinstance(value, list) else ())


def _inside(where: str, key: str) -> str:
    return f"{where}[{key}]" if where else key


def _empty(where: str) -> Problem:
    detail = f"You passed an empty string for '{where}'. We assume empty values are an attempt to unset a parameter; "
    return Problem("empty", where, f"{detail}however '{where}' cannot be unset.")


def _fewest(check: Callable[[Schema], Iterator[Problem]], choices: list[Schema]) -> list[Problem]:
    """The problems with the choice that fits best; none when one fits."""
    return min((list(check(choice)) for choice in choices), key=len)


def _whole(value: Any, form: bool) -> bool:
    if form and isinstance(value, str):
        return bool(re.fullmatch(r"-?\d+", value))
    return isinstance(value, int) and not isinstance(value, bool)


def _decimal(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
