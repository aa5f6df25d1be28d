"""When this happens → do that. Receivers run in the transaction of the fact and only write rows of the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from calendarsync.models import Connection, Mirror
from calendarsync.selectors import accounts
from calendarsync.selectors.departing import departing as going_of
from calendarsync.services import departing, parting, rows
from scheduling import signals
from scheduling.selectors import blocks
from scheduling.services.placing import session_of
from scheduling.signals import Panel
from tenants.signals import business_closed, member_deactivated

if TYPE_CHECKING:
    from django.http import HttpRequest

    from daybook.core.actors import Actor
    from scheduling.models import Appointment
    from tenants.models import Business, Membership

CHANGES = (
    signals.booking_confirmed,
    signals.booking_cancelled,
    signals.booking_no_show,
    signals.booking_restored,
)


def on_changed(*, appointment: Appointment, now: datetime, **_: Any) -> None:
    """Whatever became of it, outside calendars shall agree. 1 query where nobody has connected one."""
    _match({appointment.block_id}, now)


def on_rescheduled(
    *, appointment: Appointment, now: datetime, old_start: datetime, old_provider_id: UUID, **_: Any
) -> None:
    """A seat of a class has left one session for another: both change."""
    former = appointment.block_id
    if appointment.capacity > 1:
        former = session_of(old_provider_id, appointment.service_id, old_start)
    _match({appointment.block_id, former}, now)


def on_client_erased(*, client: Any, now: datetime, **_: Any) -> None:
    """What stood in calendars about a person is written anew without him."""
    mirrored = Mirror.objects.filter(block_id__in=blocks.of_client(client.pk), starts_at__isnull=False)
    rows.match(mirrored.values_list("block_id", flat=True), now=now)


def on_business_closed(*, now: datetime, **_: Any) -> None:
    """Whoever has left us leaves no access with us: accounts are given back, channels stopped."""
    parting.leave_all(now=now)


def on_member_deactivated(
    *, business: Business, member: Membership, by: Actor, request: HttpRequest | None, now: datetime, **_: Any
) -> list[str]:
    """Whoever is no member any more is read and told nothing any more."""
    return departing.depart(business=business, member=member, now=now, by=by, request=request)


def on_panels_wanted(*, place: str, member: Membership | None, **facts: Any) -> list[Panel]:
    """On an appointment's page: what has to be answered about it, and whether it stands in the calendar. 2 queries.

    Where access is ended: whose calendars go with it. 3 queries.
    """
    if place == "members":
        return _departing(facts["team"])
    if place != "appointment" or member is None:
        return []
    block_id = facts["appointment"].block_id
    asked, mirror = accounts.findings(member, block_id=block_id), accounts.mirror_of(block_id)
    if not asked and mirror is None:
        return []
    return [Panel("calendarsync/google/_panel.html", {"findings": asked, "mirror": mirror}, order=-10)]


def _departing(team: list[Membership]) -> list[Panel]:
    active = [one for one in team if one.active]
    going = going_of(active, team)
    names = [one.user.get_full_name() for one in active if going[one.pk]]
    return [Panel("calendarsync/_departing.html", {"names": names})] if names else []


def _match(found: set[UUID], now: datetime) -> None:
    if Connection.objects.exists():
        rows.match(found, now=now)


def connect() -> None:
    """Connect the receivers of this app."""
    for signal in CHANGES:
        signal.connect(on_changed, dispatch_uid="calendarsync.on_changed")
    signals.booking_rescheduled.connect(on_rescheduled, dispatch_uid="calendarsync.on_rescheduled")
    signals.panels_wanted.connect(on_panels_wanted, dispatch_uid="calendarsync.on_panels_wanted")
    signals.client_erased.connect(on_client_erased, dispatch_uid="calendarsync.on_client_erased")
    business_closed.connect(on_business_closed, dispatch_uid="calendarsync.on_business_closed")
    member_deactivated.connect(on_member_deactivated, dispatch_uid="calendarsync.on_member_deactivated")
