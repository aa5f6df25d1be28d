"""Replacing one part of a list of weekly hours: those of one service or period, the rest staying as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from daybook.core.errors import Invalid
from scheduling.models import AvailabilityRule, Provider, Service
from scheduling.selectors.hours import rules_of
from scheduling.services.hours import Hours, replace_rules

Period = tuple[date | None, date | None]
"""First and last local date, both included; (None, None): always."""
ALWAYS: Period = (None, None)


def replace_week(
    *,
    hours: Sequence[Hours],
    provider: Provider | None = None,
    service: Service | None = None,
    was: Period | None = ALWAYS,
    period: Period = ALWAYS,
) -> None:
    """Put `hours` in the place of those of the period `was` (None: of none), now in effect during `period`.

    Provider and service: his hours for that service only; one of them: his for all, or the service's for anybody;
    neither: the business's. No hours take the period away. Raises `Invalid` as `replace_rules` does.
    """
    with transaction.atomic():
        others = list(rules_of(provider=provider, service=service).select_for_update())
        own = [rule for rule in others if provider is None or rule.service_id == (service.pk if service else None)]
        if was != period and any(_period(rule) == period for rule in own):
            raise Invalid("period_exists", _("There are hours for these dates already. Change those."))
        gone = {rule.pk for rule in own if _period(rule) == was}
        first, last = period
        own_service = service.pk if provider is not None and service is not None else None
        edited = [replace(h, effective_from=first, effective_to=last, service_id=own_service) for h in hours]
        kept = [_hours(rule, provider) for rule in others if rule.pk not in gone]
        replace_rules(provider=provider, service=service if provider is None else None, hours=[*edited, *kept])


def clear_hours(*, provider: Provider | None = None, service: Service | None = None) -> None:
    """Take away all hours of this level, in every period: the next level's apply."""
    with transaction.atomic():
        if provider is None:
            replace_rules(service=service, hours=[])
            return
        key = service.pk if service else None
        kept = [_hours(rule, provider) for rule in rules_of(provider=provider) if rule.service_id != key]
        replace_rules(provider=provider, hours=kept)


def restore_week(*, hours: Sequence[Hours], provider: Provider | None = None, service: Service | None = None) -> None:
    """Put these hours, of every period, in the place of all that this level has."""
    with transaction.atomic():
        if provider is None:
            replace_rules(service=service, hours=hours)
            return
        key = service.pk if service else None
        kept = [_hours(rule, provider) for rule in rules_of(provider=provider) if rule.service_id != key]
        replace_rules(provider=provider, hours=[*(replace(h, service_id=key) for h in hours), *kept])


def _period(rule: AvailabilityRule) -> Period:
    return rule.effective_from, rule.effective_to


def _hours(rule: AvailabilityRule, provider: Provider | None) -> Hours:
    own = rule.service_id if provider is not None else None
    return Hours(
        rule.weekday, rule.start_minute, rule.end_minute, rule.effective_from, rule.effective_to, own
    )  # fmt: skip
