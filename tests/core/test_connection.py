"""A kept connection is checked without an exchange, and one that died is noticed."""

from typing import Any

import psycopg
import pytest
from django.db import OperationalError
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
