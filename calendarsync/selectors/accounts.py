"""Reading connections: how they stand, and what somebody has to answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from calendarsync.enums import Answer, State
from calendarsync.models import Attention, Calendar, CalendarChoice, Connection, Mirror, Subscription
from daybook.core.errors import Forbidden, NotFound
from scheduling.selectors.appointments import NOBODY, sees_all
from scheduling.selectors.blocks import seats_of
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Membership


@dataclass(frozen=True, slots=True)
class Standing:
    """How a connection stands. `read_at`: when the calendar that waits longest was last read; `rows` as counted."""

    connection: Connection
    calendars: list[Calendar]
    read_at: datetime | None
    watched_until: datetime | None
    error: str
    waiting: int

    @property
    def used(self) -> list[Calendar]:
        """The calendars that count or receive."""
        return [calendar for calendar in self.calendars if calendar.counts or calendar.receives]

    @property
    def gone(self) -> list[Calendar]:
        """Those of them that are missed."""
        return [calendar for calendar in self.used if calendar.gone_at is not None]

    @property
    def unreadable(self) -> int:
        """How many events close nothing because nobody can read their dates."""
        return sum(len(calendar.unreadable) for calendar in self.calendars if calendar.counts)

    @property
    def broken(self) -> bool:
        """Whether somebody has to act."""
        return self.connection.state == State.RECONNECT or bool(self.gone)


def connection_of(provider_id: UUID) -> Connection | None:
    """The provider's connection. 1 query."""
    return _connections().filter(provider_id=provider_id).first()


def access_connection(provider_id: UUID) -> Connection:
    """The provider's connection, else NotFound. 1 query."""
    found = connection_of(provider_id)
    if found is None:
        raise NotFound()
    return found


def access_connection_by_id(connection_id: UUID) -> Connection:
    """A connection, else NotFound. 2 queries."""
    found = _connections().prefetch_related("calendars").filter(pk=connection_id).first()
    if found is None:
        raise NotFound()
    return found


def connections(provider_id: UUID | None = None) -> QuerySet[Connection]:
    """All connections in the team's order, or one provider's."""
    rows = _connections().prefetch_related("calendars").order_by("provider__position", "connected_at", "pk")
    return rows if provider_id is None else rows.filter(provider_id=provider_id)


def standings(providers: Collection[UUID] | None = None) -> dict[UUID, Standing]:
    """How the connections stand, by provider. 3 queries, however many."""
    rows = _connections().annotate(
        waiting=Count("attentions", filter=Q(attentions__answer=Answer.OPEN), distinct=True),
        watched_until=Max("channels__expires_at", filter=Q(channels__calendar__isnull=False)),
    )
    if providers is not None:
        rows = rows.filter(provider_id__in=providers)
    return {row.provider_id: _standing(row) for row in rows.prefetch_related("calendars")}


def broken_providers(member: Membership) -> list[Connection]:
    """Connections that somebody has to connect again, as far as they concern the member. 1 query."""
    missed = Q(calendars__gone_at__isnull=False) & (Q(calendars__counts=True) | Q(calendars__receives=True))
    rows = _connections().filter(Q(state=State.RECONNECT) | missed).distinct().order_by("provider__position")
    return list(rows if member.may(Right.CHANGE_SETUP) else rows.filter(provider_id=member.provider_id or NOBODY))


def any_connected() -> bool:
    """Whether anybody has connected an outside calendar, or listens to one by its address. 1 or 2 queries."""
    return _connections().exists() or Subscription.objects.exists()


def when_broken() -> str:
    """What happens to bookings while a calendar cannot be read: a `WhenBroken`. 1 query."""
    found = CalendarChoice.objects.first() or CalendarChoice()
    return found.when_broken


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be answered, with the first of the appointments that it is about."""

    attention: Attention
    row: Appointment


def findings(member: Membership, *, block_id: UUID | None = None, provider_id: UUID | None = None) -> list[Finding]:
    """What waits for an answer and concerns the member, oldest first. 2 queries, 1 where nothing waits."""
    rows = Attention.objects.filter(answer=Answer.OPEN).select_related("connection__provider")
    if block_id is not None:
        rows = rows.filter(block_id=block_id)
    if provider_id is not None:
        rows = rows.filter(connection__provider_id=provider_id)
    if not sees_all(member):
        rows = rows.filter(connection__provider_id=member.provider_id or NOBODY)
    asked = list(rows.order_by("found_at", "id"))
    seats = seats_of({one.block_id for one in asked}) if asked else {}
    return [Finding(one, seats[one.block_id][0]) for one in asked if one.block_id in seats]


def mirror_of(block_id: UUID) -> Mirror | None:
    """The event that stands for a block, written or about to be. 1 query."""
    found = Mirror.objects.filter(block_id=block_id, starts_at__isnull=False).exclude(connection__state=State.LEAVING)
    return found.select_related("calendar", "connection").first()


def access_finding(member: Membership, attention_id: UUID) -> Attention:
    """Something to be answered by a member who may change the appointment; else NotFound or Forbidden. 1 query."""
    found = Attention.objects.select_related("connection__provider").filter(pk=attention_id).first()
    if found is None:
        raise NotFound()
    own = found.connection.provider_id == member.provider_id and member.may(Right.CHANGE_OWN_APPOINTMENTS)
    if not own and not member.may(Right.CHANGE_ALL_APPOINTMENTS):
        raise Forbidden("forbidden", _("This is another provider's appointment."))
    return found


def _connections() -> QuerySet[Connection]:
    return Connection.objects.select_related("provider").exclude(state=State.LEAVING)


def _standing(row: Connection) -> Standing:
    calendars = list(row.calendars.all())
    read = [calendar.synced_at for calendar in calendars if calendar.counts or calendar.receives]
    oldest = min((at for at in read if at is not None), default=None) if all(read) else None
    errors = [calendar.last_error for calendar in calendars if calendar.last_error]
    waiting, until = getattr(row, "waiting", 0), getattr(row, "watched_until", None)
    return Standing(row, calendars, oldest, until, row.last_error or next(iter(errors), ""), waiting)
