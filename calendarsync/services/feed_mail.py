"""Telling people that an outside feed does not work: the owners, and the provider whose times it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calendarsync.emails import feeds
from calendarsync.services.subscriptions import said
from daybook.core.mail import Outcome, send
from daybook.core.outbox import GiveUp
from tenants.enums import Role
from tenants.selectors import business_url, members

if TYPE_CHECKING:
    from calendarsync.models import Subscription
    from tenants.models import Business


class NotSent(Exception):
    """The mail server did not take a mail; the outbox tries again."""


def tell_broken(business: Business, row: Subscription) -> None:
    """One mail to each of them. Raises NotSent when it has to be tried again; a copy has the same Message-ID."""
    url = business_url(business, f"/dashboard/team/{row.provider_id}/calendars/")
    outcomes = []
    for to in _recipients(business, row):
        letter = feeds.broken(business, row, to=to, url=url, problem=said(row.problem, row.status))
        outcomes.append(send(letter))
    if lost := [one for one in outcomes if one.outcome in (Outcome.FAILED, Outcome.UNKNOWN)]:
        raise NotSent(lost[0].detail)
    if outcomes and all(one.outcome == Outcome.REFUSED for one in outcomes):
        raise GiveUp(outcomes[0].detail)


def _recipients(business: Business, row: Subscription) -> list[str]:
    team = [one for one in members(business) if one.active and one.user.is_active]
    concerned = [one.user.email for one in team if one.role == Role.OWNER or one.provider_id == row.provider_id]
    addresses = [*concerned, row.provider.email]
    return list(dict.fromkeys(address.lower() for address in addresses if address))
