"""Closing a business, and opening it again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from daybook.core.actors import Actor
from daybook.core.audit import Line, record
from daybook.core.errors import Conflict, Invalid
from tenants.enums import BusinessStatus
from tenants.models import Business
from tenants.signals import business_closed

BY_OWNER = "closed by its owner"


def close(business: Business, *, typed: str, by: Actor, now: datetime) -> None:
    """Take no bookings any more and send no reminders; what is booked can still be cancelled, and the data stays.

    Others hear of it by `business_closed`, and let go of what they hold elsewhere on behalf of the business.
    `typed` has to be the business's name: Invalid otherwise. Conflict when it is not active.
    """
    if " ".join(typed.split()).casefold() != " ".join(business.name.split()).casefold():
        message = _("Type the name of the business as it is written here: %(name)s") % {"name": business.name}
        raise Invalid("name_differs", message, {"name": [message]})
    with transaction.atomic():
        _change(business, BusinessStatus.ACTIVE, BusinessStatus.CLOSED, BY_OWNER, "business.closed", by)
        with tenant_context(business):
            business_closed.send(Business, business=business, now=now)


def reopen(business: Business, *, by: Actor) -> None:
    """Open again what its owner has closed. Raises Conflict when somebody else did, or it is not closed."""
    if business.status_reason != BY_OWNER:
        raise Conflict("not_closed", _("This business cannot be opened again here."))
    _change(business, BusinessStatus.CLOSED, BusinessStatus.ACTIVE, "", "business.reopened", by)


def _change(business: Business, old: BusinessStatus, new: BusinessStatus, reason: str, action: str, by: Actor) -> None:
    with transaction.atomic():
        kept = Business.objects.select_for_update().get(pk=business.pk)
        if kept.status != old:
            raise Conflict("invalid_transition", _("This has been changed meanwhile. Reload the page."))
        kept.status, kept.status_reason = new, reason
        kept.save(update_fields=["status", "status_reason", "updated_at"])
        record(Line(action, "business", kept.pk, kept.name), tenant_id=kept.pk, by=by)
    business.status, business.status_reason = kept.status, kept.status_reason
