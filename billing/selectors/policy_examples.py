"""A policy shown with real dates: what somebody who booked a certain time gets back, until when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from billing.domain import policies
from billing.domain.cancelling import fee
from billing.domain.policies import NOTHING_KEPT, Tier
from daybook.core.formats import clock, day, money

EXAMPLE_DAYS, EXAMPLE_HOUR = 8, 10


@dataclass(frozen=True, slots=True)
class Examples:
    """`title` names the time that is taken as an example; `lines` say what happens when."""

    title: str
    lines: list[str]


def example_start(now: datetime, zone: str) -> datetime:
    """The time that examples speak of: half past ten in eight days, on the business's clock."""
    local = now.astimezone(ZoneInfo(zone)) + timedelta(days=EXAMPLE_DAYS)
    return local.replace(hour=EXAMPLE_HOUR, minute=30, second=0, microsecond=0)


def examples(
    tiers: Sequence[Tier], *, start: datetime, price: int, currency: str, zone: str, language: str | None,
    cancel_cutoff_minutes: int, reschedule_cutoff_minutes: int,
) -> Examples:  # fmt: skip
    """What the policy means for somebody who paid `price` (minor units) for an appointment at `start`."""

    def at(instant: datetime) -> str:
        return f"{day(instant.astimezone(ZoneInfo(zone)).date(), language)}, {clock(instant, zone, language)}"

    def amount(minor: int) -> str:
        return money(minor, currency, language)

    ordered = sorted(tiers, key=lambda tier: -tier.hours_before_start)
    lines = [_line(tier, price, at(_before(start, tier.hours_before_start * 60)), amount) for tier in ordered]
    if not ordered or ordered[-1].hours_before_start > 0:
        lines.append(_("Cancel later: nothing goes back."))
    lines.append(
        _("Not coming costs %(fee)s in all, charged to the card that was kept.")
        % {"fee": amount(fee(price, NOTHING_KEPT))}
    )
    lines.append(
        _("Online, clients can cancel until %(cancel)s and reschedule until %(move)s; you can always.")
        % {"cancel": at(_before(start, cancel_cutoff_minutes)), "move": at(_before(start, reschedule_cutoff_minutes))}
    )
    title = _("Booked for %(when)s, %(price)s paid") % {"when": at(start), "price": amount(price)}
    return Examples(title, lines)


def _line(tier: Tier, price: int, when: str, amount: Callable[[int], str]) -> str:
    back = policies.refund(price, tier)
    values = {"when": when, "back": amount(back), "kept": amount(price - back)}
    if back == price:
        return _("Cancel by %(when)s for a full refund.") % values
    if back:
        return _("Cancel by %(when)s: %(back)s goes back, you keep %(kept)s.") % values
    return _("Cancel by %(when)s: nothing goes back.") % values


def _before(start: datetime, minutes: int) -> datetime:
    """So many elapsed minutes before."""
    return start.astimezone(ZoneInfo("UTC")) - timedelta(minutes=minutes)
