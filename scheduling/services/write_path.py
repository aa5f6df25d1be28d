"""The one way to write a time: lock the providers, look again, write, all in one short transaction.

The lock comes first so that rivals queue instead of deadlocking on the exclusion constraint; the constraint stays as
the last line. No network in here.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import errors as pg

from daybook.core.errors import Unavailable

T = TypeVar("T")
RETRIED = (pg.DeadlockDetected, pg.SerializationFailure)
_LOCK = """
select set_config('lock_timeout', %s, true),
       pg_advisory_xact_lock(hashtextextended(%s || ':' || %s, 0))
"""


class Moved(Exception):
    """Raised inside the work: the appointment went to another provider while its first one's lock was awaited."""


def transact(work: Callable[[], T]) -> T:
    """Run `work` in one transaction. A deadlock, a serialisation failure and `Moved` are tried once more.

    Raises `Unavailable` (503 with Retry-After) when a lock is not had within two seconds, or the second try fails.
    """
    try:
        return _once(work)
    except Moved:
        if connection.in_atomic_block:
            raise Unavailable() from None
    except OperationalError as error:
        if not isinstance(error.__cause__, RETRIED) or connection.in_atomic_block:
            raise _busy(error) from error
    try:
        return _once(work)
    except Moved:
        raise Unavailable() from None
    except OperationalError as error:
        raise _busy(error) from error


def _once(work: Callable[[], T]) -> T:
    with transaction.atomic():
        return work()


def _busy(error: OperationalError) -> Exception:
    known = (*RETRIED, pg.LockNotAvailable)
    return Unavailable() if isinstance(error.__cause__, known) else error


def lock(providers: Iterable[UUID]) -> None:
    """Take the providers' locks until the transaction ends, in ascending order, waiting two seconds for each at most."""
    timeout, schema = f"{settings.LOCK_TIMEOUT_MS}ms", connection.schema_name  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        for provider in sorted(str(p) for p in set(providers)):
            cursor.execute(_LOCK, [timeout, schema, provider])


def lock_holder(who: str) -> None:
    """Take the lock of one who holds times, after the provider's: nobody takes a provider's after it."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"{settings.LOCK_TIMEOUT_MS}ms", connection.schema_name, f"holder:{who}"])  # type: ignore[attr-defined]


def is_overlap(error: IntegrityError) -> bool:
    """Whether the exclusion constraint `no_overlap` refused the row."""
    cause = error.__cause__
    return isinstance(cause, pg.ExclusionViolation) and cause.diag.constraint_name == "no_overlap"
