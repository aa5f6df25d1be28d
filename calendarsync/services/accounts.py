"""Opening a connection's account at its vendor, keeping its renewed tokens, and what a failure means for the connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NoReturn

from django.conf import settings
from django.core.cache import cache
from django_tenants.utils import schema_context

from calendarsync.enums import State
from calendarsync.gateways.base import Account, AuthLost, CalendarLost, Failure, Later, Refused, Tokens
from calendarsync.gateways.registry import gateway
from calendarsync.models import Calendar, Connection
from calendarsync.services import trouble
from daybook.core.outbox import Drop, GiveUp


class NotNow(Exception):
    """The vendor did not do it, or did not say so; the outbox tries again after a pause."""


def tokens_of(connection: Connection) -> Tokens:
    """The connection's tokens."""
    return Tokens(connection.refresh_token, connection.access_token, connection.access_until, tuple(connection.scopes))


def keep_tokens(connection: Connection, tokens: Tokens) -> None:
    """Keep an access token that was renewed on the way, unless the connection has got others meanwhile."""
    if tokens.access == connection.access_token or not tokens.access:
        return
    fresh = Connection.objects.filter(pk=connection.pk, connected_at=connection.connected_at).first()
    if fresh is not None:
        fresh.access_token, fresh.access_until = tokens.access, tokens.access_until
        fresh.save(update_fields=["access_token", "access_until"])


@contextmanager
def opened(connection: Connection) -> Iterator[Account]:
    """The connection's account, for one task. Raises `Drop` when it waits for somebody to connect it again.

    Raises `NotNow` at once while the vendor is known to be silent: one hanging vendor must not hold up the worker,
    who has mails to send.
    """
    if connection.state in (State.RECONNECT, State.LEAVING):
        raise Drop("the calendar has to be connected again")
    with leaving(connection) as account:
        yield account


@contextmanager
def leaving(connection: Connection) -> Iterator[Account]:
    """The same in any state: to tidy up at the vendor, if he still lets us."""
    if is_silent(connection.vendor):
        raise NotNow("the vendor is silent")
    account = gateway(connection.vendor).open(tokens_of(connection))
    try:
        yield account
    finally:
        keep_tokens(connection, account.tokens)


def fail(failure: Failure, connection: Connection, calendar: Calendar | None, *, now: datetime) -> NoReturn:
    """Write down what went wrong, and say it to the outbox: `Drop` where somebody has to act first, else try again."""
    if isinstance(failure, AuthLost):
        trouble.lost(connection=connection, why=failure.why, now=now)
        raise Drop(f"access lost: {failure.why}")
    if isinstance(failure, CalendarLost) and calendar is not None:
        trouble.calendar_gone(calendar=calendar, why=failure.why, now=now)
        raise Drop(f"calendar lost: {failure.why}")
    trouble.note(connection=connection, calendar=calendar, why=failure.why, now=now)
    if isinstance(failure, Refused):
        raise GiveUp(failure.why)
    if isinstance(failure, Later) and failure.silent:
        set_silent(connection.vendor)
    raise NotNow(failure.why)


def is_silent(vendor: str) -> bool:
    """Whether the vendor did not answer at all some seconds ago."""
    with schema_context("public"):  # it is silent to all businesses alike
        return bool(cache.get(f"calendar-silent:{vendor}"))


def set_silent(vendor: str) -> None:
    """Ask nothing of the vendor for some seconds."""
    if settings.CALENDAR_SILENCE_SECONDS:
        with schema_context("public"):
            cache.set(f"calendar-silent:{vendor}", True, settings.CALENDAR_SILENCE_SECONDS)
