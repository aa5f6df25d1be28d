"""Annotations of the SDK as compact schemas.

A schema is {"t": str|int|num|bool|dec|any|enum|arr|map|obj|any_of|exp|list|obj_ref, …}: "v" the values of an enum,
"of" what is inside, "p" the properties and "r" the required names of an object, "n" nullable, "e" the empty string
unsets, "$" a definition by name. "any" are parts that Daybook has no use for.
"""

import hashlib
import importlib
import inspect
import json
import re
import typing
from decimal import Decimal
from typing import Any

import stripe
import typing_extensions

from daybook.sandbox.stripe.contract.annotations import Form, Names, Tag, read, scope

Schema = dict[str, Any]
PAYMENT_METHODS_KEPT = {
    *("card", "link", "us_bank_account", "sepa_debit", "card_present", "type"),
    *("billing_details", "metadata", "allow_redisplay", "radar_options"),
}
PAYMENT_METHOD_HASHES = {
    *("payment_method_data", "payment_method_options", "payment_method_details", "destination_details"),
}
V2_PRUNED = {"identity", "recipient", "customer"}  # know-your-customer details: Stripe's own pages ask for them
V2_IDENTITY_KEPT = ("country", "entity_type")
SCALARS = {str: "str", int: "int", float: "num", bool: "bool", Decimal: "dec"}
ANY: Schema = {"t": "any"}


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Schemas:
    """Turns annotations into schemas; large ones become definitions with a name."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self.objects: dict[str, Schema] = {}
        self._names_by_hash: dict[str, str] = {}
        self._parameters: dict[type, str | None] = {}
        self._parts: dict[type, str | None] = {}
        self._request_options = set(stripe.RequestOptions.__annotations__)

    def of(self, annotation: Any, names: Names, key: str = "") -> Schema:
        """The schema of an annotation; `key` is the property's name."""
        form = read(read(annotation, names), names)
        if isinstance(form, tuple):
            return self._tagged(form, names, key)
        if isinstance(form, Tag):
            return {"t": form.name, "of": ANY}
        if form in SCALARS:
            return {"t": SCALARS[form]}
        if typing_extensions.is_typeddict(form):
            return self.parameters(form, key)
        if inspect.isclass(form) and form not in (Any, object, type(None)):
            return self._class(form, names)
        return ANY

    def _class(self, form: type, names: Names) -> Schema:
        whole = form.__qualname__ == form.__name__ and form.__module__.startswith("stripe._")
        if getattr(form, "OBJECT_NAME", None) or whole:
            return {"t": "obj_ref", "of": self._name_of(form, names)}
        return self.part(form)

    def _tagged(self, form: tuple[str, Any], names: Names, key: str) -> Schema:
        tag, inner = form
        match tag:
            case "notreq":
                return self.of(inner, names, key)
            case "opt":
                return {**self.of(inner, names, key), "n": 1}
            case "arr" | "map":
                return {"t": tag, "of": self.of(inner, names, key)}
            case "list" | "expandable":
                return {"t": tag[:4].replace("expa", "exp"), "of": self._name_of(inner, names)}
            case "lit":
                return {"t": "bool"} if all(isinstance(x, bool) for x in inner) else {"t": "enum", "v": inner}
            case "union":
                return self._union(inner, names, key)
        raise TypeError(tag)

    def _union(self, members: list[Any], names: Names, key: str) -> Schema:
        flat, nullable = self._flattened(members, names)
        may_be_empty = ("lit", [""]) in flat
        flat = _literals_joined([form for form in flat if form != ("lit", [""])])
        objects = [form for form in flat if inspect.isclass(form) and getattr(form, "OBJECT_NAME", None)]
        if objects and len(objects) + (str in flat) == len(flat):
            known = [getattr(form, "OBJECT_NAME", "") for form in objects]
            schema: Schema = {"t": "exp" if str in flat else "obj_ref", "of": known[0] if len(known) == 1 else known}
        else:
            choices = [self.of(form, names, key) for form in flat]
            schema = choices[0] if len(choices) == 1 else {"t": "any_of", "of": choices}
        return {**schema, **({"n": 1} if nullable else {}), **({"e": 1} if may_be_empty else {})}

    def _flattened(self, members: list[Any], names: Names) -> tuple[list[Form], bool]:
        """The members of a union and of the unions in it, and whether one of them may be null."""
        flat: list[Form] = []
        nullable = False
        for member in members:
            form = read(member, names)
            if isinstance(form, tuple) and form[0] == "opt":
                nullable, form = True, read(form[1], names)
            if isinstance(form, tuple) and form[0] == "union":
                inner, inner_nullable = self._flattened(form[1], names)
                flat, nullable = flat + inner, nullable or inner_nullable
            else:
                flat.append(form)
        return flat, nullable

    def _name_of(self, annotation: Any, names: Names) -> Any:
        form = read(annotation, names)
        if isinstance(form, tuple) and form[0] == "union":
            return [self._name_of(member, names) for member in form[1]]
        if inspect.isclass(form) and getattr(form, "OBJECT_NAME", None):
            return getattr(form, "OBJECT_NAME", "")
        return snake(getattr(form, "__name__", str(form)))

    def _defined(self, name: str, schema: Schema) -> Schema:
        body = json.dumps(schema, sort_keys=True)
        if len(body) < 120:
            return schema
        digest = hashlib.sha256(body.encode()).hexdigest()
        if digest not in self._names_by_hash:
            free, number = name, 2
            while free in self.definitions:
                free, number = f"{name}{number}", number + 1
            self.definitions[free], self._names_by_hash[digest] = schema, free
        return {"$": self._names_by_hash[digest]}

    def parameters(self, form: Any, key: str = "") -> Schema:
        """The schema of a TypedDict of request parameters."""
        if form in self._parameters:
            name = self._parameters[form]
            return {"$": name} if name else ANY
        self._parameters[form] = None  # it may contain itself
        names = scope(form.__module__)
        properties, required = {}, []
        for name, annotation in form.__annotations__.items():
            if name in self._request_options:
                continue
            value = read(annotation, names)
            optional = isinstance(value, tuple) and value[0] == "notreq"
            inner = read(value[1], names) if optional else value
            pruned = self._pruned(form, name, key) and not (key in PAYMENT_METHOD_HASHES and _literal(value))
            properties[name] = ANY if pruned else self.of(inner, names, name)
            required += [] if optional else [name]
        schema: Schema = {"t": "obj", "p": properties} | ({"r": sorted(required)} if required else {})
        reference = self._defined(form.__name__.replace("Params", "P_"), schema)
        self._remember(self._parameters, form, reference)
        return reference

    def part(self, form: type) -> Schema:
        """The schema of a class inside an object's class."""
        if form in self._parts:
            name = self._parts[form]
            return {"$": name} if name else ANY
        self._parts[form] = None
        reference = self._defined("R_" + form.__qualname__.replace(".", ""), self._attributes(form))
        self._remember(self._parts, form, reference)
        return reference

    def object(self, form: Any) -> str:
        """Describe a whole object of the API; its name."""
        name: str = form.OBJECT_NAME
        if name not in self.objects:
            self._parts[form] = None
            schema = self._attributes(form)
            self._parts[form], self.objects[name] = name, schema
        return name

    def _attributes(self, form: type) -> Schema:
        outer: Any = importlib.import_module(form.__module__)
        chain: list[type] = []
        for name in form.__qualname__.split("."):
            outer = getattr(outer, name)
            chain.append(outer)
        names = scope(form.__module__, tuple(chain))
        key = snake(form.__name__)
        properties = {}
        for name, annotation in inspect.get_annotations(form).items():
            if name.startswith("_") or name == "OBJECT_NAME" or _class_variable(annotation):
                continue
            properties[name] = ANY if self._pruned(form, name, key) else self.of(annotation, names, name)
        return {"t": "obj", "p": properties}

    @staticmethod
    def _pruned(form: type, name: str, key: str) -> bool:
        if key in PAYMENT_METHOD_HASHES:
            return name not in PAYMENT_METHODS_KEPT
        if ".v2." not in form.__module__:
            return False
        return (key == "configuration" and name in V2_PRUNED) or (key == "identity" and name not in V2_IDENTITY_KEPT)

    @staticmethod
    def _remember(known: dict[type, str | None], form: type, reference: Schema) -> None:
        if "$" in reference:
            known[form] = reference["$"]
        else:
            del known[form]


def _literal(form: Form) -> bool:
    return isinstance(form, tuple) and form[0] == "lit"


def _class_variable(annotation: Any) -> bool:
    return "ClassVar" in annotation if isinstance(annotation, str) else typing.get_origin(annotation) is typing.ClassVar


def _literals_joined(flat: list[Form]) -> list[Form]:
    """One literal of all (the SDK leaves its enums open by `| str`), one map of all."""
    literals = [form for form in flat if _literal(form)]
    if literals:
        rest = [form for form in flat if form is not str and not _literal(form)]
        flat = [("lit", [value for literal in literals for value in literal[1]]), *rest]
    maps = [form for form in flat if isinstance(form, tuple) and form[0] == "map"]
    for extra in maps[1:]:
        flat.remove(extra)
    return [form for form in flat if form not in (None, type(None))]
