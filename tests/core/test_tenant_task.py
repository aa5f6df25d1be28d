"""Tasks run in the schema they were sent from, or not at all."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.db import connection, transaction
from django_tenants.utils import tenant_context
from redis import Redis

from daybook.celery import app
from scheduling.models import Category
from tenants.models import Business
from tenants.services import provisioning


@app.task(name="tests.note_category", shared=False)
def note_category(name: str) -> str:
    Category.objects.create(name=name)
    return str(connection.schema_name)  # type: ignore[attr-defined]


def categories(business: Business) -> set[str]:
    with tenant_context(business):
        return set(Category.objects.values_list("name", flat=True))


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    def wait(condition: Callable[[], bool]) -> None:
        limit = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < limit
            time.sleep(0.02)

    return wait


def test_hc162_a_task_runs_in_its_sender_s_schema(business: Business, other_business: Business) -> None:
    with tenant_context(business):
        assert note_category.apply(("of acme",)).get() == business.schema_name
    with tenant_context(other_business):
        assert note_category.apply(("of zen",)).get() == other_business.schema_name
    assert (categories(business), categories(other_business)) == ({"of acme"}, {"of zen"})


def test_hc162_a_task_without_a_schema_fails(business: Business) -> None:
    nobody: Any = {"schema": None}
    result = note_category.apply(("nobody's",), headers=nobody)
    assert result.failed()
    assert "without a schema" in str(result.result)
    assert categories(business) == set()


def test_hc162_a_task_of_a_gone_business_fails(business: Business, other_business: Business) -> None:
    provisioning.erase(other_business)
    connection.set_tenant(business)  # type: ignore[attr-defined]
    result = note_category.apply(("late",), headers={"schema": other_business.schema_name})
    assert result.failed()
    assert isinstance(result.result, Business.DoesNotExist)
    assert categories(business) == set()


def test_hc162_the_schema_afterwards_is_the_one_before(business: Business, other_business: Business) -> None:
    note_category.apply(("x",), headers={"schema": other_business.schema_name})
    assert connection.schema_name == business.schema_name  # type: ignore[attr-defined]


@contextmanager
def worker(celery: Celery) -> Iterator[None]:
    """A real worker thread with the real broker."""
    connection.close()
    with start_worker(celery, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        yield


def test_hc162_a_worker_keeps_businesses_apart(
    committed: Business, valkey: Redis, wait_for: Any, settings: Any
) -> None:
    """Sent inside a transaction of one business, committed while another is active; handled in turn, 200 times."""
    acme, zen = Business.objects.get(slug="acme"), committed
    for number in range(100):
        for sender, other in ((acme, zen), (zen, acme)):
            with transaction.atomic():
                connection.set_tenant(sender)  # type: ignore[attr-defined]
                note_category.delay_on_commit(f"{sender.slug} {number}")  # type: ignore[attr-defined]
                connection.set_tenant(other)  # type: ignore[attr-defined]
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    with worker(app):
        wait_for(lambda: len(categories(acme)) == 100 and len(categories(zen)) == 100)
    assert categories(acme) == {f"acme {number}" for number in range(100)}
    assert categories(zen) == {f"zen {number}" for number in range(100)}
