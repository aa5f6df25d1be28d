"""The mails about an appointment, rendered. Nothing here sends, and nothing here decides whether to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

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
from scheduling.emails.words import Values, Words, client_words, member_words
from scheduling.enums import Location, PaymentMode, Status
from scheduling.models import Appointment

if TYPE_CHECKING:
    from tenants.models import Business

MAPS = "https://www.google.com/maps/search/?api=1&query="
GONE = (Kind.DECLINED, Kind.CANCELLED, Kind.REQUEST_EXPIRED)
"""After these there is no appointment: no price, no deadline, and the button books another time."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the table: label, value, and where the value leads (http, https only)."""

    label: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A button or link."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to an appointment. Instants are aware; `name` tells this message from the others about it."""

    business: Business
    appointment: Appointment
    kind: Kind
    name: str
    now: datetime
    place: str = ""
    cancel_until: datetime | None = None
    move_until: datetime | None = None
    answer_until: datetime | None = None
    old_start: datetime | None = None
    by_client: bool = False
    was_request: bool = False
    reason: str = ""
    seats: int = 1
    """Of a class session that was moved as one."""


def to_client(
    story: Story,
    *,
    manage_url: str,
    book_url: str,
    calendar: list[Link],
    invitation: Invitation | None,
    reply_to: str,
    unsubscribe_url: str = "",
) -> Letter:
    """The mail for the client, in the client's language. `unsubscribe_url`: in mails that the client may stop."""
    appointment, business = story.appointment, story.business
    language = language_of(appointment.client_locale or business.locale)
    with translation.override(language):
        zone = times.zones_of(business, appointment)[0]
        words = client_words(story.kind, _values(story, zone, language))
        gone = story.kind in GONE
        context = {
            "lines": times.lines(business, appointment, language),
            "facts": _client_facts(story, language),
            "policy": "" if gone else _policy(story, zone, language),
            "button": Link(_("Book another time"), book_url) if gone else Link(_("Manage booking"), manage_url),
            "calendar": calendar,
            "reason_label": _("Message from %(business)s") % {"business": one_line(business.name)},
            "reason": "" if story.by_client else story.reason,
            "shared_notes": "" if gone else appointment.shared_notes,
            "unsubscribe_url": unsubscribe_url,
        }
        return _letter(story, appointment.client_email, words, context, language, invitation, reply_to)


def to_member(story: Story, *, to: str, dashboard_url: str) -> Letter:
    """The notice for a member, in the business's language and zone."""
    appointment, business = story.appointment, story.business
    language = language_of(business.locale)
    with translation.override(language):
        words = member_words(story.kind, _values(story, business.timezone, language))
        context = {
            "lines": [times.business_line(business, appointment, language)],
            "facts": _member_facts(story, language),
            "policy": "",
            "button": Link(_("Open appointment"), dashboard_url),
            "calendar": [],
            "reason_label": _("Reason"),
            "reason": story.reason,
        }
        return _letter(story, to, words, context, language, None, "")


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
    side = "" if story.kind.to_client else ".members"
    name = {"business": one_line(story.business.name, 80)}
    return Letter(
        to=to,
        subject=subject,
        text=render_to_string("scheduling/mail/appointment.txt", values).strip() + "\n",
        html=inlined(render_to_string("scheduling/mail/appointment.html", values)),
        sender=_("%(business)s via Daybook") % name,
        message_id=f"{story.appointment.pk}.{story.name}.{story.appointment.sequence}.{digest(to)[:8]}@{settings.BASE_DOMAIN}",
        thread=f"{story.appointment.pk}{side}@{settings.BASE_DOMAIN}",
        reply_to=reply_to,
        language=language,
        invitation=invitation,
        unsubscribe_url=context.get("unsubscribe_url", ""),
    )


