"""Mails to members about calendars: one for each thing that somebody has to do, to each who can do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from calendarsync.enums import Answer, Found, Vendor
from calendarsync.models import Attention, Connection
from calendarsync.services import rows, trouble
from calendarsync.services.accounts import NotNow
from daybook.core import formats
from daybook.core.crypto import digest
from daybook.core.errors import NotFound
from daybook.core.mail import Letter, Outcome, inlined, one_line, send
from daybook.core.outbox import Drop, GiveUp
from scheduling.selectors import blocks
from scheduling.selectors.offer import access_provider
from tenants.enums import Role
from tenants.selectors import business_url, members

if TYPE_CHECKING:
    from tenants.models import Business

PROVIDER = "provider"
"""Stands for the provider's own address, which may belong to no member."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says: its subject and heading, a sentence or two, and the button."""

    title: str
    text: str
    label: str
    url: str


def tell_broken(*, business: Business, connection_id: UUID, who: str, now: datetime) -> None:
    """Say that a calendar has to be connected again; to everybody concerned without `who`, by a row for each."""
    connection = Connection.objects.select_related("provider").filter(pk=connection_id).first()
    if connection is None or not trouble.is_broken(connection.pk):
        raise Drop("it works again")
    if not who:
        since = connection.broken_at or now
        rows.mails(f"{rows.TELL_BROKEN}:{connection.pk}:{since.timestamp()}", rows.TELL_BROKEN, {
            "connection": str(connection.pk)}, recipients(business, connection), now=now)  # fmt: skip
        return
    name = {"name": connection.provider.name, "calendar": connection.get_vendor_display()}
    with translation.override(business.locale):
        paused = trouble.when_broken() != "keep"
        words = Words(
            title=_("%(calendar)s of %(name)s has to be connected again") % name,
            text=" ".join(
                [
                    _("Daybook cannot read or write the calendar at present. What was known to be busy stays closed."),
                    _("New bookings are paused until then.") if paused else _("Bookings go on meanwhile."),
                ]
            ),
            label=_("Connect again"),
            url=business_url(business, f"/dashboard/team/{connection.provider_id}/calendars/"),
        )
    _send(business, connection.provider.email, who, words, f"{connection.pk}.broken.{connection.broken_at or now:%s}")


def tell_found(*, business: Business, attention_id: UUID, who: str, now: datetime) -> None:
    """Say that an answer is needed; to everybody concerned without `who`, by a row for each."""
    attention = (
        Attention.objects.select_related("connection__provider").filter(pk=attention_id, answer=Answer.OPEN).first()
    )
    if attention is None:
        raise Drop("it is answered")
    connection = attention.connection
    if not who:
        rows.mails(f"{rows.TELL_FOUND}:{attention.pk}", rows.TELL_FOUND, {"attention": str(attention.pk)},
                   recipients(business, connection), now=now)  # fmt: skip
        return
    with translation.override(business.locale):
        words = _found_words(business, attention)
    _send(business, connection.provider.email, who, words, f"{attention.pk}.found")


def tell_departed(*, business: Business, provider_id: UUID, connection_id: UUID, who: str) -> None:
    """Say that a calendar was disconnected with the access of the member whose it was."""
    try:
        provider = access_provider(provider_id)
    except NotFound:
        raise Drop("the provider is gone") from None
    name = {"name": provider.name, "calendar": Vendor.GOOGLE.label}
    with translation.override(business.locale):
        words = Words(
            title=_("%(calendar)s of %(name)s is disconnected") % name,
            text=_(
                "The member whose calendar it was has no access to Daybook any more. What is busy there closes no times,"
                " appointments stay in it, and bookings go on."
            ),
            label=_("Open calendars"),
            url=business_url(business, f"/dashboard/team/{provider_id}/calendars/"),
        )
    _send(business, "", who, words, f"{connection_id}.departed")


def recipients(business: Business, connection: Connection) -> list[str]:
    """The provider and the owners, each once: ids of members, or the provider's own address."""
    team = [member for member in members(business) if member.active and member.user.is_active]
    chosen = [m for m in team if m.role == Role.OWNER or m.provider_id == connection.provider_id]
    known = {member.user.email.lower() for member in chosen}
    own = connection.provider.email.lower()
    return [str(member.pk) for member in chosen] + ([PROVIDER] if own and own not in known else [])


def _found_words(business: Business, attention: Attention) -> Words:
    seats = blocks.seats(attention.block_id)
    if not seats:
        raise Drop("the appointment does not take place")
    row, language = seats[0], business.locale
    facts = {
        "service": one_line(row.service_name),
        "when": formats.when(row.starts_at, row.ends_at, business.timezone, language),
        "day": formats.day(row.starts_at.astimezone(ZoneInfo(business.timezone)).date(), language),
        "name": row.provider_name,
    }
    titles = {
        Found.MOVED: _("%(service)s on %(day)s was moved in the calendar"),
        Found.DELETED: _("%(service)s on %(day)s was deleted in the calendar"),
        Found.RESHAPED: _("%(service)s on %(day)s was changed in the calendar"),
        Found.OVERLAP: _("%(service)s on %(day)s overlaps with something in the calendar"),
    }
    text = _("With %(name)s, %(when)s. Nothing has been changed: please decide in Daybook.")
    return Words(
        title=titles[Found(attention.found)] % facts,
        text=text % facts,
        label=_("Open appointment"),
        url=business_url(business, f"/dashboard/appointments/{row.pk}/"),
    )


def _address(business: Business, own: str, who: str) -> str:
    if who == PROVIDER:
        return own
    member = next((m for m in members(business) if str(m.pk) == who and m.active), None)
    if member is None:
        raise Drop("this person is no member any more")
    return str(member.user.email)


def _send(business: Business, own: str, who: str, words: Words, key: str) -> None:
    """`own` is the provider's own address."""
    to = _address(business, own, who)
    with translation.override(business.locale):
        values = {"business": business, "subject": words.title, "words": words}
        letter = Letter(
            to=to,
            subject=words.title,
            text=render_to_string("calendarsync/mail/notice.txt", values).strip() + "\n",
            html=inlined(render_to_string("calendarsync/mail/notice.html", values)),
            sender=_("%(business)s via Daybook") % {"business": one_line(business.name, 80)},
            message_id=f"{key}.{digest(to)[:8]}@{settings.BASE_DOMAIN}",
            language=business.locale,
        )
    delivery = send(letter)
    if delivery.outcome is Outcome.REFUSED:
        raise GiveUp(delivery.detail)
    if delivery.outcome is not Outcome.SENT:
        raise NotNow(delivery.detail)
