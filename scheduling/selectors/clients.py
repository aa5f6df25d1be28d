"""Reading who books, as staff see it."""

import re
from uuid import UUID

from django.db.models import Q, QuerySet

from daybook.core.errors import NotFound
from scheduling.models import Appointment, Client

FEWEST_DIGITS = 3


def clients(*, search: str = "") -> QuerySet[Client]:
    """Clients by name; `search` finds parts of names and e-mails and the last digits of phones."""
    found = Client.objects.order_by("name", "id")
    for word in search.split()[:5]:
        found = found.filter(who(word, ""))
    return found


def access_client(client_id: UUID) -> Client:
    """The client, else NotFound."""
    found = Client.objects.filter(pk=client_id).first()
    if found is None:
        raise NotFound()
    return found


def appointments_of(client: Client) -> QuerySet[Appointment]:
    """A client's appointments, latest first."""
    rows = Appointment.objects.select_related("service", "provider").filter(client=client)
    return rows.order_by("-starts_at", "id")


def who(word: str, prefix: str) -> Q:
    """A condition on name, e-mail and the last digits of the phone, in the fields whose names begin with `prefix`."""
    condition = Q(**{f"{prefix}name__icontains": word}) | Q(**{f"{prefix}email__icontains": word})
    digits = re.sub(r"\D", "", word)
    if len(digits) >= FEWEST_DIGITS and not re.search(r"[^\d\s()+./-]", word):
        condition |= Q(**{f"{prefix}phone__endswith": digits})
    return condition