def _values(story: Story, zone: str, language: str) -> Values:
    appointment = story.appointment
    old = story.old_start if story.old_start != appointment.starts_at else None  # it may have changed its length only
    return Values(
        business=one_line(story.business.name),
        service=one_line(appointment.service_name),
        when=times.short(appointment.starts_at, zone, language),
        client=_clients(story.seats) if story.seats > 1 else one_line(appointment.client_name),
        old=times.exact(old, zone, language) if old else "",
        until=times.exact(story.answer_until, zone, language) if story.answer_until else "",
        by_client=story.by_client,
        request=story.was_request or appointment.status == Status.PENDING_APPROVAL,
        seats=story.seats,
    )


def _client_facts(story: Story, language: str) -> list[Fact]:
    appointment = story.appointment
    found = [Fact(_("Service"), _service(appointment)), Fact(_("With"), appointment.provider_name)]
    if story.place:
        found.append(Fact(_("Where"), story.place, _place_url(appointment, story.place)))
    if story.kind not in GONE:
        found += _money(appointment, language)
    return [*found, Fact(_("Reference"), appointment.reference)]


def _member_facts(story: Story, language: str) -> list[Fact]:
    appointment = story.appointment
    if story.seats > 1:
        service = Fact(_("Service"), _service(appointment))
        return [service, Fact(_("With"), appointment.provider_name), Fact(_("Clients"), str(story.seats))]
    found = [
        Fact(_("Client"), appointment.client_name),
        Fact(_("E-mail"), appointment.client_email),
        Fact(_("Phone"), appointment.client_phone),
        Fact(_("Service"), _service(appointment)),
        Fact(_("With"), appointment.provider_name),
        Fact(_("Where"), story.place),
        *([] if appointment.status == Status.CANCELLED else _money(appointment, language)),
        Fact(_("Notes"), appointment.notes),
        Fact(_("Reference"), appointment.reference),
    ]
    return [fact for fact in found if fact.text]


def _clients(seats: int) -> str:
    return ngettext("%(n)d client", "%(n)d clients", seats) % {"n": seats}


def _service(appointment: Appointment) -> str:
    return f"{appointment.service_name}, {formats.duration(appointment.duration_minutes)}"


def _money(appointment: Appointment, language: str) -> list[Fact]:
    """The price, what was paid of it, and what is still due."""
    answers: list[tuple[Any, Any]] = signals.paid_wanted.send(sender=None, appointment=appointment, language=language)
    paid = [Fact(label, amount) for _receiver, rows in answers for label, amount in rows or []]
    return [Fact(_("Price"), _price(appointment, language, at_the_visit=not paid)), *paid]


def _price(appointment: Appointment, language: str, *, at_the_visit: bool) -> str:
    if not appointment.price:
        return _("Free")
    answers = signals.price_wanted.send(sender=None, appointment=appointment, language=language)
    told = next((str(words) for _receiver, words in answers if words), "")
    price = told or formats.money(appointment.price, appointment.currency, language)
    in_person = at_the_visit and appointment.payment_mode == PaymentMode.PAY_IN_PERSON
    return _("%(price)s, to be paid at the visit") % {"price": price} if in_person else price


def _place_url(appointment: Appointment, place: str) -> str:
    if appointment.location in times.IN_PERSON:
        return MAPS + quote(place)
    if appointment.location == Location.VIDEO and urlsplit(place).scheme in ("http", "https"):
        return place
    return ""


def _policy(story: Story, zone: str, language: str) -> str:
    """Until when the client can still change it, in a sentence."""
    cancel, move = story.cancel_until, story.move_until
    if cancel is None or move is None:
        return ""
    if cancel < story.now and move < story.now:
        business = {"business": one_line(story.business.name)}
        return _("It is too late to change this online. Please contact %(business)s.") % business
    values = {"cancel": times.exact(cancel, zone, language), "move": times.exact(move, zone, language)}
    if cancel == move:
        return _("You can cancel or move it online until %(cancel)s.") % values
    return _("You can move it online until %(move)s and cancel it until %(cancel)s.") % values


def language_of(wanted: str) -> str:
    """The nearest language that we speak."""
    try:
        return translation.get_supported_language_variant(wanted or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE
