"""Reading when providers are there: weekly rules and date overrides."""

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from daybook.core.errors import NotFound
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
