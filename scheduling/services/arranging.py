"""Saving a service from its page, with a heading made on the way, and putting services and people in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.db import transaction

from scheduling.models import Category, Provider, Service
from scheduling.services.offer import Link, ServiceFields, change_service, make_category, make_service

if TYPE_CHECKING:
    from tenants.models import Business

T = TypeVar("T", Service, Provider)


def save_service(
    service: Service | None,
    *,
    business: Business,
    values: ServiceFields,
    providers: Iterable[Link] | None = None,
    new_category: str = "",
) -> Service:
    """Make (None) or change a service. `new_category` puts it under that heading, made when there is none of the name."""
    with transaction.atomic():
        if new_category:
            found = Category.objects.filter(name__iexact=new_category).first()
            values = {**values, "category_id": (found or make_category(name=new_category)).pk}
        if service is None:
            return make_service(business=business, providers=providers, **values)
        return change_service(service, providers=providers, **values)


def move_service(service: Service, *, by: int) -> None:
    """Move a service up (-1) or down (1) among those under the same heading; at the end nothing happens."""
    with transaction.atomic():
        rows = list(Service.objects.select_for_update().order_by("position", "created_at", "id"))
        group = [row.pk for row in rows if row.category_id == service.category_id]
        _swap(rows, group, service.pk, by)
        Service.objects.bulk_update(_numbered(rows), ["position"])


def move_provider(provider: Provider, *, by: int) -> None:
    """Move a provider up (-1) or down (1) in the team; at the end nothing happens."""
    with transaction.atomic():
        rows = list(Provider.objects.select_for_update().order_by("position", "created_at", "id"))
        _swap(rows, [row.pk for row in rows], provider.pk, by)
        Provider.objects.bulk_update(_numbered(rows), ["position"])


def _swap(rows: list[T], group: Sequence[UUID], pk: UUID, by: int) -> None:
    """Exchange the one with `pk` and its neighbour within the group."""
    place = group.index(pk) + by
    if not 0 <= place < len(group):
        return
    ids = [row.pk for row in rows]
    here, there = ids.index(pk), ids.index(group[place])
    rows[here], rows[there] = rows[there], rows[here]


def _numbered(rows: list[T]) -> list[T]:
    for position, row in enumerate(rows):
        row.position = position
    return rows
