"""Cards that clients let the business keep: gone at Stripe, or not wanted any more and so taken away there, too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from billing.gateways.base import AccountGone, Misused, Unknown
from billing.gateways.stripe import gateway
from billing.models import SavedCard
from billing.services.refund_asking import NotKnown
from daybook.core.errors import NotFound
from daybook.core.outbox import Drop, Entry, GiveUp, enqueue_all

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scheduling.models import Client

DETACH = "card.detach"


def gone(*, account_id: str, payment_method_id: str, now: datetime) -> bool:
    """The account has no such card any more; whether we had kept it."""
    cards = SavedCard.objects.filter(account_id=account_id, payment_method_id=payment_method_id)
    cards.filter(detached_at__isnull=True).update(detached_at=now)
    return cards.exists()


def forget(*, client: Client, card_id: UUID, now: datetime) -> SavedCard:
    """Never charge this card of the client again, for any appointment, and have Stripe forget it.

    NotFound for a card of somebody else.
    """
    card = SavedCard.objects.filter(pk=card_id, client=client).first()
    if card is None:
        raise NotFound()
    same = SavedCard.objects.filter(client=client, account_id=card.account_id, payment_method_id=card.payment_method_id)
    _forget(same, now)
    return card


def forget_all(*, client: Client, now: datetime) -> None:
    """Charge no card of an erased client any more, and have Stripe forget them. What was paid stays, for the books."""
    _forget(SavedCard.objects.filter(client=client), now)


def detach(*, card_id: UUID) -> None:
    """Have Stripe forget a card that was forgotten here. Raises `NotKnown` for the outbox to ask again.

    One that the client has let the business keep anew meanwhile stays.
    """
    card = SavedCard.objects.filter(pk=card_id).first()
    if card is None or _kept(card):
        raise Drop("it is kept")
    try:
        found = gateway().detach(card.account_id, card.payment_method_id)
    except AccountGone as error:
        raise Drop("the account is not ours any more") from error
    except Misused as error:
        raise GiveUp(str(error)) from error
    if isinstance(found, Unknown):
        raise NotKnown(found.reason)


def _forget(cards: QuerySet[SavedCard], now: datetime) -> None:
    with transaction.atomic():
        rows = list(cards.filter(detached_at__isnull=True).select_for_update())
        SavedCard.objects.filter(pk__in=[row.pk for row in rows]).update(detached_at=now)
        there = {(row.account_id, row.payment_method_id): row for row in rows}
        enqueue_all(
            Entry(DETACH, f"card:{row.pk}", f"{DETACH}:{row.pk}", now, {"card": str(row.pk)}) for row in there.values()
        )


def _kept(card: SavedCard) -> bool:
    same = SavedCard.objects.filter(account_id=card.account_id, payment_method_id=card.payment_method_id)
    return same.filter(detached_at__isnull=True).exists()
