"""Asking an outside feed, and keeping what it says: the network first, then one short transaction.

A feed that fails keeps what is known. Only times are kept of what it says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zlib import crc32

from django.conf import settings
from django.db import transaction

from calendarsync.domain.feeds import LAID_OUT_FOR, joined, must_tell, next_look
from calendarsync.enums import FeedState, Problem
from calendarsync.gateways.ics.apart import read_apart
from calendarsync.gateways.ics.fetching import SECONDS, Failed, Fetched, Unchanged, fetch
from calendarsync.gateways.ics.reading import Reading, Wanted
from calendarsync.gateways.ics.texts import NotCalendar, TooMuch
from calendarsync.models import Subscription
from calendarsync.selectors.feeds import mirrored
from calendarsync.services import feed_rows
from scheduling.documents import block_of
from scheduling.selectors.availability import zone_of
from scheduling.selectors.publishing import blocks_of, farthest_days
from scheduling.services.busy import Busy, replace_busy
from tenants.selectors import members

if TYPE_CHECKING:
    from scheduling.models import Provider
    from tenants.models import Business

MARGIN = timedelta(days=2)
STAMPS = re.compile(rb"^DTSTAMP[:;][^\r\n]*", re.MULTILINE)
"""Google says in every entry when it was asked, so that no two answers are the same."""
AT_GOOGLE = "@google.com"
"""How the UIDs of Google's events end, those that Daybook made there among them."""
WHEN_IN_TROUBLE = 5.0
"""Seconds for a feed that failed the last time: many of them must not keep a worker from what others wait for."""
LEAST_DAYS = 31
"""So far ahead a feed is read at least, whatever can be booked."""


class Overtaken(Exception):
    """The feed was removed, paused, or asked again while this answer was on its way."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a feed said: the times, entries that could not be read, and how to ask for the next version."""

    times: tuple[Busy, ...]
    skipped: int
    etag: str
    last_modified: str
    content: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a feed's last version; nothing, to have all of it sent and counted again."""

    etag: str = ""
    last_modified: str = ""
    content: str = ""


def ask(
    business: Business, provider: Provider, url: str, *, known: Known, now: datetime, seconds: float = SECONDS
) -> Found | Unchanged | Failed:
    """Ask the feed, and find out when the provider is busy. No transaction may be open."""
    answer = fetch(url, etag=known.etag, last_modified=known.last_modified, seconds=seconds)
    if not isinstance(answer, Fetched):
        return answer
    content = hashlib.sha256(STAMPS.sub(b"", answer.body)).hexdigest()
    if content == known.content:
        return Unchanged()
    try:
        reading = read_apart(answer.body, _wanted(business, provider, now))
    except NotCalendar:
        return Failed(Problem.NOT_CALENDAR)
    except TooMuch:
        return Failed(Problem.TOO_MUCH)
    times = tuple(Busy(start, end) for start, end in joined(_without_ours(provider.pk, reading)))
    return Found(times, reading.skipped, answer.etag, answer.last_modified, content)


def _wanted(business: Business, provider: Provider, now: datetime) -> Wanted:
    """From yesterday, for what began then may go on, to the last day that can be booked."""
    own = [member.user.email for member in members(business) if member.provider_id == provider.pk]
    return Wanted(
        zone=zone_of(business, None, provider),
        since=(now - MARGIN).replace(second=0, microsecond=0),
        until=(now + timedelta(days=max(farthest_days(), LEAST_DAYS)) + MARGIN).replace(second=0, microsecond=0),
        me=frozenset(address.lower() for address in [provider.email, *own] if address),
        ours=(f"@{settings.BASE_DOMAIN}", AT_GOOGLE),
    )


def _without_ours(provider_id: UUID, reading: Reading) -> Iterable[tuple[datetime, datetime]]:
    """What is not the provider's own appointment that came back: those close their times already."""
    uids = {span.uid for span in reading.spans if span.uid}
    blocks = {uid: block for uid in uids if (block := block_of(uid)) is not None}
    known = blocks_of(provider_id, set(blocks.values()))
    ours = {uid for uid, block in blocks.items() if block in known} | mirrored(provider_id, uids, AT_GOOGLE)
    return [(span.start, span.end) for span in reading.spans if span.uid not in ours]


def refresh(
    business: Business, subscription: Subscription, *, now: datetime, seconds: float | None = None
) -> Subscription:
    """Ask now, and keep what it says; answers the subscription as it is then. Raises Overtaken."""
    seconds = seconds or (WHEN_IN_TROUBLE if subscription.failures else SECONDS)
    answer = ask(business, subscription.provider, subscription.url, known=_known(subscription, now), now=now,
                 seconds=seconds)  # fmt: skip
    if isinstance(answer, Found):
        replace_busy(
            provider_id=subscription.provider_id,
            source=subscription.source,
            title=subscription.name,
            times=answer.times,
            finish=lambda _added: _keep(subscription, answer, now),
        )
    else:
        with transaction.atomic():
            _keep(subscription, answer, now)
    return Subscription.objects.select_related("provider").get(pk=subscription.pk)


def _known(subscription: Subscription, now: datetime) -> Known:
    """Once a day nothing counts as known: the horizon has moved on, and of the content only the times were kept."""
    if subscription.laid_out_at is None or now - subscription.laid_out_at >= LAID_OUT_FOR:
        return Known()
    return Known(subscription.etag, subscription.last_modified, subscription.content)


def _keep(asked: Subscription, answer: Found | Unchanged | Failed, now: datetime) -> None:
    row = Subscription.objects.select_for_update().filter(pk=asked.pk).first()
    if row is None or row.state != FeedState.ACTIVE or row.turn != asked.turn:
        raise Overtaken
    row.asked_at = now
    if isinstance(answer, Failed):
        failed(row, answer, now)
    else:
        went_well(row, answer, now)
    row.save()


def went_well(row: Subscription, answer: Found | Unchanged, now: datetime) -> None:
    """Note that the feed could be read, and when to ask again."""
    row.problem, row.status, row.failures, row.failing_since, row.told_at = Problem.NONE, 0, 0, None, None
    row.read_at, row.next_at = now, next_look(now, failures=0, wait=0, salt=_salt(row))
    if isinstance(answer, Found):
        row.busy, row.skipped, row.laid_out_at = len(answer.times), answer.skipped, now
        row.etag, row.last_modified, row.content = answer.etag, answer.last_modified, answer.content


def failed(row: Subscription, answer: Failed, now: datetime) -> None:
    """Note that it could not, when to ask again, and after a day whom to tell."""
    row.problem, row.status, row.failures = answer.problem, answer.status, row.failures + 1
    row.failing_since = row.failing_since or now
    row.next_at = next_look(now, failures=row.failures, wait=answer.wait, salt=_salt(row))
    if must_tell(now, failing_since=row.failing_since, told_at=row.told_at):
        row.told_at = now
        feed_rows.tell(row, now=now)


def _salt(row: Subscription) -> int:
    return crc32(row.pk.bytes)
