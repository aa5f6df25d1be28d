"""Values against schemas."""

import re
from collections.abc import Mapping
from typing import Any

from daybook.sandbox.google.contract.problems import Problem

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
INTEGER = re.compile(r"-?\d+")
FORMATS = {
    "date-time": (DATE_TIME, "an RFC 3339 date-time"),
    "date": (DATE, "a date"),
    "int64": (INTEGER, "an int64 as a string"),
}

Json = dict[str, Any]


class ValueCheck:
    """Collects in `found` what is wrong. `method` decides what is required; `form`: values are text of a query."""

    def __init__(
        self, schemas: Mapping[str, Json], *, method: str = "", form: bool = False, reply: bool = False
    ) -> None:
        self.schemas, self.method, self.form, self.reply = schemas, method, form, reply
        self.found: list[Problem] = []

    def add(self, kind: str, where: str, detail: str, reason: str = "invalid") -> None:
        self.found.append(Problem(kind, where, detail, 400, reason))

    def value(self, schema: Json, value: Any, where: str) -> None:
        """Checks a value of any type; null clears a field in a request and never stands in an answer."""
        if "$" in schema:
            schema = {**self.schemas[schema["$"]], **schema}
        kind = schema["t"]
        if kind == "any":
            return
        if value is None:
            if self.reply:
                self.add("type", where, "null: the API leaves the field out instead")
        elif kind == "obj":
            self._object(schema, value, where)
        elif kind == "map":
            self._map(schema, value, where)
        elif kind == "arr":
            self._array(schema, value, where)
        else:
            self.scalar(schema, value, where)

    def _object(self, schema: Json, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            self.add("type", where, "object expected")
            return
        for name, part in value.items():
            path = f"{where}.{name}" if where else name
            if name in schema["p"]:
                self.value(schema["p"][name], part, path)
            else:
                self.add("unknown", path, f'Unknown name "{name}"')
        for name, methods in schema.get("r", {}).items():
            if self.method in methods and name not in value and not self.reply:
                self.add("missing", f"{where}.{name}".strip("."), f"Missing {name}", "required")

    def _map(self, schema: Json, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            self.add("type", where, "object expected")
            return
        for name, part in value.items():
            self.value(schema["of"], part, f"{where}.{name}")

    def _array(self, schema: Json, value: Any, where: str) -> None:
        if not isinstance(value, list):
            self.add("type", where, "array expected")
            return
        for number, part in enumerate(value):
            self.value(schema["of"], part, f"{where}[{number}]")

    def scalar(self, schema: Json, value: Any, where: str) -> None:
        """Checks a value that has no parts."""
        match schema["t"]:
            case "string":
                right = self._string(schema, value, where)
            case "integer":
                right = self._integer(schema, value, where)
            case "boolean":
                right = value in ("true", "false") if self.form else isinstance(value, bool)
                if not right:
                    self.add("type", where, f"boolean expected: {value!r}")
            case "number":
                right = isinstance(value, (int, float)) and not isinstance(value, bool)
                if not right:
                    self.add("type", where, "number expected")
            case _:
                right = True
        if right and "v" in schema and value not in schema["v"]:
            self.add("enum", where, f"Invalid value {value!r}, one of {schema['v']}")

    def _string(self, schema: Json, value: Any, where: str) -> bool:
        if not isinstance(value, str):
            self.add("type", where, f"string expected, got {type(value).__name__}")
            return False
        if known := FORMATS.get(schema.get("f", "")):
            pattern, name = known
            if not pattern.fullmatch(value):
                self.add("type", where, f"not {name}: {value}")
        return True

    def _integer(self, schema: Json, value: Any, where: str) -> bool:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (bool(INTEGER.fullmatch(value)) if self.form else whole):
            self.add("type", where, f"integer expected: {value!r}")
            return False
        low, high = int(schema.get("minimum", value)), int(schema.get("maximum", value))
        if not low <= int(value) <= high:
            self.add("rule", where, f"out of range: {value}")
        return True
