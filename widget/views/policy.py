"""The rules for changing and cancelling, before anything is booked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.selectors.accounts import ready_account
from billing.selectors.policies import policy_in_words
from billing.services.terms import policy_of
from daybook.core import formats
from scheduling.enums import Visibility

if TYPE_CHECKING:
    from scheduling.models import Service
    from tenants.models import Business


def rules(business: Business) -> list[str]:
    """Until when clients may cancel and reschedule online."""
    cancel, move = business.cancel_cutoff_minutes, business.reschedule_cutoff_minutes
    if not cancel and not move:
        return [_("You can change or cancel online until the start.")]
    if cancel == move:
        return [
            _("You can change or cancel online until %(time)s before the start.") % {"time": formats.duration(cancel)}
        ]
    return [
        _("You can reschedule online until %(time)s before the start.") % {"time": formats.duration(move)},
        _("You can cancel online until %(time)s before the start.") % {"time": formats.duration(cancel)},
    ]


def address(service: Service) -> str:
    """The page with the rules that hold for a service; the business's where the service is not shown to clients."""
    if not service.active or service.visibility == Visibility.STAFF:
        return "/policy"
    return f"/policy?{urlencode({'service': service.slug})}"


def paid_rules(business: Business, service: Service | None = None) -> list[str]:
    """What cancelling (this service) costs who paid online or left a card; empty while nobody can. 3 queries."""
    if ready_account(business) is None:
        return []
    found = policy_of(business, service.pk if service else None)
    to_the_start = any(tier["hours_before_start"] == 0 for tier in found["tiers"])
    later = (
        _("If you do not come: the whole price") if to_the_start else _("Later, or if you do not come: the whole price")
    )
    return [*policy_in_words(found, currency=business.currency, language=get_language()), later]


def words(business: Business) -> str:
    """The rules in one sentence, beside a service."""
    least = max(business.cancel_cutoff_minutes, business.reschedule_cutoff_minutes)
    if not least:
        return _("Free to change or cancel until the start")
    return _("Free to change or cancel until %(time)s before") % {"time": formats.duration(least)}
