"""The mails about money that goes back and fees, rendered. Nothing here sends, and nothing here decides whether to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from billing.emails.money import Post, Words, letter, names_of
from billing.enums import IN_PERSON, Purpose
from billing.failures import in_words
from daybook.core import formats
from daybook.core.mail import Letter, one_line

if TYPE_CHECKING:
    from billing.models import Dispute, Payment, Refund


def refunded(post: Post, refund: Refund) -> Letter:
    """To the client: what goes back, and where to."""
    with translation.override(post.language):
        payment = refund.payment
        values = {**names_of(post), "amount": _money(post, refund.amount, payment), "where": _where(payment)}
        lead = (
            _("%(business)s gave %(amount)s back to you.")
            if payment.method in IN_PERSON
            else _("%(amount)s goes back to %(where)s. Banks take 5 to 10 days to show it.")
        )
        words = Words(
            _("Refund: %(amount)s, %(service)s") % values,
            _("You get %(amount)s back") % values,
            lead % values,
            _("Show the appointment"),
            [(_("Refunded"), values["amount"]), (_("Paid"), _money(post, payment.amount, payment))],
        )
        return letter(post, words)


def refund_failed(post: Post, refund: Refund) -> Letter:
    """To members: the client has not got his money."""
    with translation.override(post.language):
        values = {**_client(post), "amount": _money(post, refund.amount, refund.payment)}
        lead = _(
            "%(client)s was to get %(amount)s back, and the bank or Stripe refused: the money is with you. Try again on "
            "the appointment's page, or give it back another way."
        )
        facts = [(_("Client"), values["client"]), (_("Refund"), values["amount"])]
        words = Words(
            _("A refund failed: %(client)s, %(amount)s") % values,
            _("A refund did not go through"),
            lead % values,
            _("Open appointment"),
            [*facts, (_("Reason"), in_words(refund.failure_code))],
        )
        return letter(post, words)


def fee_charged(post: Post, payment: Payment) -> Letter:
    """To the client: what his card was charged, and why."""
    with translation.override(post.language):
        values = {**names_of(post), "amount": _money(post, payment.amount, payment), "where": _where(payment)}
        charged = _("%(where)s was charged %(amount)s, as the policy you agreed to says.") % values
        words = Words(
            _("%(amount)s charged: %(service)s") % values,
            _fee_title(payment),
            f"{_fee_lead(payment)} {charged}",
            _("Show the appointment"),
            [(str(Purpose(payment.purpose).label), values["amount"])],
        )
        return letter(post, words)


def fee_link(post: Post, payment: Payment, *, again: str = "") -> Letter:
    """To the client: his card could not be charged, and where he can pay. `again`: when the card is tried once more."""
    with translation.override(post.language):
        values = {**names_of(post), "amount": _money(post, payment.amount, payment), "day": again}
        values["where"] = _where(payment)
        why = {
            "authentication_required": _("Your bank wants you to confirm this payment yourself. It takes a minute."),
            "card_gone": _("The card you left with %(business)s cannot be charged any more."),
        }.get(payment.failure_code, _("Your bank declined the payment with %(where)s."))
        parts = [_fee_lead(payment), why, _("The card is tried again on %(day)s.") if again else ""]
        words = Words(
            _("Please pay %(amount)s: %(service)s") % values,
            _fee_title(payment),
            " ".join(part for part in parts if part) % values,
            _("Pay %(amount)s") % values,
            [(str(Purpose(payment.purpose).label), values["amount"])],
        )
        return letter(post, words)


def fee_failed(post: Post, payment: Payment) -> Letter:
    """To members: a fee could not be charged and is not tried again."""
    with translation.override(post.language):
        values = {**_client(post), "amount": _money(post, payment.amount, payment)}
        lead = _(
            "The card of %(client)s could not be charged %(amount)s, and it is not tried again. The client has a link to "
            "pay; you can waive the fee."
        )
        facts = [(_("Client"), values["client"]), (_("Fee"), values["amount"])]
        words = Words(
            _("A fee could not be charged: %(client)s, %(amount)s") % values,
            _("A fee could not be charged"),
            lead % values,
            _("Open appointment"),
            [*facts, (_("Reason"), in_words(payment.failure_code))],
        )
        return letter(post, words)


def dispute(post: Post, found: Dispute) -> Letter:
    """To members: a client's bank wants a payment back, or how that ended."""
    with translation.override(post.language):
        values = {**_client(post), "amount": _money(post, found.amount, found.payment), "until": _until(post, found)}
        title, lead = _dispute_words(found)
        facts = [(_("Client"), values["client"]), (_("Disputed"), values["amount"])]
        return letter(post, Words(title % values, title % values, lead % values, _("Open appointment"), facts))


def _dispute_words(found: Dispute) -> tuple[str, str]:
    if found.status == "won":
        return _("You won the dispute over %(amount)s"), _("The money is yours.")
    if found.status == "lost":
        return _("The dispute over %(amount)s is lost"), _("The bank gave the money back to the client.")
    if found.closed_at:
        return _("The dispute over %(amount)s is closed"), _("Nothing is to be done.")
    lead = _(
        "The client's bank wants the payment back. Answer it in your Stripe Dashboard%(until)s. Meanwhile nothing is "
        "refunded or charged."
    )
    return _("%(client)s disputes %(amount)s"), lead


def _fee_title(payment: Payment) -> str:
    if payment.purpose == Purpose.NO_SHOW_FEE:
        return _("A fee for the appointment you missed")
    return _("A fee for cancelling late")


def _fee_lead(payment: Payment) -> str:
    if payment.purpose == Purpose.NO_SHOW_FEE:
        return _("You were expected and did not come.")
    return _("The appointment was cancelled later than the policy allows for free.")


def _until(post: Post, found: Dispute) -> str:
    if found.due_by is None:
        return ""
    local = found.due_by.astimezone(ZoneInfo(post.business.timezone)).date()
    return " " + _("until %(day)s") % {"day": formats.day(local, post.language)}


def _client(post: Post) -> dict[str, str]:
    return {**names_of(post), "client": one_line(post.appointment.client_name)}


def _money(post: Post, amount: int, payment: Payment) -> str:
    return formats.money(amount, payment.currency, post.language)


def _where(payment: Payment) -> str:
    card = f"{payment.card_brand.title()} {payment.card_last4}".strip()
    return card or _("your card")
