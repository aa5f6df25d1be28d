"""How much a list of times costs, and that an answer given before is never an old one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from scheduling.models import Service
from tenants.models import Business
from tests.factories import (
    make_appointment,
    make_busy,
    make_provider,
    make_service,
    open_week,
)
from tests.widget.asking import NEW_YORK, Asker, set_zone
from tests.widget.test_api_slots import JUNE_7, NOW, Clock, on


@pytest.fixture
def asker(business: Business, clock: Clock) -> Asker:
    clock(NOW)
    set_zone(business, NEW_YORK)
    return Asker(business)


@pytest.mark.parametrize(("providers", "days"), [(1, 1), (1, 30), (10, 1), (10, 30)])
@pytest.mark.parametrize("kind", ["plain", "class", "nothing free"])
def test_hc062_the_number_of_queries_is_constant(
    business: Business, asker: Asker, providers: int, days: int, kind: str
) -> None:
    team = [make_provider(business, f"Provider {number}") for number in range(providers)]
    for provider in team:
        open_week(provider)
        make_appointment(
            business, make_service(business, f"Of {provider.pk}", providers=[provider]), provider, on("10:00")
        )
    values: dict[str, Any] = {"class": {"capacity": 5}, "nothing free": {"daily_cap": 0}}.get(kind, {})
    service = make_service(business, "Cut", providers=team, step_minutes=15)
    Service.objects.filter(pk=service.pk).update(**values)
    token = asker.hold(make_service(business, "Held", providers=team), on("15:00")).json()["hold_token"]
    last = date.fromisoformat(JUNE_7) + timedelta(days=days - 1)

    with CaptureQueriesContext(connection) as made:
        asker.slots(service, JUNE_7, last.isoformat(), hold_token=token)

    asked = [query["sql"] for query in made if "tenants_" not in query["sql"] and "clock" not in query["sql"]]
    reads = [sql for sql in asked if not sql.lower().startswith(("set ", "savepoint", "release"))]
    assert len(reads) <= 6, "\n".join(reads)


def test_an_answer_given_before_follows_every_change(business: Business, asker: Asker, clock: Clock) -> None:
    provider = make_provider(business, "Provider")
    open_week(provider)
    service = make_service(business, "Cut", providers=[provider], step_minutes=60, min_notice_minutes=0)
    whole = asker.local(service, JUNE_7)
    assert asker.local(service, JUNE_7) == whole
    assert asker.local(service, JUNE_7, timezone="UTC") != whole

    busy = make_busy(provider, on("10:00"), on("11:00"))
    assert asker.local(service, JUNE_7) != whole
    busy.delete()
    assert asker.local(service, JUNE_7) == whole

    clock(on("12:30"))
    later = asker.local(service, JUNE_7)
    assert later == [time for time in whole if time > "12:30"]
    clock(on("12:59"))
    assert asker.local(service, JUNE_7) == later
    clock(on("13:01"))
    assert asker.local(service, JUNE_7) == later[1:]

    Service.objects.filter(pk=service.pk).update(duration_minutes=90)
    assert asker.local(service, JUNE_7) != later[1:]


def test_no_answer_is_older_than_the_last_commit_of_anybody(committed: Business, clock: Clock) -> None:
    """Another connection commits, and the next answer knows; what is not committed is not told."""
    clock(NOW)
    set_zone(committed, NEW_YORK)
    asker = Asker(committed)
    provider = make_provider(committed, "Provider")
    open_week(provider)
    service = make_service(committed, "Cut", providers=[provider], step_minutes=60)
    whole = asker.local(service, JUNE_7)
    written, go_on = Event(), Event()

    def other() -> None:
        connection.set_tenant(committed)  # type: ignore[attr-defined]
        try:
            for hour in ("10", "12", "14"):
                with transaction.atomic():
                    make_busy(provider, on(f"{hour}:00"), on(f"{int(hour) + 1}:00"))
                    meet()
                meet()
        finally:
            connection.close()

    def meet() -> None:
        written.set()
        assert go_on.wait(10)
        go_on.clear()

    def wait() -> None:
        assert written.wait(10)
        written.clear()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(other)
        seen = whole
        for hour in ("10", "12", "14"):
            wait()
            assert asker.local(service, JUNE_7) == seen
            go_on.set()
            wait()
            seen = [time for time in seen if time != f"{hour}:00"]
            assert asker.local(service, JUNE_7) == seen
            go_on.set()
        writer.result(10)
