"""What the outbox asks of this app. Handlers read the appointment as it is now: late or repeated rows do no harm."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connection

from daybook.core.outbox import Drop, Postpone, handles
from scheduling.domain.messages import CANCELLATIONS, Kind
from scheduling.enums import Status
from scheduling.models import Appointment
from scheduling.selectors.mail import PERSONAL
from scheduling.selectors.waitlist import anybody_waits
from scheduling.services import (
    messages,
    personal,
    series_mail,
    series_rows,
    transitions,
    waitlist_mail,
    waitlist_offers,
    waitlist_rows,
)

if TYPE_CHECKING:
    from tenants.models import Business

HOLD_END, REQUEST_END, COMPLETE = "hold.end", "request.end", "appointment.complete"
CHECKOUT_LOOK = timedelta(minutes=1)


@handles(HOLD_END)
def end_hold(payload: dict[str, Any], now: datetime) -> None:
    """Expire a hold at its end; one that was extended, or is being paid, is looked at again later."""
    appointment = _appointment(payload, Status.HELD)
    expires = appointment.hold_expires_at
    if expires is not None and expires > now:
        raise Postpone(expires)
    if appointment.checkout_open:
        raise Postpone(now + CHECKOUT_LOOK)
    transitions.expire(business=_business(), appointment=appointment, now=now)


@handles(REQUEST_END)
def end_request(payload: dict[str, Any], now: datetime) -> None:
    """Expire a request that nobody answered in time."""
    appointment = _appointment(payload, Status.PENDING_APPROVAL)
    if (ends := transitions.request_ends_at(appointment)) > now:
        raise Postpone(ends)
    transitions.expire(business=_business(), appointment=appointment, now=now)


@handles(COMPLETE)
def complete(payload: dict[str, Any], now: datetime) -> None:
    """Complete what nobody touched."""
    appointment, business = _appointment(payload, Status.CONFIRMED), _business()
    if appointment.sequence != payload["sequence"]:
        raise Drop("it has moved: a newer row completes it")
    due = appointment.ends_at + timedelta(minutes=business.complete_after_minutes)
    if due > now:
        raise Postpone(due)
    transitions.complete_untouched(business=business, appointment=appointment, now=now)


@handles(waitlist_rows.LOOK)
@handles(waitlist_rows.HOURLY)
def match_waitlist(payload: dict[str, Any], now: datetime) -> None:
    """Offer free times to those who wait for one; look again in an hour while anybody does."""
    waitlist_offers.match(business=_business(), now=now)
    if anybody_waits():
        waitlist_rows.look_hourly(now)


@handles(waitlist_rows.END)
def end_offer(payload: dict[str, Any], now: datetime) -> None:
    """Give back what is held for somebody who has a time already, or has left."""
    waitlist_offers.end_by_id(business=_business(), offer_id=UUID(payload["offer"]), now=now)


@handles(waitlist_rows.MAIL)
def tell_waiting(payload: dict[str, Any], now: datetime) -> None:
    """Write to somebody on the waiting list."""
    waitlist_mail.deliver(business=_business(), payload=payload, now=now)


def _business() -> Business:
    """The relay calls handlers inside their business."""
    return cast("Business", connection.tenant)  # type: ignore[attr-defined]


def _appointment(payload: dict[str, Any], *statuses: str) -> Appointment:
    """The appointment as it is; `Drop` when it is gone or has another status."""
    found = Appointment.objects.filter(pk=payload["appointment"]).first()
    if found is None:
        raise Drop("the appointment is gone")
    if statuses and found.status not in statuses:
        raise Drop(f"the appointment is {found.status}")
    return found


def _register(kind: Kind) -> None:
    @handles(kind, when_suspended=kind in CANCELLATIONS)
    def tell(payload: dict[str, Any], now: datetime) -> None:
        messages.tell(business=_business(), appointment=_appointment(payload), kind=kind, facts=payload, now=now)


@handles(PERSONAL)
def send_personal(payload: dict[str, Any], now: datetime) -> None:
    """Send what staff wrote to a client."""
    personal.deliver(business=_business(), message_id=payload["message"], now=now)


def _register_series(kind: Kind) -> None:
    @handles(f"{kind}{series_rows.SUFFIX}", when_suspended=kind in CANCELLATIONS)
    def tell(payload: dict[str, Any], now: datetime) -> None:
        series_mail.tell(business=_business(), kind=kind, payload=payload, now=now)


for _kind in Kind:
    _register(_kind)
for _kind in chain(series_rows.MEMBERS, series_rows.MEMBERS.values()):
    _register_series(_kind)
