"""A person is no member any more: his calendars are read and written no more. The provider can be booked as before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from calendarsync.selectors.departing import departing
from calendarsync.services import feeds, parting, rows, subscriptions
from daybook.core.audit import Line, record
from tenants.enums import Role
from tenants.selectors import members

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from daybook.core.actors import Actor
    from tenants.models import Business, Membership


def depart(
    *, business: Business, member: Membership, now: datetime, by: Actor, request: HttpRequest | None = None
) -> list[str]:
    """Leave his accounts (events stay there), switch off the feed whose address he knows, pause what he listens to.

    Answers what was done, in sentences.
    """
    team, said = members(business), list[str]()
    goes = departing([member], team)[member.pk]
    for connection in goes.connections:
        parting.leave(connection=connection, events_go=False, now=now)
        provider = connection.provider
        line = Line("calendar.disconnected", "calendar", provider.pk, provider.name)
        record(line, tenant_id=business.pk, by=by, request=request)
        rows.mails(f"{rows.TELL_DEPARTED}:{connection.pk}", rows.TELL_DEPARTED, {
            "connection": str(connection.pk), "provider": str(provider.pk)}, _concerned(team, provider.pk, by), now=now)  # fmt: skip
        said.append(_("%(name)s: Google Calendar is disconnected, appointments stay in it.") % {"name": provider.name})
    for feed in goes.feeds:
        feeds.switch_off(business=business, provider=feed.provider, by=by, request=request)
        said.append(_("%(name)s: the calendar address does not work any more.") % {"name": feed.provider.name})
    for row in goes.subscriptions:
        subscriptions.pause(business=business, subscription=row, by=by, request=request)
        said.append(_("%(name)s: the calendar “%(calendar)s” is paused.") % {
            "name": row.provider.name, "calendar": row.name})  # fmt: skip
    return said


def _concerned(team: list[Membership], provider_id: UUID, by: Actor) -> list[str]:
    """The owners and who else is the provider, but for whoever does it: ids of members."""
    chosen = [one for one in team if one.role == Role.OWNER or one.provider_id == provider_id]
    return [str(one.pk) for one in chosen if one.active and one.user.is_active and str(one.pk) != by.id]
