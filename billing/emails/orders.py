"""The mails about packages and gift certificates that were bought, rendered. Nothing here sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.enums import Unit
from daybook.core import formats
from daybook.core.crypto import digest
from daybook.core.mail import Letter, inlined, one_line

if TYPE_CHECKING:
    from billing.models import ClientPackage, GiftCertificate
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Post:
    """Whom a mail goes to, with which code, and where its button leads."""

    business: Business
    to: str
    language: str
    code: str
    url: str
    reply_to: str


def package(post: Post, row: ClientPackage) -> Letter:
    """A package with its code: how much it is, how long it holds, how it is used."""
    with translation.override(post.language):
        names = {"name": one_line(row.name), "business": one_line(post.business.name)}
        paid = formats.money(row.price, row.currency, post.language)
        facts = [(_("Package"), row.name), (_("Contains"), contents(row)), (_("Paid"), paid), (_("Code"), post.code)]
        lead = (
            _("Type this code where you book at %(business)s, with the e-mail address to which this was sent.") % names
        )
        subject, title = _("Your package: %(name)s") % names, _("Your package is ready")
        return _letter(post, row, subject, title, lead, [*facts, *_until(row, post.language)], _("Book a time"))


def gift(post: Post, row: GiftCertificate, *, for_recipient: bool) -> Letter:
    """A gift certificate with its code: to whom it is given, or to the buyer."""
    with translation.override(post.language):
        amount = formats.money(row.amount, row.currency, post.language)
        names = {"amount": amount, "buyer": one_line(row.buyer_name), "business": one_line(post.business.name)}
        if for_recipient:
            title = _("A gift from %(buyer)s") % names
            lead = _("%(buyer)s gives you %(amount)s at %(business)s. Type the code where you book.") % names
        else:
            title = _("Your gift certificate is ready")
            lead = _("Print it, or pass the code on: it is typed where a time is booked at %(business)s.") % names
        subject = f"{title}: {amount}, {names['business']}"
        facts = [(_("Worth"), amount), (_("Code"), post.code), *_until(row, post.language)]
        if row.message:
            facts.append((_("Message"), row.message))
        return _letter(post, row, subject, title, lead, facts, _("View and print"))


def contents(row: ClientPackage) -> str:
    """`5 appointments`, `300 minutes`."""
    if row.unit == Unit.MINUTES:
        return formats.duration(row.quantity)
    words = ngettext("%(n)d appointment", "%(n)d appointments", row.quantity)
    return words % {"n": row.quantity}


def _until(row: ClientPackage | GiftCertificate, language: str) -> list[tuple[str, str]]:
    return [(_("Until"), formats.day(row.expires_on, language, year=True))] if row.expires_on else []


def _letter(
    post: Post, row: ClientPackage | GiftCertificate, subject: str, title: str, lead: str,
    facts: list[tuple[str, str]], button: str,
) -> Letter:  # fmt: skip
    subject = one_line(subject)
    values = {
        "business": post.business, "subject": subject, "title": title, "lead": lead, "facts": facts,
        "button": button, "url": post.url,
    }  # fmt: skip
    return Letter(
        to=post.to,
        subject=subject,
        text=render_to_string("billing/mail/order.txt", values).strip() + "\n",
        html=inlined(render_to_string("billing/mail/order.html", values)),
        sender=_("%(business)s via Daybook") % {"business": one_line(post.business.name, 80)},
        message_id=f"{row.pk}.{row.generation}.{digest(post.to)[:8]}@{settings.BASE_DOMAIN}",
        reply_to=post.reply_to,
        language=post.language,
    )
