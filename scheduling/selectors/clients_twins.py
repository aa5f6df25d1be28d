"""Who may be the same person twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from scheduling.models import Client


@dataclass(frozen=True, slots=True)
class Twins:
    """A client marked for a look, and who has the same phone or name."""

    client: Client
    others: list[Client]


def marked() -> QuerySet[Client]:
    """Clients marked as possible duplicates, by name."""
    return Client.objects.filter(possible_duplicate=True, erased_at__isnull=True).order_by("name", "id")


def twins(rows: Sequence[Client]) -> list[Twins]:
    """Each of these with those who have his phone (first) or name. 1 query."""
    phones, names = {row.phone for row in rows if row.phone}, {row.name.lower() for row in rows}
    same = Client.objects.filter(erased_at__isnull=True).annotate(folded=Lower("name"))
    found: list[Client] = list(
        same.filter(Q(phone__in=phones) | Q(folded__in=names)).order_by("created_at", "id")[:500]
    )
    return [Twins(row, _of(row, found)) for row in rows]


def _of(row: Client, found: list[Client]) -> list[Client]:
    others = [other for other in found if other.pk != row.pk]
    by_phone = [other for other in others if row.phone and other.phone == row.phone]
    by_name = [other for other in others if other.name.lower() == row.name.lower() and other not in by_phone]
    return by_phone + by_name
