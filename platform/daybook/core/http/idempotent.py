"""`Idempotency-Key` at the doors: from the header to a key, from a kept answer to the same answer.

    try:
        key = idempotency_key(request, route="appointments", body=payload, caller=client_address(request))
        booking = book(..., key=key, finish=kept(key, 201, describe))
    except Replayed as replayed:
        return answer_again(replayed, secrets)

`describe(thing)` is the body without tokens, `secrets(object_id)` derives those again.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from uuid import UUID

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from daybook.core.idempotency import Key, Replayed, key_for


class Thing(Protocol):
    """What an answer is about: anything with a primary key."""

    @property
    def pk(self) -> Any: ...


T = TypeVar("T", bound=Thing)


def idempotency_key(request: HttpRequest, *, route: str, body: Any, caller: str) -> Key | None:
    """The key that this request carries, None without the header.

    `route` names the call, with the object's id where it has one; `body` is the parsed input; `caller` is the member,
    the API key, or the address of an anonymous client. Raises `Replayed` when the key has had its effect already, and
    `Invalid` (422) when it was used with another body.
    """
    value = request.headers.get("Idempotency-Key")
    if value is None:
        return None
    business = getattr(request, "business", None)
    key = key_for(tenant_id=business.pk if business else None, route=route, caller=caller, key=value, body=body)
    key.recall()
    return key


def kept(key: Key | None, status: int, describe: Callable[[T], dict[str, Any]]) -> Callable[[T], None] | None:
    """What a service calls in its transaction so that the answer is kept; None without a key."""
    if key is None:
        return None
    return lambda thing: key.finish(status=status, body=describe(thing), object_id=thing.pk)


def once(key: Key | None, work: Callable[[], T], status: int, describe: Callable[[T], dict[str, Any]]) -> T:
    """Do `work` in one transaction with its key, for services that know nothing of keys. Raises `Replayed`."""
    with transaction.atomic():
        if key is not None:
            key.claim()
        thing = work()
        if key is not None:
            key.finish(status=status, body=describe(thing), object_id=thing.pk)
    return thing


def answer_again(replayed: Replayed, secrets: Callable[[UUID], dict[str, Any]] | None = None) -> HttpResponse:
    """The kept answer, its tokens derived again."""
    answer = replayed.answer
    extra = secrets(answer.object_id) if secrets is not None and answer.object_id is not None else {}
    return json_answer({**answer.body, **extra}, status=answer.status)


def json_answer(body: object, *, status: int = 200) -> HttpResponse:
    """Plain dicts, lists and strings as JSON. Not to be stored by anybody in between."""
    return json_bytes(orjson.dumps(body), status=status)


def json_bytes(body: bytes, *, status: int = 200) -> HttpResponse:
    """As `json_answer`, of what is JSON already."""
    response = HttpResponse(body, content_type="application/json", status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
