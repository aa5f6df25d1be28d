"""Leaving an account: what it kept closed opens at once, the rest is tidied up by a worker."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from calendarsync.enums import Answer, State
from calendarsync.gateways.base import Account, Later
from calendarsync.models import Attention, Channel, Connection, Mirror
from calendarsync.services import findings, rows, trouble
from calendarsync.services.accounts import NotNow, leaving
from daybook.core import grants
from daybook.core.outbox import Drop
from scheduling.services import write_path
from scheduling.services.busy import forget_busy

if TYPE_CHECKING:
    from tenants.models import Business

PATIENCE = timedelta(hours=20)
"""How long the vendor is asked to forget us. Then we forget him: no token is kept for longer."""


def leave(*, connection: Connection, events_go: bool, now: datetime) -> None:
    """Disconnect: nothing is read or written any more. Our events stay in the calendar, or go with `events_go`."""

    def work() -> None:
        write_path.lock([connection.provider_id])
        connection.calendars.update(lease=None, leased_until=None)  # who reads one now comes too late
        connection.state, connection.events_go, connection.broken_at = State.LEAVING, events_go, now
        connection.save(update_fields=["state", "events_go", "broken_at"])
        for attention in Attention.objects.filter(connection=connection, answer=Answer.OPEN):
            findings.over_one(attention, now=now)
        for calendar in connection.calendars.all():
            forget_busy(provider_id=connection.provider_id, source=calendar.source)
        forget_busy(provider_id=connection.provider_id, source=trouble.pause_source(connection.pk))
        Channel.objects.filter(connection=connection).update(calendar=None)
        rows.leave(connection.pk, now=now)

    write_path.transact(work)


def leave_all(*, now: datetime) -> None:
    """Disconnect everybody of this business; events stay in the calendars."""
    for connection in Connection.objects.exclude(state=State.LEAVING).order_by("provider_id"):
        leave(connection=connection, events_go=False, now=now)


def farewell(*, business: Business, connection_id: UUID, now: datetime) -> None:
    """Take our events out if so chosen, stop the channels, give the access back, forget everything.

    Access is given back only when no other connection, of any business, uses the account: it would end theirs, too.
    """
    connection = Connection.objects.filter(pk=connection_id, state=State.LEAVING).first()
    if connection is None:
        raise Drop("it is gone already")
    if connection.broken_at is None or now - connection.broken_at < PATIENCE:
        with leaving(connection) as account:
            _tidy(account, connection, now)
            _use_no_more(business, connection)
            _give_back(account, connection)
    _use_no_more(business, connection)
    connection.delete()


def _use_no_more(business: Business, connection: Connection) -> None:
    used = {"vendor": connection.vendor, "account": connection.account}
    grants.leave(**used, tenant_id=business.pk, holder=connection.pk)


def _give_back(account: Account, connection: Connection) -> None:
    try:
        with grants.ending(vendor=connection.vendor, account=connection.account) as unused:
            if unused:
                _patiently(account.revoke())
    except grants.Ending:
        raise NotNow("it is being given back already") from None


def _tidy(account: Account, connection: Connection, now: datetime) -> None:
    for channel in Channel.objects.filter(connection=connection, expires_at__gt=now).exclude(resource_id=""):
        _patiently(account.stop(channel.name, channel.resource_id))
        channel.delete()
    if connection.events_go:
        ahead = Mirror.objects.filter(connection=connection, starts_at__isnull=False, ends_at__gt=now)
        for mirror in ahead.select_related("calendar"):
            again = Mirror.objects.filter(event_id=mirror.event_id).exclude(connection__state=State.LEAVING)
            if not again.exists():  # else the account was connected again: the event is that connection's now
                _patiently(account.remove(mirror.calendar.external_id, mirror.event_id))
            mirror.delete()


def _patiently(answer: object) -> None:
    """Only what may still succeed is tried again; an account that is closed to us already is left as it is."""
    if isinstance(answer, Later):
        raise NotNow(answer.why)
