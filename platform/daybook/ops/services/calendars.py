"""What operators do about outside calendars: see how they stand, compare them with what is booked, read them anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django_tenants.utils import tenant_context

from calendarsync.selectors.accounts import Standing, standings
from calendarsync.services import checking
from calendarsync.services.checking import Difference
from tenants.selectors import businesses_with_data

if TYPE_CHECKING:
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Line:
    """A connection of a business, with how it stands."""

    business: Business
    standing: Standing


def health(business: Business | None = None) -> Iterator[Line]:
    """Every connection of one business or all."""
    for one in [business] if business else businesses_with_data():
        with tenant_context(one):
            found = list(standings().values())
        yield from (Line(one, standing) for standing in found)


def differences(business: Business | None, *, now: datetime) -> Iterator[tuple[Business, Difference]]:
    """Where a calendar does not say what is booked. Asks the vendors, changes nothing."""
    for one in [business] if business else businesses_with_data():
        with tenant_context(one):
            found = list(checking.differences(business=one, now=now))
        yield from ((one, difference) for difference in found)


def resync(business: Business | None, *, whole: bool, now: datetime) -> int:
    """Ask for every calendar to be read, and every event to be compared; answers how many connections."""
    count = 0
    for one in [business] if business else businesses_with_data():
        with tenant_context(one):
            count += checking.resync(whole=whole, now=now)
    return count
