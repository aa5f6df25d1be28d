"""With rows that really commit: Google is never asked inside a transaction, and two workers do not trip over each other."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection as django_connection
from django.db import connections
from django_tenants.utils import tenant_context

from calendarsync.gateways.google.account import GoogleAccount
from calendarsync.gateways.google.gateway import GoogleGateway
from calendarsync.models import Attention, Mirror
from calendarsync.services import answers, parting
from daybook.core.outbox.relay import drain
from daybook.sandbox.google.server import GoogleSandbox
from scheduling.models import Appointment, BusyTime
from tenants.models import Business
from tests.calendarsync.calendar_world import Desk, connected, span_of
from tests.factories import STAFF

connection: Any = django_connection  # django-tenants' methods have no types


@pytest.fixture
def watched(committed: Business, google_sandbox: GoogleSandbox, monkeypatch: pytest.MonkeyPatch) -> Business:
    """zen, where each call of Google's looks whether a transaction is open."""
    asked, exchange = GoogleAccount._do, GoogleGateway.exchange

    def do(self: GoogleAccount, *args: Any, **more: Any) -> Any:
        assert not connection.in_atomic_block
        return asked(self, *args, **more)

    def traded(self: GoogleGateway, **more: Any) -> Any:
        assert not connection.in_atomic_block
        return exchange(self, **more)

    monkeypatch.setattr(GoogleAccount, "_do", do)
    monkeypatch.setattr(GoogleGateway, "exchange", traded)
    return committed


def test_google_is_never_asked_inside_a_transaction(watched: Business, google_sandbox: GoogleSandbox) -> None:
    ana = connected(watched, google_sandbox)
    row = ana.book("10:00")
    other = ana.book("12:00", email="lee@example.test")
    ana.outside("15:00", "16:00")
    ana.settle()
    ana.edit("move", ana.event_of(row)["id"], start="2027-06-07T18:00:00Z")
    ana.edit("move", ana.event_of(other)["id"], start="2027-06-07T18:30:00Z")
    ana.settle()
    assert [span_of(event)[0] for event in ana.ours()] == ["06-07 18:00", "06-07 18:30"]
    answers.revert(attention=Attention.objects.get(answer="", found="moved"), now=ana.now, by=STAFF)
    ana.google.expire_sync_tokens()
    ana.settle()
    ana.cancel(row)
    ana.settle()
    assert [span_of(event)[0] for event in ana.ours()] == ["06-07 12:00"]
    parting.leave(connection=ana.connection, events_go=True, now=ana.now)
    ana.drain()
    assert [event["summary"] for event in ana.all_events()] == ["Dentist"]


def test_several_workers_at_once_write_each_event_once_and_read_each_time_once(
    watched: Business, google_sandbox: GoogleSandbox
) -> None:
    ana = connected(watched, google_sandbox)
    for hour in range(6, 14):
        ana.book(f"{hour:02}:00", email=f"kim{hour}@example.test")
        ana.outside(f"{hour + 8:02}:00", f"{hour + 8:02}:30")
    ana.push()
    ana.wait(minutes=1)
    work(ana, workers=4)
    ana.settle()
    assert google_sandbox.writes("events.insert") == 8
    assert (len(ana.ours()), len(ana.busy())) == (8, 8)
    assert (Mirror.objects.count(), BusyTime.objects.count(), Appointment.objects.count()) == (8, 8, 8)


def work(ana: Desk, *, workers: int) -> None:
    """So many workers empty the outbox together."""

    def one(_number: int) -> None:
        try:
            with tenant_context(ana.business):
                drain(now=ana.now, schema=str(ana.business.schema_name), impatient=True)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(workers)))
