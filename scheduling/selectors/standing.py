"""How busy providers are around a start, to choose among them when the client has no wish."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Q

from scheduling.domain.ranking import Standing
from scheduling.domain.zones import local_date
from scheduling.enums import COUNTED, Status
from scheduling.models import Appointment
from scheduling.selectors.availability import Plan, to_minute

LOOK_BACK = timedelta(days=366)
"""How far back the last appointment is looked for; whoever has none within is idle longest."""


def standings(plan: Plan, start: datetime, *, now: datetime) -> list[Standing]:
    """One for each of the plan's providers, over all services; a class session counts once. 2 queries."""
    live = ~Q(status=Status.HELD) | Q(hold_expires_at__gt=now) | Q(checkout_open=True)
    rows = Appointment.objects.filter(
        live, provider__in=[seat.provider.pk for seat in plan.seats], status__in=COUNTED
    ).order_by()
    near = rows.filter(starts_at__gt=start - timedelta(days=2), starts_at__lt=start + timedelta(days=2))
    taken: dict[UUID, set[tuple[UUID, datetime]]] = defaultdict(set)
    for provider, block, at in near.values_list("provider", "block_id", "starts_at"):
        taken[provider].add((block, at))
    before = rows.filter(starts_at__gt=start - LOOK_BACK, ends_at__lte=start)
    idle = dict(before.values_list("provider").annotate(Max("ends_at")))
    return [
        Standing(
            provider=seat.provider.pk,
            appointments=_on_day(taken[seat.provider.pk], seat.zone, start),
            idle_since=to_minute(idle[seat.provider.pk]) if seat.provider.pk in idle else None,
            position=place,
        )
        for place, seat in enumerate(plan.seats)
    ]


def _on_day(taken: set[tuple[UUID, datetime]], zone: str, start: datetime) -> int:
    day = local_date(zone, to_minute(start))
    return sum(1 for _block, at in taken if local_date(zone, to_minute(at)) == day)
