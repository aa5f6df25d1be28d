"""Making businesses: true copies of the template, whole or not at all."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django_tenants.utils import tenant_context

from daybook.core import outbox
from daybook.core.errors import Conflict
from daybook.core.idempotency import key_for
from daybook.core.models import IdempotencyKey, OutboxRow
from scheduling.models import Appointment, Category, Provider
from tenants.enums import BusinessStatus
from tenants.models import Business, Domain
from tenants.services import provisioning, schemas
from tenants.signals import business_made

DEFINITIONS = {
    "columns": """
        select table_name, column_name, column_default, is_nullable, data_type, udt_name, character_maximum_length,
            is_identity, identity_generation, collation_name
        from information_schema.columns where table_schema = %s""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = %s::regnamespace""",
    "indexes": "select tablename, indexname, regexp_replace(indexdef, ' ON [^.]+[.]', ' ON ') from pg_indexes where schemaname = %s",
    "migrations": "select app, name from django_migrations where %s <> ''",
}


def definitions(schema: str) -> dict[str, set[tuple[Any, ...]]]:
    """Everything PostgreSQL knows about a schema, without the schema's name."""
    with connection.cursor() as cursor:
        found = {}
        cursor.execute(f"set local search_path = {schema}, public")
        for kind, query in DEFINITIONS.items():
            cursor.execute(query, [schema])
            found[kind] = {tuple(plain(value, schema) for value in row) for row in cursor.fetchall()}
        cursor.execute("set local search_path = public")
    return found


def plain(value: object, schema: str) -> str:
    """PostgreSQL prints a check that it has read back with its casts and parentheses elsewhere; they mean the same."""
    return re.sub(r"::character varying|::text\[\]|::text|[()]", "", str(value).replace(schema, ""))


def schemas_of_businesses() -> list[str]:
    return list(Business.objects.values_list("schema_name", flat=True))


def test_a_copy_is_the_template(db: None) -> None:
    made = provisioning.make_business(name="Copy", slug="copy-shop")
    copied, original = definitions(made.schema_name), definitions(settings.TENANT_TEMPLATE_SCHEMA)
    for kind in DEFINITIONS:
        assert copied[kind] == original[kind], kind
    assert len(copied["migrations"]) == len(schemas.head())


def test_a_copy_is_what_migrations_make(db: None) -> None:
    schemas.migrate("b_migrated")
    made = provisioning.make_business(name="Copy", slug="copy-shop")
    copied, migrated = definitions(made.schema_name), definitions("b_migrated")
    for kind in DEFINITIONS:
        assert copied[kind] == migrated[kind], kind


def test_no_foreign_key_leaves_a_schema(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.conname from pg_constraint c join pg_class r on r.oid = c.confrelid"
            " join pg_namespace n on n.oid = c.connamespace"
            " where c.contype = 'f' and n.nspname like 'b\\_%' and r.relnamespace <> c.connamespace"
        )
        assert cursor.fetchall() == []


def test_a_schema_stays_small(business: Business) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.relname, 1 + count(distinct i.indexrelid) + count(distinct d.objid) from pg_class t"
            " left join pg_index i on i.indrelid = t.oid"
            " left join pg_depend d on d.refobjid = t.oid and d.deptype = 'i' and d.classid = 'pg_class'::regclass"
            " and (select relkind from pg_class where oid = d.objid) = 'S'"
            " where t.relkind = 'r' and t.relnamespace = %s::regnamespace group by 1",
            [business.schema_name],
        )
        relations = {name: count for name, count in cursor.fetchall() if name != "django_migrations"}
        cursor.execute(
            "select indexname from pg_indexes where schemaname = %s and indexname like %s",
            [business.schema_name, "%\\_like"],
        )
        unused = [name for (name,) in cursor.fetchall()]
    assert unused == []
    assert sum(relations.values()) / len(relations) <= 7
    assert max(relations.values()) <= 10


def test_a_copy_s_identities_and_extension_work(db: None) -> None:
    made = provisioning.make_business(name="Copy", slug="copy-shop")
    with tenant_context(made), connection.cursor() as cursor:
        cursor.execute("insert into django_migrations (app, name, applied) values ('x', 'y', now()) returning id")
        assert cursor.fetchone()[0] == len(schemas.head()) + 1


def test_a_new_business_is_whole(db: None) -> None:
    made = provisioning.make_business(name="Whole", slug="whole-shop", timezone="Europe/Berlin", currency="eur")
    assert (made.status, made.schema_ready, made.timezone) == (BusinessStatus.ACTIVE, True, "Europe/Berlin")
    assert Domain.objects.get(tenant=made).domain == "whole-shop.localhost"
    with tenant_context(made):
        assert Category.objects.count() == 0


def test_a_new_business_has_one_provider(db: None) -> None:
    from tenants.services.people import make_person

    owner = make_person(email="kim@whole.test", password=None, name="Kim Wu")
    made = provisioning.make_business(name="Whole", slug="whole-shop", owner=owner)
    with tenant_context(made):
        assert [provider.name for provider in Provider.objects.all()] == ["Kim Wu"]


# What fails, and what is tried again


@contextmanager
def receiver_that_fails() -> Iterator[None]:
    def fail(**_: object) -> None:
        raise RuntimeError("no room")

    business_made.connect(fail)
    try:
        yield
    finally:
        business_made.disconnect(fail)


