"""A kept connection is checked without an exchange, and one that died is noticed."""

from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import OperationalError, ProgrammingError, transaction
from django.db import connection as django_connection

from tenants.models import Business

connection: Any = django_connection  # django-tenants' methods have no types


def test_a_connection_on_which_nothing_arrived_is_usable(business: Business) -> None:
    assert connection.is_usable()


def test_a_connection_that_the_server_closed_is_noticed_and_replaced(committed: Business) -> None:
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    with psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": None}) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [pid])

    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    connection.close_if_health_check_failed()
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    assert connection.connection.info.backend_pid != pid


def test_a_closed_connection_is_not_usable(committed: Business) -> None:
    connection.ensure_connection()
    connection.connection.close()

    with pytest.raises(OperationalError):
        connection.cursor()
    assert not connection.is_usable()


def path() -> str:
    """The search path that the next statement has: of the session, not of our memory."""
    with connection.prepared_cursor() as cursor:
        return str(cursor.execute("select current_setting('search_path')").fetchone()[0])


def enter(business: Business) -> None:
    """Go to the business's schema in a block that is rolled back."""
    with transaction.atomic():
        connection.set_tenant(business)
        assert business.schema_name in path()
        raise KeyError


def test_the_search_path_is_right_after_what_set_it_was_rolled_back(committed: Business) -> None:
    connection.set_schema_to_public()
    assert path() == "public"
    with pytest.raises(KeyError):
        enter(committed)
    assert committed.schema_name in path()
    connection.set_schema_to_public()
    with transaction.atomic():
        with pytest.raises(KeyError):
            enter(committed)
        assert committed.schema_name in path()
        connection.set_schema_to_public()
        assert path() == "public"
    connection.set_tenant(committed)
    assert committed.schema_name in path()
    connection.close()
    assert committed.schema_name in path()
    connection.set_schema_to_public()
    assert path() == "public"


def test_a_prepared_statement_follows_the_schema(committed: Business) -> None:
    def table() -> int:
        with connection.prepared_cursor() as cursor:
            cursor.execute("select tableoid::int8 from django_migrations where id > %(n)s limit 1", {"n": 0})
            return int(cursor.fetchone()[0])

    seen = []
    for _ in range(8):
        connection.set_tenant(committed)
        seen.append(table())
        connection.set_schema_to_public()
        seen.append(table())
    assert seen[0] != seen[1]
    assert seen == seen[:2] * 8


def ask(statement: str, **values: Any) -> Any:
    """The one row of a statement, as a direct cursor gives it."""
    with connection.direct_cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def test_a_direct_statement_follows_the_schema(committed: Business) -> None:
    seen = []
    for _ in range(8):
        connection.set_tenant(committed)
        seen.append(ask("select tableoid::int8 from django_migrations where id > %(n)s limit 1", n=0))
        connection.set_schema_to_public()
        seen.append(ask("select tableoid::int8 from django_migrations where id > %(n)s limit 1", n=0))
    assert seen[0] != seen[1]
    assert seen == seen[:2] * 8


def test_a_direct_statement_takes_values_and_gives_bytes(committed: Business) -> None:
    names = "select %(text)s::text, %(none)s::text, %(yes)s::bool, %(day)s::date = '2027-03-14', cardinality(%(ids)s::uuid[])"
    values = {"text": "día", "none": None, "yes": True, "day": date(2027, 3, 14), "ids": [committed.pk, uuid4()]}
    expected = ("día".encode(), None, b"\1", b"\1", b"\0\0\0\2")
    assert ask(names, **values) == expected
    with transaction.atomic():
        assert ask(names, **values) == expected
    assert ask("select 1 where %(no)s", no=False) is None


def test_a_direct_statement_works_after_a_rollback_and_on_a_new_connection(committed: Business) -> None:
    for _ in range(2):
        assert ask("select 41 + 1") == (b"\0\0\0*",)
        with pytest.raises(KeyError):
            enter(committed)  # psycopg drops all prepared statements now
        assert ask("select 41 + 1") == (b"\0\0\0*",)
        connection.close()


def test_a_direct_statement_belongs_to_the_transaction(committed: Business) -> None:
    with transaction.atomic():
        first = ask("select pg_current_xact_id()::text")
        assert ask("select pg_current_xact_id()::text") == first
    assert ask("select pg_current_xact_id()::text") != first


def test_a_direct_statement_that_fails_raises_as_any_other(committed: Business) -> None:
    for _ in range(2):
        with pytest.raises(ProgrammingError, match="no_such_table"):
            ask("select 1 from no_such_table")
    with pytest.raises(ProgrammingError, match="no_such_table"), transaction.atomic():
        ask("select 1 from no_such_table")
    pid = connection.connection.info.backend_pid
    with psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": None}) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [pid])
    with pytest.raises(OperationalError):
        ask("select 1")
