"""PostgreSQL schemas: the migrated template, its copies, and what still has to be migrated."""

import contextlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.utils import schema_context, schema_exists
from psycopg import sql

LOCK = 0x0DA7B00C  # migrations take it alone; making a schema shares it (so a copy never starts from a moving template)
SCHEMAS_PER_QUERY = 100

Head = frozenset[tuple[str, str]]


class Uncopyable(RuntimeError):
    """The template holds something that `copy` does not know how to copy."""


@cache
def head() -> Head:
    """The migrations that this code knows: what every schema must have recorded."""
    return frozenset(MigrationLoader(None).graph.nodes)


def behind(schemas: list[str]) -> list[str]:
    """Those of the schemas that lack a migration of this code (or all of them), in the given order."""
    wanted, found = head(), {}
    for start in range(0, len(schemas), SCHEMAS_PER_QUERY):
        found.update(_applied(schemas[start : start + SCHEMAS_PER_QUERY]))
    return [schema for schema in schemas if not wanted <= found.get(schema, frozenset())]


def _applied(schemas: list[str]) -> dict[str, Head]:
    """The recorded migrations of each schema that has any, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relname = 'django_migrations' and n.nspname = any(%s)",
            [schemas],
        )
        query = sql.SQL("select {}, array_agg(app || '.' || name) from {}.django_migrations")
        parts = [query.format(sql.Literal(name), sql.Identifier(name)) for (name,) in cursor.fetchall()]
        if not parts:
            return {}
        cursor.execute(sql.SQL(" union all ").join(parts))
        return {name: frozenset(_split(entry) for entry in entries or ()) for name, entries in cursor.fetchall()}


def _split(entry: str) -> tuple[str, str]:
    app, _dot, name = entry.partition(".")
    return app, name


def migrate(schema: str) -> None:
    """Bring one business's schema (or the template) to this code's migrations; it is made when it is missing."""
    with schema_context("public"), connection.cursor() as cursor:
        cursor.execute(f"create schema if not exists {connection.ops.quote_name(schema)}")
    with schema_context(schema):
        connection.set_schema(schema, include_public=False)  # type: ignore[attr-defined]
        MigrationRecorder(connection).ensure_schema()
        connection.set_schema(schema)  # type: ignore[attr-defined]
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


@contextlib.contextmanager
def migrating_alone() -> Iterator[None]:
    """No schema is made, and no other migration runs, meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])


def copy(name: str, *, wait_seconds: int = 20) -> None:
    """Make schema `name` as a copy of the template: tables, constraints, indexes, identities and migration records.

    Replays the template's definitions with the new schema first on the search path, so that nothing in it points
    elsewhere. Runs in one transaction that shares the migration lock; raises OperationalError when a migration keeps
    that longer than `wait_seconds`.
    """
    with transaction.atomic(), schema_context("public"), connection.cursor() as cursor:
        cursor.execute(f"set local lock_timeout = '{int(wait_seconds)}s'")
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [LOCK])
        cursor.execute(f"create schema {connection.ops.quote_name(name)}")
        statements = _definitions(cursor)
        path = f"set local search_path = {connection.ops.quote_name(name)}, public"
        cursor.execute("; ".join([path, *statements, "set local search_path = public"]))


def _definitions(cursor: Any) -> list[str]:
    """The statements that make the template's contents, in an order that works, naming no schema."""
    template = connection.ops.quote_name(settings.TENANT_TEMPLATE_SCHEMA)
    cursor.execute(f"set local search_path = {template}, public")
    cursor.execute(_sql("uncopyable.sql"), [settings.TENANT_TEMPLATE_SCHEMA])
    if strange := [row[0] for row in cursor.fetchall()]:
        raise Uncopyable(f"the template schema holds {', '.join(strange)}, which is not copied")
    cursor.execute(_sql("definitions.sql"), [settings.TENANT_TEMPLATE_SCHEMA])
    statements = [row[0] for row in cursor.fetchall()]
    if not statements:
        raise Uncopyable("there is no template schema; run `daybook migrate`")
    return [*statements, f"insert into django_migrations select * from {template}.django_migrations", _SEQUENCE]


_SEQUENCE = (
    "select setval(pg_get_serial_sequence('django_migrations', 'id'), (select max(id) from django_migrations), true)"
)


def _sql(name: str) -> str:
    return resources.files("tenants.services").joinpath(name).read_text()


def drop(name: str) -> None:
    """Drop a business's schema with everything in it; harmless when it is gone."""
    if name in ("public", settings.TENANT_TEMPLATE_SCHEMA):
        raise ValueError(f"{name} is nobody's to drop")
    with schema_context("public"), connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists {connection.ops.quote_name(name)} cascade")


def exists(name: str) -> bool:
    """Whether there is such a schema."""
    return bool(schema_exists(name))
