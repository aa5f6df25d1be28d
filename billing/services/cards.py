"""Cards that clients let the business keep: gone at Stripe, or not wanted any more."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from billing.models import SavedCard
from daybook.core.errors import NotFound

if TYPE_CHECKING:
    from scheduling.models import Client


def gone(*, account_id: str, payment_method_id: str, now: datetime) -> bool:
    """The account has no such card any more; whether we had kept it."""
    cards = SavedCard.objects.filter(account_id=account_id, payment_method_id=payment_method_id)
    cards.filter(detached_at__isnull=True).update(detached_at=now)
    return cards.exists()


def forget(*, client: Client, card_id: UUID, now: datetime) -> SavedCard:
    """Never charge this card of the client again, for any appointment. NotFound for a card of somebody else."""
    card = SavedCard.objects.filter(pk=card_id, client=client).first()
    if card is None:
        raise NotFound()
    same = SavedCard.objects.filter(client=client, account_id=card.account_id, payment_method_id=card.payment_method_id)
    same.filter(detached_at__isnull=True).update(detached_at=now)
    return card


def forget_all(*, client: Client, now: datetime) -> None:
    """Charge no card of an erased client any more. What was paid stays, for the books."""
    SavedCard.objects.filter(client=client, detached_at__isnull=True).update(detached_at=now)
