"""Reading feeds: a provider's own by its address, and those that he listens to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from calendarsync.enums import FeedState
from calendarsync.models import Feed, Mirror, Subscription
from daybook.core.crypto import digest
from daybook.core.errors import NotFound
from scheduling.selectors.publishing import next_busy


def access_feed(token: str) -> Feed:
    """The feed at a secret address, with its `provider`, else NotFound. 1 query."""
    found = Feed.objects.select_related("provider").filter(digest=digest(token)).first()
    if found is None:
        raise NotFound()
    return found


def feed_of(provider_id: UUID) -> Feed | None:
    """The provider's own feed, if he has one. 1 query."""
    return Feed.objects.filter(provider_id=provider_id).first()


def access_subscription(provider_id: UUID, subscription_id: UUID) -> Subscription:
    """A feed that the provider listens to, else NotFound. 1 query."""
    found = Subscription.objects.filter(provider_id=provider_id, pk=subscription_id).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class Listened:
    """A feed that a provider listens to, with its next busy time."""

    subscription: Subscription
    next: tuple[datetime, datetime] | None


def listened(provider_id: UUID, *, now: datetime) -> list[Listened]:
    """All feeds that a provider listens to, in the order in which they came. 2 queries."""
    found = list(Subscription.objects.filter(provider_id=provider_id).defer("url"))
    ahead = next_busy([one.source for one in found], now=now)
    return [Listened(one, ahead.get(one.source)) for one in found]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many feeds a provider listens to, and how many of them need attention."""

    listened: int
    broken: int


def tallies() -> dict[UUID, Tally]:
    """The tally of every provider who listens to any feed. 1 query."""
    rows = Subscription.objects.values_list("provider_id", "told_at")
    found: dict[UUID, list[bool]] = {}
    for provider_id, told_at in rows:
        found.setdefault(provider_id, []).append(told_at is not None)
    return {provider_id: Tally(len(one), sum(one)) for provider_id, one in found.items()}


def any_listened() -> bool:
    """Whether any provider listens to a feed that is not paused. 1 query."""
    return Subscription.objects.filter(state=FeedState.ACTIVE).exists()


def any_published() -> bool:
    """Whether any provider has a feed of his own. 1 query."""
    return Feed.objects.exists()


def mirrored(provider_id: UUID, uids: Iterable[str], ending: str) -> set[str]:
    """Those of the UIDs that are events which we made in the provider's calendar. At most 1 query."""
    ids = [uid.removesuffix(ending) for uid in uids if uid.endswith(ending)]
    if not ids:
        return set()
    rows = Mirror.objects.filter(event_id__in=ids, connection__provider_id=provider_id)
    return {f"{event_id}{ending}" for event_id in rows.values_list("event_id", flat=True)}
