"""Reading who books, as staff see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from daybook.core.errors import Forbidden, NotFound
from scheduling.models import Appointment, Client, ClientFile, Consent
from tenants.enums import Right

if TYPE_CHECKING:
    from tenants.models import Membership

FEWEST_DIGITS = 3
NOT_OF_PHONES = re.compile(r"[^\d\s()+./-]")


def clients(*, search: str = "") -> QuerySet[Client]:
    """Clients by name; `search` finds parts of names and e-mails and digits of phones, however they are grouped."""
    found = Client.objects.filter(erased_at__isnull=True).order_by("name", "id")
    digits = re.sub(r"\D", "", search)
    if len(digits) >= FEWEST_DIGITS and not NOT_OF_PHONES.search(search):
        return found.filter(Q(phone__contains=digits.lstrip("0") or digits) | Q(name__icontains=search.strip()))
    for word in search.split()[:5]:
        found = found.filter(who(word, ""))
    return found


def access_client(client_id: UUID, *, also_erased: bool = False) -> Client:
    """The client, else NotFound; who was erased is not found either, unless asked for."""
    found = Client.objects.filter(pk=client_id).first()
    if found is None or (found.erased_at is not None and not also_erased):
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
    if len(digits) >= FEWEST_DIGITS and not NOT_OF_PHONES.search(word):
        condition |= Q(**{f"{prefix}phone__endswith": digits})
    return condition


def access_consent(client: Client, consent_id: UUID) -> Consent:
    """One of the client's consents, else NotFound."""
    found: Consent | None = client.consents.filter(pk=consent_id).first()
    if found is None:
        raise NotFound()
    return found


def access_file(client: Client, file_id: UUID) -> ClientFile:
    """One of the client's files, else NotFound."""
    found: ClientFile | None = client.files.filter(pk=file_id).first()
    if found is None:
        raise NotFound()
    return found


def require_dossier(member: Membership | None) -> None:
    """Forbidden for a member who does not see all that is kept about a client: his own calendar, or no clients."""
    require_clients(member)
    if member is not None and not member.may(Right.SEE_ALL_APPOINTMENTS):
        raise Forbidden("forbidden", _("Your role does not allow this."))


def require_clients(member: Membership | None) -> None:
    """Forbidden for a member who may export, but sees no clients; keys (no member) see all."""
    if member is not None and not member.may(Right.SEE_CLIENTS):
        raise Forbidden("forbidden", _("Your role does not allow this."))
