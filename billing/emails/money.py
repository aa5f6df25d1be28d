"""The mails about money of an appointment, rendered. Nothing here sends, and nothing here decides whether to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from billing.enums import Method, Purpose
from daybook.core import formats
from daybook.core.crypto import digest
from daybook.core.mail import Letter, inlined, one_line
from scheduling.services.messages import Fact, Link, lines_of

if TYPE_CHECKING:
    from billing.models import Payment
    from scheduling.models import Appointment
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Post:
    """Whom a mail about an appointment's money goes to, and where its button leads. `name` tells it from others."""

    business: Business
    appointment: Appointment
    to: str
    language: str
    name: str
    url: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Subject, heading, the sentence below it, the rows of the table, and what the button says."""

    subject: str
    title: str
    lead: str
    button: str
    facts: list[tuple[str, str]] = field(default_factory=list)


def receipt(post: Post, payment: Payment, *, due: int) -> Letter:
    """What was paid, how, and what is left."""
    with translation.override(post.language):
        amount = formats.money(payment.amount, payment.currency, post.language)
        names = {**names_of(post), "amount": amount}
        facts = [(_("For"), _purpose(payment)), (_("Paid"), amount)]
        if payment.tip:
            facts.append((_("Of which tip"), formats.money(payment.tip, payment.currency, post.language)))
        facts.append((_("How"), _how(payment)))
        if due:
            facts.append((_("Still due"), formats.money(due, payment.currency, post.language)))
        words = Words(
            _("Receipt: %(amount)s, %(service)s") % names,
            _("Thank you for your payment"),
            _("%(business)s received %(amount)s from you.") % names,
            _("Manage booking"),
            facts,
        )
        return letter(post, words)


def payment_link(post: Post, *, amount: int, confirm: bool = False) -> Letter:
    """Where the client can pay what is due. `confirm`: his bank wants him to confirm it himself."""
    with translation.override(post.language):
        money = formats.money(amount, post.appointment.currency, post.language)
        names = {**names_of(post), "amount": money}
        lead = (
            _("Your bank wants you to confirm this payment yourself. It takes a minute.")
            if confirm
            else _("%(business)s asks you to pay %(amount)s for your appointment.")
        )
        words = Words(
            _("Please pay %(amount)s: %(service)s") % names, _("%(amount)s to pay") % names, lead % names,
            _("Pay %(amount)s") % names, [(_("Due"), money)],
        )  # fmt: skip
        return letter(post, words)


def too_late(post: Post, *, amount: int, currency: str) -> Letter:
    """The payment came after the time was gone: all of it goes back. Without an amount only a card was kept."""
    with translation.override(post.language):
        money = formats.money(amount, currency, post.language)
        names = {**names_of(post), "amount": money}
        sorry = _("Your payment reached us only after the time had gone to somebody else. We are sorry.")
        back = _("%(amount)s goes back to your card in full; that takes a few days.") if amount else ""
        again = _("Your card was not charged. We are sorry: the time had gone to somebody else.")
        words = Words(
            _("Your time was gone: %(service)s") % names,
            _("Your time was taken meanwhile"),
            f"{sorry} {back}" % names if amount else again,
            _("Choose another time"),
            [(_("Refunded"), money)] if amount else [],
        )
        return letter(post, words)


def late_for_members(post: Post, *, amount: int, currency: str) -> Letter:
    """The same, for those who run the business."""
    with translation.override(post.language):
        names = {
            **names_of(post),
            "amount": formats.money(amount, currency, post.language),
            "client": one_line(post.appointment.client_name),
        }
        words = Words(
            _("Paid too late, refunded: %(client)s, %(service)s") % names,
            _("A payment came too late"),
            _("%(client)s paid %(amount)s after the time was gone. Everything goes back automatically; nothing is "
              "booked and you need not do anything.") % names,
            _("Open appointment"),
            [(_("Client"), names["client"]), (_("Refunded"), names["amount"])],
        )  # fmt: skip
        return letter(post, words)


def letter(post: Post, words: Words) -> Letter:
    """A mail about an appointment's money, in the language that is active."""
    subject = one_line(words.subject)
    values = {
        "business": post.business,
        "subject": subject,
        "title": words.title,
        "lead": words.lead,
        "lines": lines_of(post.business, post.appointment, post.language),
        "facts": [
            Fact(_("Service"), post.appointment.service_name),
            *(Fact(label, text) for label, text in words.facts),
            Fact(_("Reference"), post.appointment.reference),
        ],
        "button": Link(words.button, post.url),
    }
    appointment = post.appointment
    return Letter(
        to=post.to,
        subject=subject,
        text=render_to_string("billing/mail/money.txt", values).strip() + "\n",
        html=inlined(render_to_string("billing/mail/money.html", values)),
        sender=_("%(business)s via Daybook") % {"business": one_line(post.business.name, 80)},
        message_id=f"{appointment.pk}.{post.name}.{digest(post.to)[:8]}@{settings.BASE_DOMAIN}",
        thread=f"{appointment.pk}@{settings.BASE_DOMAIN}",
        reply_to=post.reply_to,
        language=post.language,
    )


def names_of(post: Post) -> dict[str, str]:
    """What sentences name: `service` and `business`."""
    return {"service": one_line(post.appointment.service_name), "business": one_line(post.business.name)}


def _purpose(payment: Payment) -> str:
    return str(Purpose(payment.purpose).label)


def _how(payment: Payment) -> str:
    if payment.card_last4:
        return f"{payment.card_brand.capitalize()} {payment.card_last4}".strip()
    return str(Method(payment.method).label)
