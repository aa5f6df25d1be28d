"""Lists, and objects put in the place of their ids."""

from collections.abc import Callable, Iterable
from typing import Any

from daybook.sandbox.stripe.params import Params
from daybook.sandbox.stripe.refusals import invalid, missing
from daybook.sandbox.stripe.registry import Call
from daybook.sandbox.stripe.world import Merchant, Obj, public

COMPUTED: dict[tuple[str, str], Callable[[Merchant, Obj], Obj]] = {}
"""Fields that only `expand` shows: of (object, field)."""


def shown_on_request(kind: str, field: str) -> Callable[[Callable[[Merchant, Obj], Obj]], None]:
    def register(make: Callable[[Merchant, Obj], Obj]) -> None:
        COMPUTED[kind, field] = make

    return register


def whole_list(things: Iterable[Obj], url: str) -> Obj:
    return {"object": "list", "data": [public(thing) for thing in things], "has_more": False, "url": url}


def page(call: Call, things: Iterable[Obj], *fields: str) -> Obj:
    """A page of the newest first, of those whose `fields` are as the parameters of the same names say."""
    found = [thing for thing in reversed(list(things)) if _fits(thing, call.params, fields)]
    start, stop = 0, len(found)
    keys = [thing["id"] for thing in found]
    if after := call.params.text("starting_after"):
        start = _place(keys, after, "starting_after") + 1
    if before := call.params.text("ending_before"):
        stop = _place(keys, before, "ending_before")
    limit = call.params.integer("limit", 10) or 10
    if not 1 <= limit <= 100:
        raise invalid("This value must be between 1 and 100 (inclusive).", param="limit")
    shown = found[max(start, stop - limit) : stop] if before else found[start : start + limit]
    more = start < stop - limit if before else stop > start + limit
    return {"object": "list", "data": [public(thing) for thing in shown], "has_more": more, "url": call.path}


def _place(keys: list[str], key: str, param: str) -> int:
    if key not in keys:
        raise missing("object", key, param=param, status=400)
    return keys.index(key)


def _fits(thing: Obj, params: Params, fields: tuple[str, ...]) -> bool:
    named = {name: params.text(name) for name in fields if name in params}
    return all(thing.get(name) == value for name, value in named.items()) and _in_time(thing, params)


def _in_time(thing: Obj, params: Params) -> bool:
    created = params.values.get("created")
    if created is None:
        return True
    if isinstance(created, str):
        return bool(thing["created"] == int(created))
    compare: dict[str, Callable[[int, int], bool]] = {
        "gt": lambda a, b: a > b,
        "gte": lambda a, b: a >= b,
        "lt": lambda a, b: a < b,
        "lte": lambda a, b: a <= b,
    }
    return all(compare[name](thing["created"], int(limit)) for name, limit in created.items())


def expanded(merchant: Merchant, reply: Obj, paths: list[str]) -> Obj:
    """The reply with objects in the place of the ids at these paths (`a.b.c`)."""
    for path in paths:
        _expand(merchant, reply, path.split("."), path)
    return reply


def _expand(merchant: Merchant, value: Any, parts: list[str], path: str) -> None:
    if isinstance(value, list):
        for inner in value:
            _expand(merchant, inner, parts, path)
        return
    if not isinstance(value, dict) or not parts:
        return
    name, rest = parts[0], parts[1:]
    compute = COMPUTED.get((value.get("object", ""), name))
    if compute and name not in value:
        value[name] = compute(merchant, merchant.objects[value["id"]])
    if name not in value:
        message = f"This property cannot be expanded ({path})."
        raise invalid(message, param="expand", code="parameter_unknown")
    inner = value[name]
    if isinstance(inner, str) and inner in merchant.objects:
        value[name] = inner = public(merchant.objects[inner])
    elif isinstance(inner, list):
        value[name] = inner = [
            public(merchant.objects.get(item, item)) if isinstance(item, str) else item for item in inner
        ]
    _expand(merchant, inner, rest, path)
