"""Saving a service from its page, with a heading made on the way, and putting services and people in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.db import transaction

from daybook.core.ids import new_id
from scheduling.models import AvailabilityRule, Category, Provider, Service
from scheduling.services.offer import Link, ServiceFields, change_service, make_category, make_service

if TYPE_CHECKING:
    from tenants.models import Business

T = TypeVar("T", Service, Provider, Category)


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


def place_service(service: Service, place: int) -> int:
    """Put a service in this place (from 0) among those under the same heading; answers where it was."""
    with transaction.atomic():
        rows = list(Service.objects.select_for_update().order_by("position", "created_at", "id"))
        group = [row.pk for row in rows if row.category_id == service.category_id]
        former = _place(rows, group, service.pk, place)
        Service.objects.bulk_update(_numbered(rows), ["position"])
    return former


def place_provider(provider: Provider, place: int) -> int:
    """Put a provider in this place of the team; answers where they were."""
    with transaction.atomic():
        rows = list(Provider.objects.select_for_update().order_by("position", "created_at", "id"))
        former = _place(rows, [row.pk for row in rows], provider.pk, place)
        Provider.objects.bulk_update(_numbered(rows), ["position"])
    return former


def place_category(category: Category, place: int) -> int:
    """Put a heading in this place; answers where it was."""
    with transaction.atomic():
        rows = list(Category.objects.select_for_update().order_by("position", "name", "id"))
        former = _place(rows, [row.pk for row in rows], category.pk, place)
        Category.objects.bulk_update(_numbered(rows), ["position"])
    return former


def move_service(service: Service, *, by: int) -> None:
    """Move a service up (-1) or down (1) among those under the same heading; at the end nothing happens."""
    with transaction.atomic():
        rows = Service.objects.select_for_update().filter(category=service.category)
        group = list(rows.order_by("position", "created_at", "id").values_list("pk", flat=True))
        place_service(service, max(0, group.index(service.pk) + by))


def move_provider(provider: Provider, *, by: int) -> None:
    """Move a provider up (-1) or down (1) in the team; at the end nothing happens."""
    with transaction.atomic():
        rows = Provider.objects.select_for_update().order_by("position", "created_at", "id")
        place_provider(provider, max(0, list(rows.values_list("pk", flat=True)).index(provider.pk) + by))


def copy_service(service: Service, *, business: Business, name: str) -> Service:
    """Another service with the same fields, providers and hours, switched off, right behind the first."""
    values: dict[str, Any] = {field: getattr(service, field) for field in ServiceFields.__annotations__}
    for field in ("name", "active", "position", "slug"):
        values.pop(field, None)
    links = [Link(x.provider_id, x.price, x.duration_minutes) for x in service.links.all()]
    with transaction.atomic():
        made = make_service(business=business, providers=links, name=name, active=False, **values)
        rules = list(AvailabilityRule.objects.filter(service=service))
        for rule in rules:
            rule.pk, rule.service = new_id(), made
        AvailabilityRule.objects.bulk_create(rules)
        rows = Service.objects.filter(category=service.category).order_by("position", "created_at", "id")
        place_service(made, list(rows.values_list("pk", flat=True)).index(service.pk) + 1)
    return made


def _place(rows: list[T], group: Sequence[UUID], pk: UUID, place: int) -> int:
    """Put the one with `pk` in its new place within the group, whose members keep the group's places."""
    former = group.index(pk)
    order = [key for key in group if key != pk]
    order.insert(min(place, len(order)), pk)
    known = {row.pk: row for row in rows}
    slots = [number for number, row in enumerate(rows) if row.pk in set(group)]
    for slot, key in zip(slots, order, strict=True):
        rows[slot] = known[key]
    return former


def _numbered(rows: list[T]) -> list[T]:
    for position, row in enumerate(rows):
        row.position = position
    return rows
