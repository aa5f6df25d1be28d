"""Mails about a client's own pages, rendered. Nothing here sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from daybook.core import formats
from daybook.core.crypto import digest
from daybook.core.mail import Letter, inlined, one_line

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business


def lost_link(business: Business, appointment: Appointment, url: str, *, mail_id: str) -> Letter:
    """The link to a booking once more, in the client's language."""
    language = appointment.client_locale or business.locale
    with translation.override(language):
        names = {"service": one_line(appointment.service_name), "business": one_line(business.name, 80)}
        zone = business.timezone
        context = {
            "business": business,
            "subject": _("Your booking: %(service)s") % names,
            "when": formats.when(appointment.starts_at, appointment.ends_at, zone, language),
            "zone": formats.zone_label(zone, appointment.starts_at, language),
            "service": names["service"],
            "url": url,
        }
        return Letter(
            to=appointment.client_email,
            subject=one_line(str(context["subject"])),
            text=render_to_string("widget/mail/lost_link.txt", context).strip() + "\n",
            html=inlined(render_to_string("widget/mail/lost_link.html", context)),
            sender=_("%(business)s via Daybook") % names,
            message_id=f"link.{digest(mail_id)[:24]}@{settings.BASE_DOMAIN}",
            thread=f"{appointment.pk}@{settings.BASE_DOMAIN}",
            reply_to=business.email,
            language=language,
        )
