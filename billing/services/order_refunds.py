"""A package or gift certificate whose money went back is worth nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.enums import OrderState
from billing.models import ClientPackage, GiftCertificate
from billing.selectors import ledger

if TYPE_CHECKING:
    from billing.models import Payment


def stop(payment: Payment) -> None:
    """Switch off what this payment bought once all of it goes back; staff may switch it on. In the refund's transaction.

    A part that goes back changes nothing: what it was for was settled between people.
    """
    if payment.subject is None or ledger.left_to_refund(payment) > 0:
        return
    for model in (ClientPackage, GiftCertificate):
        rows = model._default_manager.filter(pk=payment.subject, state=OrderState.ACTIVE)
        rows.update(state=OrderState.STOPPED)