def test_hc170_what_fails_leaves_no_schema_and_a_reason(db: None) -> None:
    with receiver_that_fails(), pytest.raises(RuntimeError):
        provisioning.make_business(name="Unlucky", slug="unlucky-shop")
    failed = Business.objects.get(slug="unlucky-shop")
    assert (failed.status, failed.status_reason, failed.schema_ready) == ("failed", "RuntimeError: no room", False)
    assert not schemas.exists(failed.schema_name)
    provisioning.retry(failed)
    assert Business.objects.get(pk=failed.pk).status == BusinessStatus.ACTIVE
    assert not schemas.behind([failed.schema_name])


@pytest.mark.parametrize("status", [BusinessStatus.PENDING, BusinessStatus.MAKING, BusinessStatus.FAILED])
def test_hc170_every_half_made_state_can_be_finished(db: None, status: BusinessStatus) -> None:
    half = provisioning.reserve(provisioning.Details("Half", "half-shop"), owner=None)
    Business.objects.filter(pk=half.pk).update(status=status)
    with connection.cursor() as cursor:  # a schema that a killed process of another kind left behind
        cursor.execute(f"create schema {half.schema_name}")
        cursor.execute(f"create table {half.schema_name}.rubbish ()")
    provisioning.retry(half)
    assert Business.objects.get(pk=half.pk).status == BusinessStatus.ACTIVE
    assert definitions(half.schema_name) == definitions(settings.TENANT_TEMPLATE_SCHEMA)


def test_a_live_business_is_not_made_again(business: Business) -> None:
    with pytest.raises(Conflict):
        provisioning.retry(business)
    provider = Provider.objects.create(name="Stays")
    provisioning.make_schema(business)
    assert Provider.objects.filter(pk=provider.pk).exists()


def test_a_copy_of_a_template_that_is_behind_is_brought_to_head(db: None) -> None:
    half = provisioning.reserve(provisioning.Details("Late", "late-shop"), owner=None)
    with connection.cursor() as cursor:
        template = settings.TENANT_TEMPLATE_SCHEMA
        cursor.execute(
            "select tablename from pg_tables where schemaname = %s and tablename like 'billing%%'", [template]
        )
        cursor.execute(f"drop table {', '.join(f'{template}.{table}' for (table,) in cursor.fetchall())} cascade")
        cursor.execute(f"delete from {template}.django_migrations where app = 'billing'")
    provisioning.make_schema(half)
    assert not schemas.behind([half.schema_name])


def test_the_template_may_hold_nothing_that_is_not_copied(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"create view {settings.TENANT_TEMPLATE_SCHEMA}.busy as select 1 as one")
    with pytest.raises(schemas.Uncopyable, match="view or other relation busy"):
        provisioning.make_business(name="X", slug="view-shop")


# Leaving


def test_hc171_without_the_first_business_the_others_keep_their_guard(db: None) -> None:
    first = Business.objects.order_by("created_at").first()
    assert first
    schema = first.schema_name
    provisioning.erase(first)
    assert not schemas.exists(schema)
    assert not Business.objects.filter(pk=first.pk).exists()
    second = Business.objects.get()
    assert "no_overlap" in {row[1] for row in definitions(second.schema_name)["constraints"]}
    with tenant_context(second):
        book(reference="AAAAAAAA")
        with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
            book(reference="BBBBBBBB")


def book(reference: str) -> None:
    """The same hour, twice: only the database is asked."""
    from scheduling.models import Service

    provider = Provider.objects.first() or Provider.objects.create(name="Pat")
    service = Service.objects.first() or Service.objects.create(name="Cut", slug="cut", price=100)
    hour = (datetime(2027, 6, 7, 14, tzinfo=UTC), datetime(2027, 6, 7, 15, tzinfo=UTC))
    from daybook.core.ids import new_id

    Appointment.objects.create(
        reference=reference, provider=provider, service=service, block_id=new_id(), status="held", starts_at=hour[0],
        ends_at=hour[1], occupied=hour, service_name="Cut", provider_name="Pat", duration_minutes=60,
        location="business", price=100, currency="usd", hold_expires_at=hour[0], manage_digest=reference,
        hold_digest=reference, created_at=hour[0],
    )  # fmt: skip


def test_i2_every_schema_has_the_guard_and_the_extension_is_public(db: None) -> None:
    provisioning.make_business(name="Third", slug="third-shop")
    with connection.cursor() as cursor:
        cursor.execute(
            "select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where extname = 'btree_gist'"
        )
        assert cursor.fetchone() == ("public",)
        cursor.execute("select connamespace::regnamespace::text from pg_constraint where conname = 'no_overlap'")
        assert {name for (name,) in cursor.fetchall()} == {*schemas_of_businesses(), settings.TENANT_TEMPLATE_SCHEMA}


def test_what_a_business_left_in_public_goes_with_it(business: Business, other_business: Business) -> None:
    for owner in (other_business, business):
        connection.set_tenant(owner)  # type: ignore[attr-defined]
        outbox.enqueue(kind="test", aggregate="a", dedupe_key="k", due_at=datetime(2027, 6, 1, tzinfo=UTC))
        key_for(tenant_id=owner.pk, route="test", caller="c", key="k", body={}).claim()
    connection.set_schema_to_public()  # type: ignore[attr-defined]

    provisioning.erase(business)

    assert set(OutboxRow.objects.values_list("schema", flat=True)) == {other_business.schema_name}
    assert set(IdempotencyKey.objects.values_list("tenant_id", flat=True)) == {other_business.pk}
