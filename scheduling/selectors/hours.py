"""Reading when providers are there: weekly rules and date overrides."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from daybook.core.errors import NotFound
from scheduling.enums import OverrideKind
from scheduling.models import AvailabilityRule, DateOverride, Provider, Service


def rules_of(*, provider: Provider | None = None, service: Service | None = None) -> QuerySet[AvailabilityRule]:
    """One list of weekly rules: all of a provider's, a service's for any provider, or (neither) the business's."""
    if provider is not None:
        return AvailabilityRule.objects.filter(provider=provider)
    if service is not None:
        return AvailabilityRule.objects.filter(provider__isnull=True, service=service)
    return AvailabilityRule.objects.filter(provider__isnull=True, service__isnull=True)


def has_hours() -> bool:
    """Whether anybody, any service or the business has weekly hours. 1 query."""
    return AvailabilityRule.objects.exists()


def overrides(
    *, first: date | None = None, last: date | None = None, provider_id: UUID | None = None, kind: str = ""
) -> QuerySet[DateOverride]:
    """Overrides that touch the local dates from `first` to `last`; of one provider: the whole business's, too."""
    found = DateOverride.objects.select_related("provider").order_by("date", "start_minute", "id")
    if first is not None:
        found = found.filter(Q(end_date__isnull=True, date__gte=first) | Q(end_date__gte=first))
    if last is not None:
        found = found.filter(date__lte=last)
    if provider_id is not None:
        found = found.filter(Q(provider_id=provider_id) | Q(provider__isnull=True))
    return found.filter(kind=kind) if kind else found


def access_override(override_id: UUID) -> DateOverride:
    """The override, else NotFound."""
    found = DateOverride.objects.select_related("provider").filter(pk=override_id).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class DayState:
    """A local date of a provider (or the business): its weekly hours, and what differs from them.

    `others` are the overrides of single providers on a date of the business.
    """

    day: date
    weekly: tuple[AvailabilityRule, ...]
    overrides: tuple[DateOverride, ...]
    others: tuple[DateOverride, ...]

    @property
    def mark(self) -> str:
        """The most particular thing about the date: closed, part (closed for hours), special, off (no hours) or none."""
        kinds = {(o.kind, o.start_minute is None) for o in self.overrides}
        if (OverrideKind.BLOCKED.value, True) in kinds:
            return "closed"
        if any(kind == OverrideKind.EXCEPTION for kind, _whole in kinds):
            return "special"
        if kinds:
            return "part"
        return "" if self.weekly else "off"


def days_between(first: date, last: date, *, provider_id: UUID | None) -> list[DayState]:
    """The dates from `first` to `last` with what is open and what is special about them. 2 queries."""
    rules = list(AvailabilityRule.objects.filter(Q(provider_id=provider_id) | Q(provider=None), service=None))
    found = list(overrides(first=first, last=last, provider_id=provider_id))
    return [_state(first + timedelta(days=n), rules, found, provider_id) for n in range((last - first).days + 1)]


def _state(day: date, rules: list[AvailabilityRule], found: list[DateOverride], provider_id: UUID | None) -> DayState:
    in_effect = [rule for rule in rules if _holds_on(rule, day)]
    own = [rule for rule in in_effect if provider_id and rule.provider_id == provider_id]
    level = own or [rule for rule in in_effect if rule.provider_id is None]
    here = [o for o in found if o.date <= day <= (o.end_date or o.date)]
    return DayState(
        day,
        tuple(rule for rule in level if rule.weekday == day.isoweekday() % 7),
        tuple(o for o in here if o.provider_id in (None, provider_id)),
        tuple(o for o in here if provider_id is None and o.provider_id is not None),
    )


def _holds_on(rule: AvailabilityRule, day: date) -> bool:
    since, until = rule.effective_from, rule.effective_to
    return (since is None or since <= day) and (until is None or day <= until)
