"""Lists in pages: `{"items": […], "pagination": {"page", "limit", "total", "total_pages"}}`."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def page_of(rows: QuerySet[M], describe: Callable[[M], dict[str, Any]], *, page: int, limit: int) -> dict[str, Any]:
    """One page of described rows. A page beyond the last is empty. One query for the count, besides the rows' own."""
    total = rows.count()
    first = (page - 1) * limit
    items = [describe(row) for row in rows[first : first + limit]] if first < total else []
    return {
        "items": items,
        "pagination": {"page": page, "limit": limit, "total": total, "total_pages": -(-total // limit)},
    }
