"""A client lost the link to a booking: it is mailed again to the address that booked."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from daybook.core.crypto import derive_token
from daybook.core.outbox import enqueue

KIND = "mail.manage_link"


def ask(*, reference: str, email: str, nonce: str, now: datetime) -> None:
    """Ask for the link. Every asker causes the same work: whether the two belong together is found out later.

    The row keeps no address, only what it must derive to.
    """
    with transaction.atomic():
        enqueue(
            kind=KIND,
            aggregate=f"manage_link:{reference}",
            dedupe_key=f"{KIND}:{nonce}",
            payload={"reference": reference, "asker": fingerprint(email)},
            due_at=now,
        )


def fingerprint(email: str) -> str:
    """What an address derives to in this business."""
    return derive_token(connection.schema_name, email.strip().lower(), "manage_link")  # type: ignore[attr-defined]
