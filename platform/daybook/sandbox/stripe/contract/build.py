"""The contract as one document, built from the installed `stripe` package. Nothing is downloaded."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

import stripe
from stripe import _api_version
from stripe.events import _event_classes
from stripe.params._webhook_endpoint_create_params import WebhookEndpointCreateParams

from daybook.sandbox.stripe.contract.annotations import imports_of, scope
from daybook.sandbox.stripe.contract.schemas import Schema, Schemas

SERVICES = {
    "_account_service": "retrieve",
    "checkout._session_service": "create retrieve update expire list",
    "checkout._session_line_item_service": "list",
    "_payment_intent_service": "create retrieve update confirm capture cancel list",
    "_setup_intent_service": "create retrieve update confirm cancel list",
    "_payment_method_service": "retrieve update attach detach list",
    "_customer_payment_method_service": "retrieve list",
    "_customer_service": "create retrieve update delete list",
    "_charge_service": "retrieve list",
    "_refund_service": "create retrieve update cancel list",
    "_dispute_service": "retrieve update close list",
    "_application_fee_service": "retrieve list",
    "_application_fee_refund_service": "create retrieve list",
    "_balance_service": "retrieve",
    "_balance_transaction_service": "retrieve list",
    "_payout_service": "retrieve list",
    "_event_service": "retrieve list",
    "v2.core._account_service": "create retrieve update close",
    "v2.core._account_link_service": "create",
    "v2.core._event_service": "retrieve",
}
EVENT_FAMILIES = (
    *("account.", "capability.", "checkout.session.", "payment_intent.", "setup_intent.", "payment_method."),
    *("charge.", "refund.", "application_fee.", "payout.", "balance.", "customer."),
)
THIN_RELATED = {
    "t": "obj",
    "p": {"id": {"t": "str"}, "type": {"t": "str"}, "url": {"t": "str"}},
    "n": 1,
}


def build() -> dict[str, Any]:
    """Endpoints with their parameters, objects, and the names of events."""
    schemas = Schemas()
    endpoints = [endpoint(schemas, *found) for name, wanted in SERVICES.items() for found in methods(name, wanted)]
    schemas.objects["v2.core.event"]["p"].update(related_object=THIN_RELATED, data={"t": "any"})
    names = scope(WebhookEndpointCreateParams.__module__)
    enabled = schemas.of(WebhookEndpointCreateParams.__annotations__["enabled_events"], names)
    kept = sorted(name for name in enabled["of"]["v"] if name == "*" or name.startswith(EVENT_FAMILIES))
    document = {
        "source": f"stripe-python {stripe.VERSION}",
        "api_version": _api_version._ApiVersion.CURRENT,
        "event_types": kept,
        "thin_event_types": thin_event_types(),
        "endpoints": endpoints,
        "defs": schemas.definitions,
        "objects": schemas.objects,
    }
    short: dict[str, Any] = _events_named(document, set(kept))
    short["defs"] = _used(short)
    return short


def methods(service: str, wanted: str) -> Iterator[tuple[str, str, type | None, str, dict[str, Any]]]:
    """Of a service's methods: verb, path, class of parameters, returned annotation, and the module's imports."""
    module_name = f"stripe.{service}"
    module, imported = importlib.import_module(module_name), imports_of(module_name)
    functions = {
        function.name: function
        for outer in ast.parse(inspect.getsource(module)).body
        if isinstance(outer, ast.ClassDef)
        for function in outer.body
        if isinstance(function, ast.FunctionDef)
    }
    for name in wanted.split():
        function = functions[name]
        verb, path = _request_of(function)
        returned = ast.unparse(function.returns).strip("'\"") if function.returns else ""
        yield verb, path, imported.get(_parameters_of(function)), returned, imported


def _request_of(function: ast.FunctionDef) -> tuple[str, str]:
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "_request":
            texts = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
            verb, path = texts[0], next(text for text in texts if str(text).startswith("/v"))
            return str(verb).upper(), str(path)
    raise LookupError(f"{function.name} asks for nothing")


def _parameters_of(function: ast.FunctionDef) -> str:
    for argument in function.args.args:
        if argument.arg == "params" and argument.annotation:
            found = re.search(r"([A-Za-z0-9]+Params)", ast.unparse(argument.annotation))
            return found[1] if found else ""
    return ""


def endpoint(
    schemas: Schemas, verb: str, path: str, parameters: type | None, returned: str, imported: dict[str, Any]
) -> Schema:
    request = schemas.parameters(parameters) if parameters else {"t": "obj", "p": {}}
    described: Schema = {"m": verb, "p": path, "enc": "json" if path.startswith("/v2/") else "form", "req": request}
    listed = re.match(r"ListObject\[(\w+)\]", returned)
    form = imported.get(listed[1] if listed else returned)
    if form is not None:
        name = schemas.object(form)
        described["res"] = {"list": name} if listed else name
    return described


def thin_event_types() -> list[str]:
    return sorted(set(re.findall(r'"(v2\.core\.account[^"]*)"', inspect.getsource(_event_classes))))


def _events_named(value: Any, kept: set[str]) -> Any:
    """The document with each list of all event types replaced by a name."""
    if isinstance(value, dict):
        if value.get("t") == "enum" and len(value["v"]) > 200 and kept <= set(value["v"]):
            return {"t": "event_type", **({"e": 1} if value.get("e") else {})}
        return {key: _events_named(inner, kept) for key, inner in value.items()}
    return [_events_named(inner, kept) for inner in value] if isinstance(value, list) else value


def _used(document: dict[str, Any]) -> dict[str, Schema]:
    """The definitions that something refers to."""
    definitions: dict[str, Schema] = document["defs"]
    used: set[str] = set()
    waiting: list[Any] = [document["endpoints"], document["objects"]]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            name = value.get("$")
            if isinstance(name, str) and name not in used:
                used.add(name)
                waiting.append(definitions.get(name, {}))
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return {name: definitions[name] for name in sorted(used & definitions.keys())}
