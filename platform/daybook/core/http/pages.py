"""Lists in pages: `{"items": […], "pagination": {"page", "limit", "total", "total_pages"}}`."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
T = TypeVar("T")


def page_of(rows: QuerySet[M], describe: Callable[[M], dict[str, Any]], *, page: int, limit: int) -> dict[str, Any]:
    """One page of described rows. A page beyond the last is empty. One query for the count, besides the rows' own."""
    total, first = rows.count(), (page - 1) * limit
    found = list(rows[first : first + limit]) if first < total else []
    return _answer([describe(row) for row in found], page=page, limit=limit, total=total)


def part_of(things: Sequence[T], describe: Callable[[T], dict[str, Any]], *, page: int, limit: int) -> dict[str, Any]:
    """One page of a list that was read whole because it is short."""
    first = (page - 1) * limit
    items = [describe(thing) for thing in things[first : first + limit]]
    return _answer(items, page=page, limit=limit, total=len(things))


def _answer(items: list[dict[str, Any]], *, page: int, limit: int, total: int) -> dict[str, Any]:
    pages = -(-total // limit)
    return {"items": items, "pagination": {"page": page, "limit": limit, "total": total, "total_pages": pages}}
