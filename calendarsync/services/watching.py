"""Channels: the vendor tells us at an address that a calendar has changed. Each ends by itself and is followed by another.

A notification says nothing but "look": it marks the calendar, however many come. Lost ones are made up for by reading
every quarter of an hour anyway.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from calendarsync.enums import State
from calendarsync.gateways.base import AuthLost, CalendarLost, Later, Refused, Stopped, Watched
from calendarsync.models import Calendar, Channel
from calendarsync.services import rows
from calendarsync.services.accounts import NotNow, fail, leaving, opened
from calendarsync.services.reading import mark_dirty
from daybook.core import crypto
from daybook.core.outbox import Drop

EARLY = timedelta(hours=24)
"""How long before its end a channel is followed by another; a quarter of its life if that is shorter."""
UNKNOWN = timedelta(minutes=10)
"""Until the vendor has said how long it lives."""


def needs_channel(calendar: Calendar, *, now: datetime) -> bool:
    """Whether no channel of the calendar lasts long enough."""
    newest = calendar.channels.order_by("-expires_at").first()
    if newest is None:
        return True
    life = newest.expires_at - newest.opened_at
    return newest.expires_at - min(EARLY, life / 4) <= now


def open_channel(*, business_id: UUID, calendar_id: UUID, now: datetime) -> None:
    """Open a channel, then have the former ones stopped: for a moment both speak, and nothing is missed."""
    calendar = Calendar.objects.select_related("connection").filter(pk=calendar_id, gone_at__isnull=True).first()
    if calendar is None or calendar.connection.state != State.ACTIVE or not needs_channel(calendar, now=now):
        raise Drop("no channel is needed")
    token = secrets.token_urlsafe(32)
    channel = Channel.objects.create(
        name=f"{business_id.hex}-{secrets.token_urlsafe(20)}",
        connection=calendar.connection,
        calendar=calendar,
        token_digest=crypto.digest(token),
        opened_at=now,
        expires_at=now + UNKNOWN,
    )
    with opened(calendar.connection) as account:
        answer = account.watch(
            calendar.external_id, channel=channel.name, token=token, address=settings.GOOGLE_WEBHOOK_URL
        )
    if not isinstance(answer, Watched):
        _never_opened(channel, answer, now)
        fail(answer, calendar.connection, calendar, now=now)
    Channel.objects.filter(pk=channel.pk).update(resource_id=answer.resource_id, expires_at=answer.expires_at)
    retire(Channel.objects.filter(calendar=calendar).exclude(pk=channel.pk).values_list("name", flat=True), now=now)


def _never_opened(channel: Channel, answer: object, now: datetime) -> None:
    """After a definite refusal there is no channel; with an unknown outcome it may speak, and ends by itself."""
    if isinstance(answer, Later):
        retire([channel.name], now=now)
    else:
        channel.delete()


def retire(channels: Iterable[str], *, now: datetime) -> None:
    """Listen to these channels no more, and have the vendor stop them."""
    names = list(channels)
    with transaction.atomic():
        Channel.objects.filter(name__in=names).update(calendar=None)
        rows.hush(names, now=now)


def hush(*, channel: str, now: datetime) -> None:
    """Stop a channel at the vendor and forget it. One whose access is lost, or that has ended, is just forgotten."""
    found = Channel.objects.select_related("connection").filter(name=channel, calendar__isnull=True).first()
    if found is None:
        raise Drop("nobody listens to it any more")
    if found.resource_id and found.expires_at > now:
        with leaving(found.connection) as account:
            answer = account.stop(found.name, found.resource_id)
        if not isinstance(answer, Stopped | AuthLost | CalendarLost | Refused):
            raise NotNow(answer.why)
    found.delete()


def heard(*, channel: str, token: str, state: str, number: int, now: datetime) -> bool:
    """A notification of this business's channel. True when it was genuine; only then it may have an effect.

    The first one of a channel (`sync`) and those heard before say nothing new.
    """
    found = Channel.objects.select_related("calendar__connection").filter(name=channel).first()
    if found is None or not crypto.matches(token, found.token_digest):
        return False
    fresh = Channel.objects.filter(pk=found.pk, last_message__lt=number).update(last_message=number)
    calendar = found.calendar
    if fresh and state != "sync" and calendar is not None and calendar.connection.state == State.ACTIVE:
        mark_dirty(calendar, now=now)
    return True
