"""The mails about several appointments of a series at once: one list with every date. Nothing here sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daybook.core import formats
from daybook.core.crypto import digest
from daybook.core.mail import Invitation, Letter, inlined, one_line
from scheduling import signals
from scheduling.domain.messages import Kind
from scheduling.emails import times
from scheduling.emails.letters import Fact, Link, language_of
from scheduling.emails.times import Line
from scheduling.emails.words import Words
from scheduling.enums import PaymentMode
from scheduling.models import Appointment

if TYPE_CHECKING:
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Item:
    """One appointment of the list: when (one line per zone), where it was before, with whom and its money where that differs."""

    lines: list[Line]
    was: str
    who: str
    money: str
    url: str


@dataclass(frozen=True, slots=True)
class Amount:
    """The money of one appointment in words: `text` beside it, `each` once for all of them."""

    text: str
    each: str
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to which appointments (by start; at least one), with the page of each. `old`: starts before a move."""

    business: Business
    rows: Sequence[Appointment]
    kind: Kind
    run: str
    place: str
    urls: Mapping[str, str]
    old: Mapping[str, datetime]
    reason: str = ""


def to_client(story: Story, *, book_url: str, invitation: Invitation | None, reply_to: str) -> Letter:
    """The mail for the client, in the client's language."""
    first = story.rows[0]
    language = language_of(first.client_locale or story.business.locale)
    with translation.override(language):
        gone = story.kind == Kind.CANCELLED
        amounts = [] if gone else _amounts(story.rows, language)
        context = {
            "items": _items(story, amounts, lambda row: times.lines(story.business, row, language), language),
            "facts": _facts(story, amounts),
            "policy": "" if gone else _policy(first),
            "button": Link(_("Book another time"), book_url) if gone else None,
            "reason_label": _("Message from %(business)s") % {"business": one_line(story.business.name)},
            "reason": story.reason,
            "shared_notes": "" if gone else first.shared_notes,
        }
        words = _client_words(story, language)
        return _letter(story, first.client_email, words, context, language, invitation, reply_to)


def to_member(story: Story, *, to: str, dashboard_url: str) -> Letter:
    """The notice for a member, in the business's language and zone."""
    business, first = story.business, story.rows[0]
    language = language_of(business.locale)
    with translation.override(language):
        contact = [Fact(_("E-mail"), first.client_email), Fact(_("Phone"), first.client_phone)]
        amounts = [] if story.kind == Kind.CANCELLED else _amounts(story.rows, language)
        facts = [Fact(_("Client"), first.client_name), *contact, *_facts(story, amounts)]
        context = {
            "items": _items(story, amounts, lambda row: [times.business_line(business, row, language)], language),
            "facts": [fact for fact in facts if fact.text],
            "button": Link(_("Open appointments"), dashboard_url),
            "reason_label": _("Reason"),
            "reason": story.reason,
        }
        return _letter(story, to, _member_words(story, language), context, language, None, "")


def _letter(
    story: Story,
    to: str,
    words: Words,
    context: dict[str, Any],
    language: str,
    invitation: Invitation | None,
    reply_to: str,
) -> Letter:
    subject = one_line(words.subject)
    values = {"business": story.business, "subject": subject, "title": words.title, "lead": words.lead, **context}
    return Letter(
        to=to,
        subject=subject,
        text=render_to_string("scheduling/mail/series.txt", values).strip() + "\n",
        html=inlined(render_to_string("scheduling/mail/series.html", values)),
        sender=_("%(business)s via Daybook") % {"business": one_line(story.business.name, 80)},
        message_id=f"{story.run}.{story.kind}.series.{digest(to)[:8]}@{settings.BASE_DOMAIN}",
        thread=f"{story.rows[0].series_id or story.run}@{settings.BASE_DOMAIN}",
        reply_to=reply_to,
        language=language,
        invitation=invitation,
    )


def _items(
    story: Story, amounts: Sequence[Amount], lines: Callable[[Appointment], list[Line]], language: str
) -> list[Item]:
    several = len({one.provider_name for one in story.rows}) > 1
    money = [amount.text for amount in amounts] if _differ(amounts) else [""] * len(story.rows)
    found = []
    for row, words in zip(story.rows, money, strict=True):
        old, zone = story.old.get(str(row.pk)), times.zones_of(story.business, row)[0]
        was = _("It was on %(old)s before.") % {"old": times.exact(old, zone, language)} if old else ""
        who, url = row.provider_name if several else "", story.urls.get(str(row.pk), "")
        found.append(Item(lines(row), was, who, words, url))
    return found


