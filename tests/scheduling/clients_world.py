"""A studio with clients, for the tests of their lists, pages, merging, erasing and importing."""

from typing import Any

from django.db import connection

from daybook.core import media
from scheduling.models import Client, ClientFile, ClientImport, Consent
from tests.dashboard.conftest import Studio
from tests.factories import NOW


def make_client(name: str, email: str = "", phone: str = "", **values: Any) -> Client:
    """A client as kept, without a booking."""
    return Client.objects.create(name=name, email=email, phone=phone, **values)


def book(studio: Studio, client: Client, start: str, **values: Any) -> Any:
    """An appointment of this client, on the studio's Wednesday or at an instant."""
    made = studio.book(start, name=client.name, email=client.email, phone=client.phone, **values)
    type(made).objects.filter(pk=made.pk).update(client=client)
    made.refresh_from_db()
    return made


def hang_on(client_id: Any, canary: str) -> dict[str, str]:
    """One of everything that hangs on a client, and a file of clients to be imported; answers their ids by name."""
    file = media.save(connection.schema_name, "client", b"text", ".txt")  # type: ignore[attr-defined]
    kept = ClientFile.objects.create(
        client_id=client_id, name=f"{canary}.txt", file=file, content_type="text/plain", size=4, uploaded_at=NOW
    )
    consent = Consent.objects.create(client_id=client_id, kind="photos", text=f"{canary} consent", given_at=NOW)
    columns = {"header": ["name"], "map": {"name": 0}, "day_first": False}
    found = ClientImport.objects.create(
        name=f"{canary}.csv", text=f"name\n{canary} Two\n", state="checked", total=1, columns=columns, created_at=NOW
    )
    return {"file_id": str(kept.pk), "consent_id": str(consent.pk), "import_id": str(found.pk)}
