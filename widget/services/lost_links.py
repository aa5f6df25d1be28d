"""A client lost the link to a booking: it is mailed again to the address that booked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from daybook.core.crypto import derive_token
from daybook.core.mail import Outcome, send
from daybook.core.outbox import Drop, enqueue
from scheduling.selectors.appointments import Filters, appointments
from scheduling.services.messages import manage_url
from widget import emails

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business

KIND = "mail.manage_link"


class NotSent(Exception):
    """The mail server did not take the mail; the outbox tries again."""


def ask(*, reference: str, email: str, nonce: str, now: datetime) -> None:
    """Ask for the link. Every asker causes the same work: whether the two belong together is found out later.

    The row keeps no address, only what it must derive to.
    """
    with transaction.atomic():
        enqueue(
            kind=KIND,
            aggregate=f"manage_link:{reference}",
            dedupe_key=f"{KIND}:{nonce}",
            payload={"reference": reference, "asker": fingerprint(email), "nonce": nonce},
            due_at=now,
        )


def deliver(*, business: Business, payload: dict[str, Any]) -> None:
    """Mail the link, if that address booked this reference. Raises `Drop` when not, `NotSent` to be tried again."""
    appointment = _booked_by(business, payload["reference"], payload["asker"])
    if appointment is None:
        raise Drop("no booking has this reference and address")
    letter = emails.lost_link(business, appointment, manage_url(business, appointment), mail_id=payload["nonce"])
    outcome = send(letter).outcome
    if outcome == Outcome.REFUSED:
        raise Drop("the mail server refused the address")
    if outcome != Outcome.SENT:
        raise NotSent(outcome)


def fingerprint(email: str) -> str:
    """What an address derives to in this business."""
    return derive_token(connection.schema_name, email.strip().lower(), "manage_link")  # type: ignore[attr-defined]


def _booked_by(business: Business, reference: str, asker: str) -> Appointment | None:
    found = appointments(business, None, Filters(search=reference))
    rows = (row for row in found if row.reference == reference and row.client_email)
    return next((row for row in rows if fingerprint(row.client_email) == asker), None)
