"""Which outside calendars go with a member who leaves: those of the person, as far as anybody can know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calendarsync.enums import FeedState
from calendarsync.models import Connection, Feed, Subscription
from calendarsync.selectors.accounts import connections

if TYPE_CHECKING:
    from uuid import UUID

    from tenants.models import Membership


@dataclass(frozen=True, slots=True)
class Departing:
    """What goes with one member; `feeds` are addresses that he knows, `subscriptions` those that are his alone."""

    connections: list[Connection]
    feeds: list[Feed]
    subscriptions: list[Subscription]

    def __bool__(self) -> bool:
        return bool(self.connections or self.feeds or self.subscriptions)


def departing(leavers: Iterable[Membership], team: Iterable[Membership]) -> dict[UUID, Departing]:
    """What would go with each of these members, by their ids. 4 queries, however many.

    A Google account with the member's own address is his, and that of the provider who he is. So is what else that
    provider listens to. Where another active member is the same provider, that one keeps the account if it is his by
    its address or by the name of who connected it, and what is listened to.
    """
    accounts = list(connections())
    feeds = list(Feed.objects.select_related("provider"))
    listened = list(Subscription.objects.filter(state=FeedState.ACTIVE).select_related("provider").defer("url"))
    active = [one for one in team if one.active]
    found = {}
    for leaver in leavers:
        own = leaver.provider_id
        others = [one for one in active if own and one.provider_id == own and one.pk != leaver.pk]
        found[leaver.pk] = Departing(
            [one for one in accounts if _goes(one, leaver, others)],
            [one for one in feeds if one.provider_id == own],
            [one for one in listened if one.provider_id == own and not others],
        )
    return found


def _goes(connection: Connection, leaver: Membership, others: list[Membership]) -> bool:
    account = connection.account.lower()
    if account == leaver.user.email.lower():
        return True
    if connection.provider_id != leaver.provider_id:
        return False
    names = {one.user.get_full_name()[:100] for one in others}
    return connection.connected_by not in names and account not in {one.user.email.lower() for one in others}
