"""What happens to accounts: events about them, and a look every night."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import connection

from billing.services import account_rows, account_sessions, accounts, reconciling
from daybook.core import inbox
from daybook.core.outbox import Drop, Postpone, handles
from tenants.enums import AccountEnd
from tenants.selectors import account_by_id

if TYPE_CHECKING:
    from tenants.models import Business


@inbox.applies(accounts.SNAPSHOTS, kinds=["account.application.deauthorized"])
@inbox.applies(accounts.THIN)
def account_changed(event: inbox.Event, now: datetime) -> None:
    """Something about an account: read it, keep what it says. What is no longer ours has ended."""
    reading = accounts.read(event.body["account"])
    with event.settle():
        accounts.keep(reading, now=now)


@handles(account_rows.NIGHTLY, when_suspended=True)
def nightly_look(payload: dict[str, Any], now: datetime) -> None:
    """Read the account, whatever events did, and fetch those that did not reach us. Ends when the account is gone."""
    account_id = payload["account"]
    found = account_by_id(account_id)
    if found is None or found.ended == AccountEnd.GONE:
        raise Drop("not ours any more")
    account_rows.look_later(account_id, now=now)
    accounts.look(account_id, now=now)
    accounts.fetch_missed(business=_business(), account_id=account_id, now=now)
    reconciling.ask(now=now)


@handles(account_rows.SOON, when_suspended=True)
def look_soon(payload: dict[str, Any], now: datetime) -> None:
    """The account refused something: perhaps it cannot be paid into any more."""
    accounts.look(payload["account"], now=now)


@handles(account_sessions.CLOSE, when_suspended=True)
def close_pages(payload: dict[str, Any], now: datetime) -> None:
    """The account is not used any more: close the payment pages that lead to it, until each is known to be over."""
    if not account_sessions.close_all(business=_business(), account_id=payload["account"], now=now):
        raise Postpone(now + account_sessions.RETRY)


def _business() -> Business:
    return cast("Business", connection.tenant)  # type: ignore[attr-defined]
