"""Which accounts outside are used by whom, over all businesses: a vendor takes back access from all of them at once.

Giving access back asks the vendor, so no lock can be held meanwhile. It leaves a mark with a lease instead: tokens
that were received before the mark's end may be dead, and `use` refuses them. Marks go by the database's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from daybook.core.crypto import derive_token, digest
from daybook.core.models import Grant, GrantEnd

LEASE = timedelta(minutes=1)
"""How long giving back may take; whoever does it may die on the way."""
_LOCK = "select pg_advisory_xact_lock(hashtextextended('grant:' || %s, 0))"


class Ending(Exception):
    """Access to the account was being given back while the tokens were received: they may be dead."""


def moment() -> datetime:
    """The database's present time."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


def use(*, vendor: str, account: str, tenant_id: UUID, holder: UUID, since: datetime) -> None:
    """Note that the holder uses the account, with tokens asked for at `since` (of `moment`). Once is enough.

    Within the transaction that keeps the tokens, as its last lock. Raises `Ending`.
    """
    name = _digest(vendor, account)
    with transaction.atomic():
        _lock(name)
        if GrantEnd.objects.filter(vendor=vendor, account=name, until__gte=since).exists():
            raise Ending
        Grant.objects.get_or_create(vendor=vendor, account=name, tenant_id=tenant_id, holder=holder)


def leave(*, vendor: str, account: str, tenant_id: UUID, holder: UUID) -> None:
    """Note that the holder uses it no more."""
    Grant.objects.filter(vendor=vendor, account=_digest(vendor, account), tenant_id=tenant_id, holder=holder).delete()


@contextmanager
def ending(*, vendor: str, account: str) -> Iterator[bool]:
    """Answers whether nobody uses the account. If so, access may be given back within the block.

    No transaction may be open. Whatever comes of it, tokens received before the end of the block are not used. Raises
    `Ending` while somebody else gives it back.
    """
    name = _digest(vendor, account)
    marks = GrantEnd.objects.filter(vendor=vendor, account=name)
    with transaction.atomic():
        _lock(name)
        begun = moment()
        if marks.filter(until__gt=begun).exists():
            raise Ending
        unused, lease = not Grant.objects.filter(vendor=vendor, account=name).exists(), begun + LEASE
        if unused:
            GrantEnd.objects.update_or_create(vendor=vendor, account=name, defaults={"until": lease})
    try:
        yield unused
    finally:
        if unused:
            marks.filter(until=lease).update(until=moment())


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [name])


def _digest(vendor: str, account: str) -> str:
    return digest(derive_token("grant", vendor, account.lower()))
