"""A mail with what staff wrote to a client, in the business's frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from daybook.core.mail import Letter, inlined, one_line
from scheduling.emails import times
from scheduling.emails.letters import Fact, Link, language_of
from scheduling.models import Message

if TYPE_CHECKING:
    from tenants.models import Business


def to_client(message: Message, *, business: Business, manage_url: str, reply_to: str) -> Letter:
    """The mail; its frame speaks the client's language. With `manage_url` it names the appointment that it is about."""
    appointment = message.appointment
    language = language_of(appointment.client_locale or business.locale)
    with translation.override(language):
        name = one_line(business.name)
        lines = times.lines(business, appointment, language) if manage_url else []
        values = {
            "business": business,
            "subject": message.subject,
            "body": message.body,
            "from_label": _("Message from %(business)s") % {"business": name},
            "lines": lines,
            "facts": [Fact(_("Service"), appointment.service_name), Fact(_("With"), appointment.provider_name)],
            "button": Link(_("Manage booking"), manage_url) if manage_url else None,
            "may_reply": bool(reply_to),
        }
        return Letter(
            to=message.recipient,
            subject=one_line(message.subject),
            text=render_to_string("scheduling/mail/personal.txt", values).strip() + "\n",
            html=inlined(render_to_string("scheduling/mail/personal.html", values)),
            sender=_("%(business)s via Daybook") % {"business": one_line(business.name, 80)},
            message_id=f"{message.pk}@{settings.BASE_DOMAIN}",
            thread=f"{appointment.pk}@{settings.BASE_DOMAIN}",
            reply_to=reply_to,
            language=language,
        )
