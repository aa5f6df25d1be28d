"""The mails to people on the waiting list, rendered. Nothing here sends, and nothing here decides whether to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from daybook.core import formats
from daybook.core.crypto import digest
from daybook.core.mail import Letter, inlined, one_line
from scheduling.emails import times, wishes
from scheduling.emails.letters import Fact, Link, language_of
from scheduling.models import WaitlistEntry, WaitlistOffer

if TYPE_CHECKING:
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Words:
    """Subject, heading, the sentence below it, and a small one below all."""

    subject: str
    title: str
    lead: str
    small: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What a letter needs besides its entry: where its links lead, and what tells this mail from others."""

    business: Business
    url: str
    reply_to: str
    mail_id: str


def joined(entry: WaitlistEntry, post: Post, *, changed: bool) -> Letter:
    """On the list: what was noted, and how offers work."""
    language = _language(entry, post)
    with translation.override(language):
        names = _names(entry, post)
        length = formats.duration(post.business.waitlist_offer_minutes)
        lead = _("As soon as a time that fits is free, we keep it for you and write to you. You then have %(length)s "
                 "to say yes; nights do not count.") % {"length": length}  # fmt: skip
        title = _("Your wish was changed") if changed else _("You are on the waiting list")
        subject = _("Waiting list: your wish was changed, %(service)s") if changed else _("Waiting list: %(service)s")
        small = _("You did not ask for it? Then somebody typed your address by mistake. Leave the list with the link "
                  "above, and you hear no more of it.")  # fmt: skip
        facts = [*_wish_facts(entry, language), *([Fact(_("Notes"), entry.notes)] if entry.notes else [])]
        button = Link(_("Change or leave"), post.url)
        return _letter(entry, post, Words(subject % names, title, lead, small), language, facts=facts, button=button)


def offered(offer: WaitlistOffer, post: Post, *, no_url: str, place: str) -> Letter:
    """A time is kept: when it is, and until when."""
    entry, appointment = offer.entry, offer.appointment
    language = _language(entry, post)
    with translation.override(language):
        zone = times.zones_of(post.business, appointment)[0]
        values = {
            **_names(entry, post),
            "when": times.short(appointment.starts_at, zone, language),
            "until": times.exact(offer.expires_at, zone, language),
        }
        words = Words(
            _("Free for you: %(service)s, %(when)s") % values,
            _("A time is free for you"),
            _("It is kept for you until %(until)s. After that the next person on the list may have it.") % values,
        )
        facts = [Fact(_("Service"), _service(offer)), Fact(_("With"), appointment.provider_name)]
        if place:
            facts.append(Fact(_("Where"), place))
        price = formats.money(appointment.price, appointment.currency, language) if appointment.price else _("Free")
        facts.append(Fact(_("Price"), price))
        facts.append(Fact(_("Answer by"), values["until"]))
        return _letter(
            entry, post, words, language, facts=facts, lines=times.lines(post.business, appointment, language),
            button=Link(_("Book this time"), post.url), second=Link(_("No, thanks"), no_url),
        )  # fmt: skip


def withdrawn(offer: WaitlistOffer, post: Post) -> Letter:
    """What was offered is not free any more; the entry waits on."""
    entry, appointment = offer.entry, offer.appointment
    language = _language(entry, post)
    with translation.override(language):
        zone = times.zones_of(post.business, appointment)[0]
        values = {**_names(entry, post), "when": times.exact(appointment.starts_at, zone, language)}
        words = Words(
            _("Not free any more: %(service)s, %(when)s") % values,
            _("This time is not free any more"),
            _("We are sorry: %(business)s needs %(when)s for something else. You stay on the waiting list.") % values,
        )
        button = Link(_("Show my place on the list"), post.url)
        return _letter(entry, post, words, language, facts=_wish_facts(entry, language), button=button)


def left(entry: WaitlistEntry, post: Post, *, offers: int) -> Letter:
    """Off the list, because so many offers passed without an answer."""
    language = _language(entry, post)
    with translation.override(language):
        values = {**_names(entry, post), "n": offers}
        words = Words(
            _("You are no longer on the waiting list: %(service)s") % values,
            _("We took you off the waiting list"),
            _("We kept %(n)d times for you and heard nothing. If you are still looking for one, one click puts you "
              "back on the list.") % values,
        )  # fmt: skip
        button = Link(_("Put me back on the list"), post.url)
        return _letter(entry, post, words, language, facts=_wish_facts(entry, language), button=button)


def _letter(
    entry: WaitlistEntry,
    post: Post,
    words: Words,
    language: str,
    *,
    facts: list[Fact],
    button: Link,
    second: Link | None = None,
    lines: list[times.Line] | None = None,
) -> Letter:
    values = {
        "business": post.business,
        "subject": one_line(words.subject),
        "words": words,
        "lines": lines or [],
        "facts": facts,
        "button": button,
        "second": second,
    }
    return Letter(
        to=entry.email,
        subject=one_line(words.subject),
        text=render_to_string("scheduling/mail/waiting.txt", values).strip() + "\n",
        html=inlined(render_to_string("scheduling/mail/waiting.html", values)),
        sender=_("%(business)s via Daybook") % {"business": one_line(post.business.name, 80)},
        message_id=f"wait.{digest(post.mail_id)[:32]}@{settings.BASE_DOMAIN}",
        thread=f"wait.{entry.pk}@{settings.BASE_DOMAIN}",
        reply_to=post.reply_to,
        language=language,
    )


def _language(entry: WaitlistEntry, post: Post) -> str:
    return language_of(entry.locale or post.business.locale)


def _names(entry: WaitlistEntry, post: Post) -> dict[str, str]:
    return {"service": one_line(entry.service.name), "business": one_line(post.business.name)}


def _wish_facts(entry: WaitlistEntry, language: str) -> list[Fact]:
    wish = wishes.words(entry, language)
    who = entry.provider.name if entry.provider is not None else _("Anyone")
    return [
        Fact(_("Service"), entry.service.name),
        Fact(_("With"), who),
        Fact(_("Dates"), wish.dates),
        Fact(_("Days"), wish.days),
        Fact(_("Hours"), wish.hours),
    ]


def _service(offer: WaitlistOffer) -> str:
    return f"{offer.appointment.service_name}, {formats.duration(offer.appointment.duration_minutes)}"


def path(entry: WaitlistEntry, token: str, offer: WaitlistOffer | None = None, *, answer: str = "") -> str:
    """The page of an entry, or of an offer made to it, with the secret that opens it."""
    rest = f"/offer/{offer.pk}" if offer is not None else ""
    return f"/w/{entry.pk}{rest}?t={quote(token)}" + (f"&answer={answer}" if answer else "")
