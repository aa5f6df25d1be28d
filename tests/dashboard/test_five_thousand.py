"""A business with 5,000 appointments and 1,500 clients opens every screen with as many queries as a small one."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection as django_connection
from django.test.utils import CaptureQueriesContext
from psycopg.types.range import Range

from daybook.core.crypto import digest
from daybook.core.ids import new_id
from scheduling.enums import Status
from scheduling.models import Appointment, Client, Provider, Service
from tenants import limits
from tenants.models import Business
from tests import full_world
from tests.factories import NOW
from tests.permission_world import Twin

connection: Any = django_connection  # django-tenants' methods have no types
CLIENTS, PAST_DAYS, COMING_DAYS = 1500, 200, 63
HALF_HOUR = timedelta(minutes=30)
MOST = 35
"""Queries that no screen may need more of."""

QUERIES: dict[str, tuple[int, ...]] = {
    "dashboard/": (35,),
    "dashboard/search": (13,),
    "dashboard/settings/data": (9,),
    "dashboard/settings/close": (13,),
    "dashboard/appointments/new": (13,),
    "dashboard/appointments/<uuid:appointment_id>/series/cancel": (12,),
    "dashboard/appointments/<uuid:appointment_id>/series/move": (19,),
    "dashboard/appointments/series/<uuid:series_id>/": (11,),
    "dashboard/welcome": (12, 12, 12),
    "dashboard/calendar/": (16, 16, 16, 16),
    "dashboard/appointments/": (14, 14, 13),
    "dashboard/appointments/bulk/<uuid:batch>": (11,),
    "dashboard/appointments/bulk/<slug:action>": (10, 10, 10),
    "dashboard/appointments/<uuid:appointment_id>/": (35,),
    "dashboard/appointments/<uuid:appointment_id>/reschedule": (15,),
    "dashboard/appointments/<uuid:appointment_id>/<slug:action>": (30,),
    "dashboard/calendar/blocks/new": (12,),
    "dashboard/calendar/blocks/<uuid:override_id>/": (12,),
    "dashboard/clients/": (12, 11),
    "dashboard/clients/new": (8,),
    "dashboard/clients/duplicates/": (11,),
    "dashboard/clients/imports/": (10,),
    "dashboard/clients/imports/<uuid:import_id>/": (9,),
    "dashboard/clients/<uuid:client_id>/": (24,),
    "dashboard/clients/<uuid:client_id>/edit": (9,),
    "dashboard/clients/<uuid:client_id>/merge": (11, 14),
    "dashboard/clients/<uuid:client_id>/erase": (15,),
    "dashboard/waitlist/": (15,),
    "dashboard/waitlist/new": (11,),
    "dashboard/waitlist/<uuid:entry_id>/": (11,),
    "dashboard/waitlist/<uuid:entry_id>/offer": (12,),
    "dashboard/services/": (14,),
    "dashboard/services/new": (11,),
    "dashboard/services/categories/": (9,),
    "dashboard/services/<uuid:service_id>/": (14,),
    "dashboard/services/<uuid:service_id>/delete": (10,),
    "dashboard/team/": (14,),
    "dashboard/team/new": (10,),
    "dashboard/team/<uuid:provider_id>/": (18,),
    "dashboard/team/<uuid:provider_id>/delete": (10,),
    "dashboard/team/<uuid:provider_id>/appointments": (15,),
    "dashboard/team/members/": (18,),
    "dashboard/team/members/invite": (12,),
    "dashboard/team/members/<uuid:member_id>/": (11,),
    "dashboard/availability/business": (18,),
    "dashboard/availability/providers/<uuid:provider_id>/": (21,),
    "dashboard/availability/providers/<uuid:provider_id>/services/<uuid:service_id>/": (23,),
    "dashboard/availability/services/<uuid:service_id>/": (19,),
    "dashboard/availability/days/": (18,),
    "dashboard/availability/why": (13, 18),
    "dashboard/settings/messages": (8,),
    "dashboard/settings/currency": (9,),
    "dashboard/payments/": (17,),
    "dashboard/payments/refunds/": (11,),
    "dashboard/payments/disputes/": (10,),
    "dashboard/payments/concerns/": (11,),
    "dashboard/payments/account/": (15,),
    "dashboard/payments/account/balance": (9,),
    "dashboard/payments/account/disconnect": (11,),
    "dashboard/settings/policy": (11,),
    "dashboard/services/<uuid:service_id>/policy": (13,),
    "dashboard/team/calendars/": (18,),
    "dashboard/team/<uuid:provider_id>/calendars/google/disconnect": (11,),
    "dashboard/prices/coupons/": (13,),
    "dashboard/prices/coupons/new": (10,),
    "dashboard/prices/coupons/<uuid:coupon_id>/": (12,),
    "dashboard/prices/packages/": (14,),
    "dashboard/prices/packages/new": (10,),
    "dashboard/prices/packages/sell": (10,),
    "dashboard/prices/packages/<uuid:package_id>/": (11,),
    "dashboard/prices/packages/sold/<uuid:sold_id>/": (13,),
    "dashboard/prices/gifts/": (15,),
    "dashboard/prices/gifts/settings": (10,),
    "dashboard/prices/gifts/sell": (9,),
    "dashboard/prices/gifts/<uuid:gift_id>/": (13,),
    "dashboard/prices/taxes/": (11,),
    "dashboard/prices/taxes/new": (9,),
    "dashboard/prices/taxes/<uuid:rate_id>/": (10,),
    "dashboard/services/<uuid:service_id>/taxes": (16,),
    "dashboard/team/<uuid:provider_id>/calendars/": (18,),
    "dashboard/settings/": (8,),
    "dashboard/settings/booking": (8,),
    "dashboard/settings/look": (9,),
    "dashboard/settings/address": (9,),
    "dashboard/settings/domains": (10,),
    "dashboard/settings/audit": (10,),
    "dashboard/settings/security": (13,),
    "dashboard/settings/keys": (9,),
    "dashboard/settings/keys/<uuid:key_id>/revoke": (9,),
    "": (11,),
    "policy": (5,),
    "manage": (2,),
    "packages/": (6,),
    "packages/<uuid:package_id>/": (8,),
    "gift/": (5,),
    "gift/<uuid:gift_id>": (4,),
    "orders/<uuid:order_id>": (5,),
    "book/<str:service>/": (12, 12),
    "book/<str:service>/details": (16,),
    "book/<str:service>/wait": (11,),
    "w/<uuid:entry_id>": (6,),
    "w/<uuid:entry_id>/offer/<uuid:offer_id>": (6,),
    "u/<uuid:client_id>": (4,),
    "a/<str:reference>": (6,),
    "a/<str:reference>/reschedule": (7,),
    "a/<str:reference>/pay": (14,),
    "a/<str:reference>/fee": (7,),
    "a/<str:reference>/cancel": (17,),
}
"""The queries of each screen, in the order of `full_world.QUERIES` and `full_world.ACTIONS`."""


@pytest.fixture
def small(
    business: Business, clock: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[Twin, Any]:
    """A business with some thirty appointments, and its owner's browser."""
    clock(NOW)
    settings.MEDIA_ROOT = tmp_path
    settings.PUBLIC_LIMIT_PER_ADDRESS = settings.PUBLIC_LIMIT_PER_BUSINESS = 100_000
    monkeypatch.setattr(limits, "GUESSES_PER_MINUTE", 100_000)
    twin = full_world.fill(business)
    owner = twin.member("owner")
    full_world.keep_a_batch(twin, owner)
    return twin, owner


