"""Money that a person has to look at: what happened, and what to do, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.models import Concern
from daybook.core.formats import money

WORDS: dict[str, tuple[Promise | str, Promise | str, Promise | str]] = {
    "amount_mismatch": (
        _("A payment differs from what was asked"),
        _("The client paid another amount or currency than this booking costs, so nothing was confirmed."),
        _("Compare the payment at Stripe with the appointment; refund it, or book the appointment yourself."),
    ),
    "checkout_refused": (
        _("Stripe refused a payment page"),
        _("Stripe would not open a payment page for this booking."),
        _("Look at Payments, Account: perhaps Stripe asks for something. Then send the client the payment link again."),
    ),
    "checkout_out_of_reach": (
        _("A payment page cannot be checked"),
        _("The Stripe account cannot be reached, so nobody knows whether this payment page was paid."),
        _("Look into your Stripe account. Connect it again if it was disconnected."),
    ),
    "refund_failed": (
        _("A refund did not go through"),
        _(
            "The bank sent the money back, or Stripe refused the refund. The money is with you; the client has not got it."
        ),
        _("Try again on the appointment's page, or give the money back another way and say so here."),
    ),
    "refund_misused": (
        _("A refund needs to be checked"),
        _("Stripe did not accept the request for this refund, and it is not tried again by itself."),
        _("Look at the payment at Stripe: refund it there if that has not happened."),
    ),
    "disputed_cancelled": (
        _("Cancelled while the bank looks at the payment"),
        _(
            "The appointment was cancelled, and something would go back. While a dispute is open nothing can be refunded."
        ),
        _("Answer the dispute at Stripe. If you win it, refund the client on the appointment's page."),
    ),
    "cash_to_return": (
        _("Money to give back in person"),
        _("The appointment was cancelled. What the client paid in person cannot go back by itself."),
        _("Give it back, and mark it as refunded on the appointment's page."),
    ),
    "fee_after_undo": (
        _("A fee was paid, then the appointment was restored"),
        _("The fee had been charged already when the no-show or the cancellation was taken back."),
        _("Refund the fee on the appointment's page if the client should not have paid it."),
    ),
    "charge_unknown": (
        _("Nobody knows whether a card was charged"),
        _("Stripe did not answer, and the charge is not repeated by itself, so that nobody pays twice."),
        _(
            "Daybook looks again after a day: then it is paid, or can be asked for anew. If this stays open, look for the payment at Stripe."
        ),
    ),
    "fee_unknown": (
        _("Nobody knows whether a fee was charged"),
        _("Stripe did not answer, and the charge is not repeated by itself, so that nobody pays twice."),
        _(
            "Daybook looks again after a day: then it is paid, or can be asked for anew. If this stays open, look for the payment at Stripe."
        ),
    ),
    "unknown_payment": (
        _("A payment that Daybook does not know"),
        _("Your Stripe account has a payment for this business that belongs to no booking here."),
        _("Look at it at Stripe. Refund it there if it is not yours to keep."),
    ),
    "sums_differ": (
        _("Stripe and Daybook differ"),
        _("The amounts of a payment are not the same at Stripe and here."),
        _("Compare the payment at Stripe with the appointment's page, and tell us if you cannot explain it."),
    ),
}
OTHER = (
    _("Something about money needs a look"),
    _("Daybook could not settle this by itself."),
    _("Compare the payment at Stripe with the appointment's page."),
)


@dataclass(frozen=True, slots=True)
class Described:
    """A concern in words. `amount` is formatted, "" where none is known."""

    row: Concern
    title: str
    what: str
    todo: str
    amount: str


def described(row: Concern) -> Described:
    """What happened and what to do."""
    title, what, todo = WORDS.get(row.kind, OTHER)
    return Described(row, str(title), str(what), str(todo), _amount(row.facts, row))


def concerns(*, closed: bool = False) -> QuerySet[Concern]:
    """Those that wait for somebody, oldest first; or those that were answered, latest first."""
    rows = Concern.objects.select_related("appointment", "payment").filter(closed_at__isnull=not closed)
    return rows.order_by("-closed_at" if closed else "opened_at", "pk")


def open_count() -> int:
    """How many wait. 1 query."""
    return Concern.objects.filter(closed_at__isnull=True).count()


def _amount(facts: dict[str, Any], row: Concern) -> str:
    found = facts.get("amount") or facts.get("paid")
    currency = facts.get("currency") or facts.get("paid_currency") or (row.payment.currency if row.payment else "")
    return money(int(found), str(currency), get_language()) if found and currency else ""
