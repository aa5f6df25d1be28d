"""What our event in an outside calendar says: as much as the connection's setting tells, in the business's language."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendarsync.domain.events import Desired
from calendarsync.enums import Privacy
from daybook.core.mail import one_line
from scheduling import documents
from tenants.selectors import business_url

if TYPE_CHECKING:
    from calendarsync.models import Connection, Mirror
    from scheduling.models import Appointment
    from tenants.models import Business

MIDDLE_DOT = "\N{MIDDLE DOT}"


def desired(business: Business, connection: Connection, mirror: Mirror, seats: list[Appointment]) -> Desired:
    """The event of a block as it shall be; `seats` are its appointments, at least one."""
    first = seats[0]
    with translation.override(business.locale):
        shown = connection.privacy
        return Desired(
            id=mirror.event_id,
            start=first.starts_at,
            end=first.ends_at,
            zone=first.provider.timezone or first.service.timezone or business.timezone,
            title=_title(shown, seats),
            description="" if shown == Privacy.BUSY else _description(business, shown, seats),
            location="" if shown == Privacy.BUSY else documents.place(business, first),
            block_id=str(mirror.block_id),
        )


def _title(shown: str, seats: list[Appointment]) -> str:
    first = seats[0]
    if shown == Privacy.BUSY:
        return _("Busy")
    service = one_line(first.service_name)
    if first.capacity > 1:
        return f"{service} ({len(seats)}/{first.capacity})"
    return f"{one_line(first.client_name)} {MIDDLE_DOT} {service}" if shown == Privacy.FULL else service


def _description(business: Business, shown: str, seats: list[Appointment]) -> str:
    """Lines of text. Google shows them as HTML, so what people typed is escaped."""
    lines = []
    if seats[0].capacity > 1:
        words = ngettext("%(n)d of %(seats)d seat taken", "%(n)d of %(seats)d seats taken", len(seats))
        lines.append(words % {"n": len(seats), "seats": seats[0].capacity})
    if shown == Privacy.FULL:
        lines += [_person(row) for row in seats]
    url = business_url(business, f"/dashboard/appointments/{seats[0].pk}/")
    return "\n".join(filter(None, [*lines, url]))


def _person(row: Appointment) -> str:
    facts = (row.client_name, row.client_phone, row.notes, row.reference)
    return escape(f" {MIDDLE_DOT} ".join(one_line(fact, 1000) for fact in facts if fact))
