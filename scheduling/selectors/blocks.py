"""What takes a provider's time as one piece: an appointment, or a class session with its seats. For outside calendars.

The id of a block is the appointment's own, or its session's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID

from django.db.models import Max

from scheduling.enums import PaymentStatus, Status
from scheduling.models import Appointment, Service

Span = tuple[datetime, datetime]

SHOWN = (Status.CONFIRMED, Status.COMPLETED)
"""States in which a block stands in outside calendars."""
TAKING = (Status.CONFIRMED, Status.PENDING_APPROVAL)
PAID = (PaymentStatus.DEPOSIT_PAID, PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.DISPUTED)
"""Money was taken, and is still here at least in part."""


def seats(block_id: UUID) -> list[Appointment]:
    """The appointments of a block that take place, oldest first: one, or the seats of a class. 1 query."""
    return seats_of([block_id]).get(block_id, [])


def seats_of(blocks: Collection[UUID]) -> dict[UUID, list[Appointment]]:
    """`seats` of several blocks; those that do not take place are missing. 1 query."""
    rows = Appointment.objects.select_related("service", "provider", "client")
    found: dict[UUID, list[Appointment]] = {}
    for row in rows.filter(block_id__in=blocks, status__in=SHOWN).order_by("created_at", "id"):
        found.setdefault(row.block_id, []).append(row)
    return found


def ahead(provider_id: UUID, *, now: datetime) -> dict[UUID, tuple[datetime, datetime]]:
    """The provider's blocks that are confirmed and have not ended, with their times. 1 query."""
    rows = Appointment.objects.filter(provider_id=provider_id, status=Status.CONFIRMED, ends_at__gt=now)
    return {block: (start, end) for block, start, end in rows.values_list("block_id", "starts_at", "ends_at")}


def of_client(client_id: UUID) -> set[UUID]:
    """The blocks of all appointments of a client. 1 query."""
    return set(Appointment.objects.filter(client_id=client_id).values_list("block_id", flat=True))


def touching(
    provider_id: UUID, spans: Iterable[tuple[datetime, datetime]], *, now: datetime
) -> list[tuple[UUID, datetime, datetime]]:
    """The provider's blocks ahead that overlap one of the spans [start, end): (id, start, end) of each. 1 query."""
    ordered = sorted(spans)
    if not ordered:
        return []
    rows = Appointment.objects.filter(
        provider_id=provider_id, status__in=TAKING, ends_at__gt=now,
        ends_at__gte=ordered[0][0], starts_at__lt=max(end for _start, end in ordered),
    )  # fmt: skip
    blocks = sorted(set(rows.values_list("block_id", "starts_at", "ends_at")), key=lambda row: (row[1], str(row[0])))
    latest = list(accumulate((end for _start, end in ordered), max))
    return [row for row in blocks if _touched(ordered, latest, row[1], row[2])]


def _touched(ordered: list[Span], latest: list[datetime], start: datetime, end: datetime) -> bool:
    """Whether one of the spans that begin before `end` ends after `start`; `latest` are their ends so far."""
    before = bisect_left(ordered, end, key=lambda one: one[0])
    return before > 0 and latest[before - 1] > start


def paid(rows: Iterable[Appointment]) -> bool:
    """Whether money of one of them is still here."""
    return any(row.payment_status in PAID for row in rows)


def horizon(now: datetime) -> datetime:
    """The instant after which nothing can be booked by clients today. 1 query."""
    most = Service.objects.filter(active=True).aggregate(most=Max("max_advance_days"))["most"]
    return now + timedelta(days=(most or 0) + 2)
