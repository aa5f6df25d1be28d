"""The mail about an outside feed that does not work, in the business's language and zone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from daybook.core import formats
from daybook.core.crypto import digest
from daybook.core.mail import Letter, inlined, one_line

if TYPE_CHECKING:
    from calendarsync.models import Subscription
    from tenants.models import Business


def broken(business: Business, row: Subscription, *, to: str, url: str, problem: str) -> Letter:
    """The mail to one person; `url` is the page where it can be mended."""
    assert row.failing_since is not None
    language = business.locale
    with translation.override(language):
        names = {"calendar": one_line(row.name), "name": one_line(row.provider.name)}
        since = row.failing_since
        values = {
            "business": business,
            "subject": _("The calendar “%(calendar)s” of %(name)s cannot be read") % names,
            "lead": _("Daybook has not been able to read it since %(since)s.")
            % {
                "since": f"{formats.day(since.astimezone(ZoneInfo(business.timezone)).date(), language)}, {formats.clock(since, business.timezone, language)}"
            },
            "problem": problem,
            "url": url,
        }
        return Letter(
            to=to,
            subject=str(values["subject"]),
            text=render_to_string("calendarsync/mail/feed_broken.txt", values).strip() + "\n",
            html=inlined(render_to_string("calendarsync/mail/feed_broken.html", values)),
            sender=_("%(business)s via Daybook") % {"business": one_line(business.name, 80)},
            message_id=f"{digest(f'{row.pk}:{since.isoformat()}:{to}')[:32]}@{settings.BASE_DOMAIN}",
            language=language,
        )
