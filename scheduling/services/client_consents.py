"""What clients agreed to. Nothing is changed afterwards: a consent is withdrawn, and another one given."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from daybook.core.checking import Checks
from scheduling.models import Client, Consent

if TYPE_CHECKING:
    from daybook.core.actors import Actor


def give(
    client: Client, *, kind: str, text: str, version: str = "", now: datetime, by: Actor, address: str = ""
) -> Consent:
    """Write down what a client agreed to, in the very words. `address`: where from, when the client did it online."""
    checks = Checks()
    kind = checks.line("kind", kind, least=1, most=40)
    text = checks.text("text", text, most=5000)
    version = checks.line("version", version, most=40)
    if not text:
        checks.problem("text", "")
    checks.done()
    recorded_by = by.name if by.is_staff else ""
    return Consent.objects.create(
        client=client, kind=kind, text=text, version=version, given_at=now, given_from=address, recorded_by=recorded_by
    )


def withdraw(consent: Consent, *, now: datetime) -> None:
    """From now on it does not hold; withdrawing twice keeps the first time."""
    Consent.objects.filter(pk=consent.pk, withdrawn_at__isnull=True).update(withdrawn_at=now)


def give_again(consent: Consent, *, withdrawn_at: datetime) -> None:
    """Undo a withdrawal made at that very instant; a later one stays."""
    Consent.objects.filter(pk=consent.pk, withdrawn_at=withdrawn_at).update(withdrawn_at=None)
