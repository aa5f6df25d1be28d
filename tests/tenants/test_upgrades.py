"""`daybook migrate`: every schema, whatever happens to one of them."""

import threading
import time
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from tenants.models import Business
from tenants.services import provisioning, schemas, upgrades


def fall_behind(schema: str) -> None:
    """As if this schema had never seen the migrations of billing."""
    with connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = %s and tablename like 'billing%%'", [schema])
        tables = ", ".join(f"{schema}.{table}" for (table,) in cursor.fetchall())
        cursor.execute(f"drop table {tables} cascade")
        cursor.execute(f"delete from {schema}.django_migrations where app = 'billing'")


def migrate() -> str:
    out = StringIO()
    call_command("migrate", stdout=out, stderr=out)
    return out.getvalue()


def test_schemas_that_are_behind_are_found_and_migrated(db: None) -> None:
    acme, zen = Business.objects.get(slug="acme"), Business.objects.get(slug="zen")
    fall_behind(acme.schema_name)
    assert schemas.behind([acme.schema_name, zen.schema_name]) == [acme.schema_name]
    assert migrate() == f"migrating {acme.schema_name}\n"
    assert schemas.behind([acme.schema_name, zen.schema_name]) == []
    assert migrate() == ""


def test_the_template_goes_first(db: None) -> None:
    fall_behind(settings.TENANT_TEMPLATE_SCHEMA)
    assert migrate() == f"migrating {settings.TENANT_TEMPLATE_SCHEMA}\n"


def test_hc172_one_failure_is_named_the_others_go_on_and_a_second_run_mends_it(db: None) -> None:
    names = [provisioning.make_business(name=f"B{n}", slug=f"many-{n}").schema_name for n in range(5)]
    for name in names:
        fall_behind(name)
    with connection.cursor() as cursor:
        cursor.execute(f"create table {names[2]}.billing_policytier (in_the_way int)")
    with pytest.raises(CommandError, match=f"Not migrated: {names[2]}"):
        migrate()
    assert schemas.behind(names) == [names[2]]
    ready = dict(Business.objects.filter(schema_name__in=names).values_list("schema_name", "schema_ready"))
    assert ready == {name: name != names[2] for name in names}
    with connection.cursor() as cursor:
        cursor.execute(f"drop table {names[2]}.billing_policytier cascade")
    migrate()
    assert schemas.behind(names) == []
    assert Business.objects.get(schema_name=names[2]).schema_ready


def test_a_run_with_nothing_to_do_costs_the_same_for_any_number(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (0, 3):
        for number in range(count):
            provisioning.make_business(name="B", slug=f"more-{number}")
        with django_assert_num_queries(14):
            upgrades.upgrade(public=lambda: None, say=lambda _text: None)


def test_hc173_a_business_made_during_a_migration_ends_at_head(committed: Business) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    fall_behind(settings.TENANT_TEMPLATE_SCHEMA)
    made: dict[str, Any] = {}

    def sign_up() -> None:
        try:
            made["business"] = provisioning.make_business(name="Meanwhile", slug="meanwhile")
        finally:
            connection.close()

    with schemas.migrating_alone():
        thread = threading.Thread(target=sign_up)
        thread.start()
        time.sleep(0.3)
        assert "business" not in made
        schemas.migrate(settings.TENANT_TEMPLATE_SCHEMA)
    thread.join(30)
    assert schemas.behind([made["business"].schema_name]) == []


def test_two_at_once_make_one_business(committed: Business) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    half = provisioning.reserve(provisioning.Details("Half", "half-shop"), owner=None)
    failures: list[BaseException] = []

    def make() -> None:
        try:
            provisioning.make_schema(Business.objects.get(pk=half.pk))
        except BaseException as error:  # noqa: BLE001  shown by the assertion below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert Business.objects.get(pk=half.pk).schema_ready
