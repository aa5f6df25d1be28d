"""Plain functions that make a business's things as its staff would. The connection must be in the business's schema.

>>> ana = make_provider(business, "Ana Duarte")
>>> cut = make_service(business, "Cut", providers=[ana], duration_minutes=60)
>>> open_week(ana)                                   # Monday to Friday, 9 to 5
>>> make_appointment(business, cut, ana, "2027-06-07T10:00:00-04:00")
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from billing.services.terms import terms
from daybook.core.actors import Actor, ActorKind
from scheduling.enums import OverrideKind, Status
from scheduling.models import Appointment, AvailabilityRule, BusyTime, DateOverride, Provider, Service
from scheduling.services import bookings, hours, offer, team
from scheduling.services.clients import clean_details
from scheduling.services.offer import Link
from scheduling.services.placing import Wish
from tenants.models import Business, Membership, User

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)
"""A Tuesday; what `now` is where a test does not care."""
MONDAY = "2027-06-07"
WEEK = (1, 2, 3, 4, 5)
STAFF = Actor(ActorKind.MEMBER, id="staff", name="Rosa Marín")
CLIENT = Actor(ActorKind.CLIENT, name="Kim Lee")


def make_provider(business: Business, name: str = "Ana Duarte", **values: Any) -> Provider:
    """A provider without services."""
    return team.make_provider(business=business, name=name, **values)


def make_service(
    business: Business, name: str = "Cut", *, providers: Iterable[Provider | Link] = (), **values: Any
) -> Service:
    """A service of 60 minutes at 10000, given by `providers` (a Link carries an own price or duration)."""
    links = [p if isinstance(p, Link) else Link(p.pk) for p in providers]
    return offer.make_service(business=business, name=name, providers=links, **{"price": 10000, **values})


def make_rule(
    provider: Provider | None,
    weekday: int,
    start: str = "09:00",
    end: str = "17:00",
    *,
    service: Service | None = None,
    since: date | None = None,
    until: date | None = None,
) -> AvailabilityRule:
    """One weekly window beside those there are; weekday 0 = Sunday."""
    return AvailabilityRule.objects.create(
        provider=provider,
        service=service,
        weekday=weekday,
        start_minute=minute(start),
        end_minute=minute(end),
        effective_from=since,
        effective_to=until,
    )


def open_week(
    provider: Provider | None = None, start: str = "09:00", end: str = "17:00", *, weekdays: Sequence[int] = WEEK
) -> None:
    """The same hours on several weekdays, for a provider or (None) everybody."""
    for weekday in weekdays:
        make_rule(provider, weekday, start, end)


def make_block(
    provider: Provider | None, day: str, start: str | None = None, end: str | None = None, *, to: str | None = None
) -> DateOverride:
    """A closed date, span of dates, or hours."""
    return _override(provider, OverrideKind.BLOCKED, day, start, end, to)


def make_exception(provider: Provider | None, day: str, start: str, end: str, *, to: str | None = None) -> DateOverride:
    """Special hours on a date or span of dates."""
    return _override(provider, OverrideKind.EXCEPTION, day, start, end, to)


def _override(
    provider: Provider | None, kind: str, day: str, start: str | None, end: str | None, to: str | None
) -> DateOverride:
    return hours.make_override(
        provider=provider,
        kind=kind,
        day=date.fromisoformat(day),
        end_date=date.fromisoformat(to) if to else None,
        start_minute=minute(start) if start else None,
        end_minute=minute(end) if end else None,
    )


def make_busy(provider: Provider, start: str, end: str) -> BusyTime:
    """A busy time of an outside calendar."""
    return BusyTime.objects.create(provider=provider, starts_at=at(start), ends_at=at(end), source="test")


def make_appointment(
    business: Business,
    service: Service,
    provider: Provider | None,
    start: str | datetime,
    *,
    status: str = Status.CONFIRMED,
    name: str = "Kim Lee",
    email: str = "kim@example.test",
    phone: str = "",
    now: datetime = NOW,
    by: Actor = STAFF,
    **wish: Any,
) -> Appointment:
    """Booked through the write path by staff (any time goes unless it is taken), then put into `status`."""
    links = service.links.all()
    prices = {link.provider_id: service.price if link.price is None else link.price for link in links}
    allowed = {"allow_outside_hours": True} if by.is_staff else {}
    appointment = bookings.place(
        business=business,
        wish=Wish(service, at(start), provider.pk if provider else None, **{**allowed, **wish}),
        client=clean_details(name=name, email=email, phone=phone, email_required=False),
        terms=terms(business=business, service_id=service.pk, prices=prices, allowed_modes=list(service.payment_modes)),
        now=now,
        by=by,
    )
    if appointment.status != status:
        appointment.status = status
        appointment.hold_expires_at = now + timedelta(minutes=10) if status == Status.HELD else None
        appointment.requested_at = now if status == Status.PENDING_APPROVAL else None
        appointment.cancelled_at = now if status == Status.CANCELLED else None
        appointment.save()
    return appointment


def make_member(
    business: Business,
    role: str = "owner",
    *,
    email: str = "",
    provider: Provider | None = None,
    password: str = "correct horse battery",
) -> Membership:
    """An active member of a business, with an account of his own."""
    user = User.objects.create_user(email or f"{role}@{business.slug}.test", password, name=role.title())
    return Membership.objects.create(
        business=business, user=user, role=role, provider_id=provider.pk if provider else None
    )


def sign_in(client: Any, member: Membership) -> Any:
    """Give a client of the business's host that host's own session."""
    client.force_login(member.user)
    session = client.session
    session["business"] = str(member.business_id)
    session.save()
    return client


def at(instant: str | datetime) -> datetime:
    """An aware instant in UTC, from ISO 8601 with an offset."""
    value = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    assert value.tzinfo is not None
    return value.astimezone(UTC)


def minute(clock: str) -> int:
    """'09:30' as minutes of the day; '24:00' is 1440."""
    hour, rest = clock.split(":")
    return int(hour) * 60 + int(rest)
