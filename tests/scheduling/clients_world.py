"""A studio with clients, for the tests of their lists, pages, merging, erasing and importing."""

from typing import Any

from scheduling.models import Client
from tests.dashboard.conftest import Studio


def make_client(name: str, email: str = "", phone: str = "", **values: Any) -> Client:
    """A client as kept, without a booking."""
    return Client.objects.create(name=name, email=email, phone=phone, **values)


def book(studio: Studio, client: Client, start: str, **values: Any) -> Any:
    """An appointment of this client, on the studio's Wednesday or at an instant."""
    made = studio.book(start, name=client.name, email=client.email, phone=client.phone, **values)
    type(made).objects.filter(pk=made.pk).update(client=client)
    made.refresh_from_db()
    return made
