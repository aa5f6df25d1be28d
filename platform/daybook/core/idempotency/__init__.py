"""Idempotency keys: the same request sent twice acts once and is answered the same.

The row is written in the transaction of the effect: `claim()` first (a concurrent twin waits there until this
transaction ends), `finish()` with the answer, then COMMIT. After a crash at COMMIT a retry finds either both or none.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from daybook.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time: HTTP status, body without tokens, and the object it was about."""

    status: int
    body: dict[str, Any]
    object_id: UUID | None


class Replayed(Exception):
    """Raised inside the write path: this key has had its effect. The transaction is left, the answer is sent again."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered before")
        self.answer = answer


@dataclass(slots=True)
class Key:
    """One request's key: `scope` from tenant, route, caller and the header; `fingerprint` of the body."""

    scope: str
    fingerprint: str
    tenant_id: UUID | None = field(default=None)

    def claim(self) -> None:
        """Take the key in the current transaction. Raises `Replayed`, or `Invalid` when the body is another one."""
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into public.core_idempotencykey "
                "(scope, tenant_id, fingerprint, status, answer, created_at) "
                "values (%s, %s, %s, 0, '{}', now()) on conflict (scope) do nothing",
                [self.scope, self.tenant_id, self.fingerprint],
            )
            if cursor.rowcount == 1:
                return
        self._replay()

    def recall(self) -> None:
        """Raise as `claim` does when the key was used before, before anything else is looked at; takes nothing."""
        from daybook.core.idempotency.models import IdempotencyKey

        if IdempotencyKey.objects.filter(scope=self.scope).exists():
            self._replay()

    def _replay(self) -> None:
        from daybook.core.idempotency.models import IdempotencyKey

        row = IdempotencyKey.objects.get(scope=self.scope)
        if row.fingerprint != self.fingerprint:
            raise Invalid("idempotency_key_reused", "This Idempotency-Key was used for another request.")
        raise Replayed(Answer(row.status, row.answer, row.object_id))

    def finish(self, *, status: int, body: dict[str, Any], object_id: UUID | None) -> None:
        """Keep the answer, in the same transaction. The body must hold no token."""
        from daybook.core.idempotency.models import IdempotencyKey

        IdempotencyKey.objects.filter(scope=self.scope).update(status=status, answer=body, object_id=object_id)


def key_for(*, tenant_id: UUID | None, route: str, caller: str, key: str, body: Any) -> Key:
    """The key of one request. `caller` is who asks: member, API key, or the address of an anonymous client."""
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Invalid("idempotency_key_invalid", "Idempotency-Key takes 1 to 200 printable characters.")
    scope = hashlib.sha256("\x1f".join((str(tenant_id), route, caller, key)).encode()).hexdigest()
    fingerprint = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()
    return Key(scope=scope, fingerprint=fingerprint, tenant_id=tenant_id)