def _facts(story: Story, amounts: Sequence[Amount]) -> list[Fact]:
    rows, first = story.rows, story.rows[0]
    found = [Fact(_("Service"), f"{first.service_name}, {formats.duration(first.duration_minutes)}")]
    if len({row.provider_name for row in rows}) == 1:
        found.append(Fact(_("With"), first.provider_name))
    if story.place:
        found.append(Fact(_("Where"), story.place))
    if amounts and not _differ(amounts):
        found.append(Fact(_("Price"), amounts[0].each))
    return found


def _amounts(rows: Sequence[Appointment], language: str) -> list[Amount]:
    """The money of each, in their order."""
    answers: list[tuple[Any, Any]] = signals.amounts_wanted.send(sender=None, appointments=rows, language=language)
    told: dict[UUID, tuple[str, list[tuple[str, str]]]] = {}
    for _receiver, found in answers:
        told |= found or {}
    return [_amount(row, told.get(row.pk, ("", [])), language) for row in rows]


def _amount(row: Appointment, told: tuple[str, list[tuple[str, str]]], language: str) -> Amount:
    words, paid = told
    if not row.price:
        return Amount(_("Free"), _("Free"))
    price = {"price": words or formats.money(row.price, row.currency, language)}
    if paid:
        parts = [f"{_('Price')}: {price['price']}", *(f"{label}: {amount}" for label, amount in paid)]
        return Amount(" · ".join(parts), "", paid=True)
    if row.payment_mode == PaymentMode.PAY_IN_PERSON:
        each = _("%(price)s each, to be paid at the visit") % price
        return Amount(_("%(price)s, to be paid at the visit") % price, each)
    return Amount(price["price"], _("%(price)s each") % price)


def _differ(amounts: Sequence[Amount]) -> bool:
    """Whether each says its own: they are not the same, or something was paid."""
    return len(set(amounts)) > 1 or any(amount.paid for amount in amounts)


def _policy(row: Appointment) -> str:
    """Until when the client can change each of them, in a sentence."""
    cancel, move = (int(row.policy.get(f"{what}_cutoff_minutes", 0)) for what in ("cancel", "reschedule"))
    values = {"cancel": formats.duration(cancel), "move": formats.duration(move)}
    if cancel != move:
        text = _(
            "You can move each of them online until %(move)s before its start and cancel it until %(cancel)s before."
        )
    elif cancel:
        text = _("You can cancel or move each of them online until %(cancel)s before its start.")
    else:
        text = _("You can cancel or move each of them online until its start.")
    return text % values


def _client_words(story: Story, language: str) -> Words:
    values = _values(story, language)
    n = len(story.rows)
    if story.kind == Kind.CANCELLED:
        title = ngettext("%(n)s appointment is cancelled", "%(n)s appointments are cancelled", n) % values
        lead = _("%(business)s has cancelled them.") if n > 1 else _("%(business)s has cancelled it.")
        return Words(_("Cancelled: %(what)s") % values, title, lead % values)
    if story.kind == Kind.RESCHEDULED:
        title = ngettext("%(n)s appointment has a new time", "%(n)s appointments have new times", n) % values
        return Words(_("Rescheduled: %(what)s") % values, title)
    title = ngettext("Your appointment is confirmed", "Your %(n)s appointments are confirmed", n) % values
    return Words(_("Confirmed: %(what)s") % values, title, _("%(business)s is expecting you.") % values)


def _member_words(story: Story, language: str) -> Words:
    values = _values(story, language)
    n = len(story.rows)
    if story.kind == Kind.CANCELLED:
        title = ngettext("A booking was cancelled", "%(n)s bookings were cancelled", n) % values
        lead = ngettext("The time is free again.", "The times are free again.", n)
        return Words(_("Cancelled: %(client)s, %(what)s") % values, title, lead)
    if story.kind == Kind.RESCHEDULED:
        title = ngettext("A booking was rescheduled", "%(n)s bookings were rescheduled", n) % values
        return Words(_("Rescheduled: %(client)s, %(what)s") % values, title)
    title = ngettext("New booking", "%(n)s new bookings", n) % values
    return Words(_("New booking: %(client)s, %(what)s") % values, title)


def _values(story: Story, language: str) -> dict[str, Any]:
    """`what` is, say, `Deep tissue massage, 6 times from Thu 12 Nov 10:30 am`."""
    first, n = story.rows[0], len(story.rows)
    zone = times.zones_of(story.business, first)[0]
    values = {"service": one_line(first.service_name), "n": n, "when": times.short(first.starts_at, zone, language)}
    what = ngettext("%(service)s, %(when)s", "%(service)s, %(n)s times from %(when)s", n) % values
    return {"business": one_line(story.business.name), "client": one_line(first.client_name), "n": n, "what": what}
