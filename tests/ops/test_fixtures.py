"""The fixtures that every other test stands on."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from redis import Redis

from daybook.core import clock as domain_clock
from daybook.core.models import ClockSetting
from tenants.models import Business

INSTANT = datetime(2027, 3, 13, 15, tzinfo=UTC)


def test_business_puts_the_connection_into_its_schema(business: Business) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select current_schema()")
        assert cursor.fetchone() == (business.schema_name,)


def test_businesses_have_schemas_of_their_own(business: Business, other_business: Business) -> None:
    assert business.schema_name != other_business.schema_name


@pytest.mark.parametrize("attempt", [1, 2])
def test_committed_rows_are_seen_by_other_threads_and_gone_afterwards(committed: Business, attempt: int) -> None:
    seen: list[int] = []

    def count() -> None:
        seen.append(ClockSetting.objects.count())
        connection.close()

    assert ClockSetting.objects.count() == 0
    ClockSetting.objects.create(instant=INSTANT)
    thread = threading.Thread(target=count)
    thread.start()
    thread.join()
    assert seen == [1]


def test_clock_sets_the_time_of_the_domain(db: None, clock: Callable[[str], None]) -> None:
    clock("2027-03-13T15:00Z")
    assert domain_clock.now() == INSTANT


@pytest.mark.parametrize("attempt", [1, 2])
def test_valkey_is_empty_at_the_start_of_a_test(valkey: "Redis", attempt: int) -> None:
    assert valkey.keys() == []
    valkey.set("left", "behind")