def grow(twin: Twin) -> None:
    """Months of work for both providers, a tenth of it with one faithful client, and many who came a few times."""
    connection.set_tenant(twin.business)
    clients = Client.objects.bulk_create(
        Client(name=f"Client {n:04d}", email=f"client{n}@example.test", tags=["Regular"] if n % 3 else [])
        for n in range(CLIENTS)
    )
    faithful = Client.objects.get(pk=twin.ids["client_id"])
    service = Service.objects.get(pk=twin.ids["service_id"])
    done = (Status.COMPLETED, Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED, Status.DECLINED)
    today = NOW.replace(hour=0, minute=0)
    rows: list[Appointment] = []
    for provider in Provider.objects.order_by("created_at")[:2]:
        for day in range(-PAST_DAYS, COMING_DAYS):
            for slot in range(10 if day < 0 else 8):  # in the evening, where nothing else is
                number = len(rows)
                status = done[number % 5] if day < 0 else Status.CONFIRMED
                start = today + timedelta(days=day, hours=19 if day < 0 else 20) + slot * HALF_HOUR
                client = clients[number % CLIENTS] if number % 10 else faithful
                rows.append(_appointment(service, provider, client, status, start))
    for row in rows[-20:]:
        row.series_id = UUID(twin.ids["series_id"])
    Appointment.objects.bulk_create(rows, batch_size=1000)
    assert len(rows) > 5000


def _appointment(service: Service, provider: Provider, client: Client, status: str, start: datetime) -> Appointment:
    pk, end = new_id(), start + HALF_HOUR
    return Appointment(
        id=pk, block_id=pk, manage_digest=digest(f"manage {pk}"), hold_digest=digest(f"hold {pk}"), status=status,
        service=service, provider=provider, client=client, starts_at=start, ends_at=end, occupied=Range(start, end),
        service_name=service.name, provider_name=provider.name, duration_minutes=30, location=service.location,
        client_name=client.name, client_email=client.email, price=9500, currency="USD", created_at=start,
        cancelled_at=start if status == Status.CANCELLED else None,
    )  # fmt: skip


def counted(owner: Any, ids: dict[str, str]) -> dict[str, tuple[int, ...]]:
    """How many queries each screen takes when it is opened the second time."""
    found = {}
    for path, addresses in full_world.screens(ids).items():
        counts = []
        for address in addresses:
            owner.get(address)
            with CaptureQueriesContext(connection) as queries:
                answer = owner.get(address)
            assert answer.status_code == 200, address
            counts.append(len(queries))
        found[path] = tuple(counts)
    return found


def changed(counts: dict[str, tuple[int, ...]]) -> list[str]:
    """Screens that take other numbers of queries than the table says."""
    paths = sorted({*counts, *QUERIES})
    return [f"{path}: {counts.get(path)}" for path in paths if counts.get(path) != QUERIES.get(path)]


def test_every_screen_takes_as_many_queries_with_five_thousand_appointments(small: tuple[Twin, Any]) -> None:
    twin, owner = small
    assert changed(counted(owner, twin.ids)) == []
    grow(twin)
    assert changed(counted(owner, twin.ids)) == []
    assert max(max(counts) for counts in QUERIES.values()) <= MOST
