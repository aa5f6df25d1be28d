"""The engine with its data in PostgreSQL (goal 3), and how many queries an answer costs (goal 5)."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import psycopg
from django.db import connection as django_connection
from django.test.utils import CaptureQueriesContext

from scheduling.domain import slots
from scheduling.models import AvailabilityRule, BusyTime, Provider, Service, ServiceProvider
from scheduling.selectors import availability
from scheduling.selectors.availability import Plan, from_minute
from tenants.models import Business
from tests.bench import bench_slots
from tests.bench import reference_slots as reference
from tests.bench.report import Line, in_turns
from tests.bench.workloads import CLOSES, DURATION, OPENS, START, STEP, WEEKDAYS, ZONE, Workload, workload
from widget.selectors import times

connection: Any = django_connection  # django-tenants' methods have no types
NOW = from_minute(reference.local_minute(ZONE, START.toordinal(), 0))
_INTS = (
    "select provider_id, (extract(epoch from starts_at) / 60)::int4, (extract(epoch from ends_at) / 60)::int4"
    " from scheduling_busytime where provider_id = any(%s) and starts_at < %s and ends_at > %s order by 1, 2"
)


def fill(business: Business, work: Workload) -> Service:
    """Put a workload into the business's schema: its providers' weekly hours and busy times. Answers the service."""
    business.timezone = ZONE
    business.save()
    Service.objects.all().delete()
    Provider.objects.all().delete()
    service = Service.objects.create(
        name="Work", slug="work", duration_minutes=DURATION, step_minutes=STEP, max_advance_days=400
    )
    people = Provider.objects.bulk_create(Provider(name=f"P{n}", position=n) for n in range(len(work.busy)))
    ServiceProvider.objects.bulk_create(ServiceProvider(service=service, provider=person) for person in people)
    AvailabilityRule.objects.bulk_create(
        AvailabilityRule(provider=person, weekday=weekday, start_minute=OPENS, end_minute=CLOSES)
        for person in people
        for weekday in WEEKDAYS
    )
    BusyTime.objects.bulk_create(
        BusyTime(provider=person, starts_at=from_minute(start), ends_at=from_minute(end), source="bench")
        for person, spans in zip(people, work.busy, strict=True)
        for start, end in spans
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze scheduling_busytime, scheduling_availabilityrule, scheduling_provider")
    return service


def read_plan(business: Business, service: Service, work: Workload) -> Plan:
    """The plan of the workload's dates."""
    last = START + timedelta(work.days - 1)
    return availability.plan(business, service, from_date=START, to_date=last)


def engine(plan: Plan, work: Workload) -> list[int]:
    """Read what is taken and compute every free start."""
    calendars = plan.calendars(now=NOW, first=work.first, last=work.last)
    return slots.any_starts(calendars, now=work.first, first=work.first, last=work.last)


def fetch_and_sweep(people: list[Any], work: Workload) -> list[int]:
    """The floor: integers by one prepared, binary query, and the reference sweep."""
    busy: dict[Any, list[tuple[int, int]]] = {person: [] for person in people}
    window = (people, from_minute(work.last), from_minute(work.first))
    with psycopg.Cursor(connection.connection) as cursor:
        for person, start, end in cursor.execute(_INTS, window, prepare=True, binary=True):
            busy[person].append((start, end))
    ranges = reference.working(ZONE, START.toordinal(), work.days, frozenset(WEEKDAYS), OPENS, CLOSES)
    if len(people) > 10:
        return reference.sweep_grid(ranges, busy.values(), work.first, work.last, DURATION, STEP)
    return reference.sweep(ranges, busy.values(), DURATION, STEP)


def run(business: Business, seconds: float) -> list[Line]:
    """W1–W4 with the data in the database."""
    return [line for number in (1, 2, 3, 4) for line in _one(business, workload(number), seconds)]


def _one(business: Business, work: Workload, seconds: float) -> list[Line]:
    service = fill(business, work)
    plan = read_plan(business, service, work)
    people = [seat.provider.pk for seat in plan.seats]
    assert engine(plan, work) == fetch_and_sweep(people, work) == bench_slots.reference_starts(work)
    texts: dict[int, str] = {}
    ours, floor, full, whole = in_turns(
        seconds,
        partial(engine, plan, work),
        partial(fetch_and_sweep, people, work),
        lambda: bench_slots._by_date(work, texts, bench_slots.reference_starts(work)),
        lambda: engine(read_plan(business, service, work), work),
    )
    peer = bench_slots.CAL_COM[work.number] * full
    detail = f"{ours:.3f} ms, fetch and sweep {floor:.3f} ms, cal.com here about {peer:.1f} ms"
    return [
        Line("3", f"W{work.number} engine and database read, times faster than cal.com", peer / ours, ">= 15", detail),
        Line("3", f"W{work.number} engine and database read, of fetch and sweep", ours / floor, "<= 1.5"),
        Line("", f"W{work.number} the same with service, hours and overrides read, of fetch and sweep", whole / floor),
    ]


def query_counts(business: Business) -> list[Line]:
    """Goal 5: as many queries for fifty providers and two months as for one provider and a day."""
    found = []
    for number, days in ((1, 1), (1, 30), (2, 30), (3, 60)):
        work = workload(number)
        service = fill(business, work)
        last: date = START + timedelta(days - 1)
        with CaptureQueriesContext(connection) as queries:
            times(business, service, now=NOW, first_date=START, last_date=last, timezone=ZONE)
        found.append(Line("5", f"W{number}: queries for {days} days, {len(work.busy)} providers", len(queries), "<= 6"))
    return found
