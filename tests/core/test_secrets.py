"""Secrets lie sealed in the database, and can be sealed anew with another key."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from calendarsync.models import Connection
from daybook.core import secrets
from tenants.models import Business
from tests.factories import make_provider

OLD, NEW = "test-only-" + "o" * 50, "test-only-" + "n" * 50


def connected(business: Business) -> Connection:
    return Connection.objects.create(
        provider=make_provider(business), refresh_token="1//the-refresh-token", connected_at=timezone.now()
    )


def stored(row: Connection) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select refresh_token from calendarsync_connection where id = %s", [row.pk])
        return str(cursor.fetchone()[0])


def test_hc208_a_copy_of_the_database_tells_no_token(business: Business) -> None:
    row = connected(business)
    assert "refresh-token" not in stored(row)
    assert secrets.unseal(stored(row)) == "1//the-refresh-token"
    assert Connection.objects.get(pk=row.pk).refresh_token == "1//the-refresh-token"


def test_an_empty_secret_stays_empty(business: Business) -> None:
    row = connected(business)
    Connection.objects.filter(pk=row.pk).update(refresh_token="")
    assert stored(row) == Connection.objects.get(pk=row.pk).refresh_token == ""


def test_hc208_keys_are_rotated_without_losing_a_secret(business: Business, settings: Any) -> None:
    settings.SECRETS_KEYS = [OLD]
    row = connected(business)
    settings.SECRETS_KEYS = [NEW, OLD]
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    assert "sealed with the newest key" in said.getvalue()
    settings.SECRETS_KEYS = [NEW]
    assert Connection.objects.get(pk=row.pk).refresh_token == "1//the-refresh-token"
    settings.SECRETS_KEYS = [OLD]
    with pytest.raises(InvalidToken):
        Connection.objects.get(pk=row.pk)
