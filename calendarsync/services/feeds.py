"""A provider's own feed: made when asked for, at an address that nobody can guess."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from calendarsync.enums import Privacy
from calendarsync.models import Feed
from daybook.core import audit
from daybook.core.crypto import derive_token, digest
from tenants.selectors import client_url

if TYPE_CHECKING:
    from django.http import HttpRequest

    from daybook.core.actors import Actor
    from scheduling.models import Provider
    from tenants.models import Business

NOTED_EVERY = timedelta(minutes=10)
"""How exactly it is kept when a feed was last read."""


def token(business: Business, feed: Feed) -> str:
    """The secret of the feed's address, until it is renewed."""
    return derive_token(business.pk, feed.pk, "calendar feed", feed.generation)


def address(business: Business, feed: Feed) -> str:
    """Where other calendars read the feed: on the business's own domain, if it has one."""
    return client_url(business, f"/calendar/{token(business, feed)}.ics")


def switch_on(
    *, business: Business, provider: Provider, now: datetime, by: Actor, request: HttpRequest | None = None
) -> Feed:
    """The provider's feed, made if there is none."""
    with transaction.atomic():
        feed = Feed.objects.filter(provider_id=provider.pk).first()
        if feed is not None:
            return feed
        feed = Feed(provider_id=provider.pk, made_at=now)
        feed.digest = digest(token(business, feed))
        made, fresh = Feed.objects.get_or_create(
            provider_id=provider.pk, defaults={"id": feed.pk, "digest": feed.digest, "made_at": now}
        )
        if fresh:
            _note(business, provider, "calendar_feed.switched_on", by, request)
    return made


def renew(*, business: Business, provider: Provider, by: Actor, request: HttpRequest | None = None) -> None:
    """Give the feed a new address: the old one leads nowhere any more. Without a feed nothing happens."""
    with transaction.atomic():
        feed = Feed.objects.select_for_update().filter(provider_id=provider.pk).first()
        if feed is not None:
            feed.generation += 1
            feed.digest, feed.read_at = digest(token(business, feed)), None
            feed.save(update_fields=["generation", "digest", "read_at"])
            _note(business, provider, "calendar_feed.renewed", by, request)


def switch_off(*, business: Business, provider: Provider, by: Actor, request: HttpRequest | None = None) -> None:
    """No feed any more. Switched on again it has another address."""
    with transaction.atomic():
        if Feed.objects.filter(provider_id=provider.pk).delete()[0]:
            _note(business, provider, "calendar_feed.switched_off", by, request)


def tell(
    *, business: Business, provider: Provider, privacy: Privacy, by: Actor, request: HttpRequest | None = None
) -> None:
    """Set how much the feed tells of an appointment."""
    with transaction.atomic():
        feed = Feed.objects.select_for_update().filter(provider_id=provider.pk).first()
        if feed is not None and feed.privacy != privacy:
            former, feed.privacy = feed.privacy, privacy
            feed.save(update_fields=["privacy"])
            change = ({"privacy": former}, {"privacy": str(privacy)})
            _note(business, provider, "calendar_feed.changed", by, request, *change)


def was_read(feed: Feed, *, content: str, at: datetime) -> datetime:
    """Note that the feed was read with this content (a digest), at an instant of real time; answers since when it is so.

    Two different contents never have the same second: what a reader asks by is a date in whole seconds.
    """
    if feed.content != content or feed.changed_at is None:
        second = at.replace(microsecond=0)
        changed = second if feed.changed_at is None else max(second, feed.changed_at + timedelta(seconds=1))
        other = Feed.objects.filter(pk=feed.pk, digest=feed.digest).exclude(content=content)
        other.update(content=content, changed_at=changed, read_at=at)
        return changed
    if feed.read_at is None or feed.read_at < at - NOTED_EVERY:
        Feed.objects.filter(Q(read_at=None) | Q(read_at__lt=at), pk=feed.pk).update(read_at=at)
    return feed.changed_at


def _note(
    business: Business, provider: Provider, action: str, by: Actor, request: HttpRequest | None,
    before: dict[str, str] | None = None, after: dict[str, str] | None = None,
) -> None:  # fmt: skip
    line = audit.Line(action, "provider", provider.pk, provider.name, before, after)
    audit.record(line, tenant_id=business.pk, by=by, request=request)
