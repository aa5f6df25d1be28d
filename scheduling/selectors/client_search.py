"""Finding who an appointment is for, while somebody types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max

from daybook.core.checking import plain_lines
from scheduling.enums import Status
from scheduling.models import Appointment, Client
from scheduling.selectors.clients import access_client, clients

MOST = 8


@dataclass(frozen=True, slots=True)
class Known:
    """A client with the last visit; `visits` counts those that took place."""

    client: Client
    last: datetime | None
    visits: int


def found(search: str, *, now: datetime, most: int = MOST) -> list[Known]:
    """The first clients who match what was typed (name, e-mail, digits of the phone), by name. 2 queries."""
    words = plain_lines(search).strip()
    return _known(list(clients(search=words)[:most]), now) if words else []


def known(client_id: UUID, *, now: datetime) -> Known:
    """One client. Raises NotFound. 2 queries."""
    return _known([access_client(client_id)], now)[0]


def _known(rows: list[Client], now: datetime) -> list[Known]:
    visits = (
        Appointment.objects.filter(client__in=rows, status=Status.COMPLETED, starts_at__lte=now)
        .order_by()
        .values("client_id")
        .annotate(last=Max("starts_at"), visits=Count("pk"))
    )
    by_client = {row["client_id"]: (row["last"], row["visits"]) for row in visits} if rows else {}
    return [Known(row, *by_client.get(row.pk, (None, 0))) for row in rows]
