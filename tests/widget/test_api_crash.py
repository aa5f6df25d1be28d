"""The answer is lost: the database's connection dies at COMMIT, and the client asks again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError
from django.db import connection as django_connection

from scheduling.models import Appointment
from tenants.models import Business
from tests.factories import NOW
from tests.widget.asking import Asker, shop

connection: Any = django_connection  # django-tenants' methods have no types
TEN = "2027-06-07T10:00:00-04:00"


@contextmanager
def dying_at_commit(*, committed: bool) -> Iterator[None]:
    """The next COMMIT is (or is not) carried out, and nobody learns which: the connection is gone."""
    whole = connection.commit

    def commit() -> None:
        connection.commit = whole
        if committed:
            whole()
        connection.connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    connection.commit = commit
    try:
        yield
    finally:
        connection.commit = whole


@pytest.fixture
def asker(committed: Business, clock: Callable[[Any], None]) -> Asker:
    clock(NOW)
    return Asker(committed)


@pytest.mark.parametrize("done", [True, False], ids=["committed", "rolled back"])
def test_hc084_a_retry_with_the_same_key_gets_its_own_booking(asker: Asker, committed: Business, done: bool) -> None:
    service, _ = shop(committed, ([1], "09:00", "17:00"))
    with dying_at_commit(committed=done):
        lost = asker.book(service, TEN, key="abc")
    assert lost.status_code == 503
    assert lost.headers["Retry-After"]

    again = asker.booked(service, TEN, key="abc")

    row = Appointment.objects.get()
    assert again["appointment"]["id"] == str(row.pk)
    opened = asker.get(f"appointments/{row.pk}", headers={"X-Manage-Token": again["manage_token"]})
    assert opened.json()["appointment"]["status"] == "confirmed"
    assert asker.book(service, TEN).status_code == 409
