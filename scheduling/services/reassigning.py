"""Giving a provider's appointments to somebody else, or cancelling them: each by the normal way, one after another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from daybook.core.actors import Actor
from daybook.core.errors import DaybookError
from scheduling.errors import OutsideHours, Overlaps, SlotUnavailable
from scheduling.selectors.availability import plan
from scheduling.services import checks, transitions
from scheduling.services.moves import Move, reschedule

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business

TAKEN = (SlotUnavailable, OutsideHours, Overlaps)


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall become of an appointment: another provider's (None: anybody's who is free), or nobody's."""

    appointment: Appointment
    provider_id: UUID | None = None
    cancel: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it; a `problem` says why it stayed as it was."""

    appointment: Appointment
    cancelled: bool = False
    problem: str = ""


def reassign(
    *,
    business: Business,
    wishes: Iterable[Wish],
    now: datetime,
    by: Actor,
    notify: bool = True,
    allow_outside_hours: bool = False,
) -> list[Outcome]:
    """Fulfil the wishes one by one, at the times there are; what cannot be done is told of and stays.

    Nobody is booked twice for it. Outside somebody's hours only with the permission.
    """
    done = []
    for wish in wishes:
        try:
            if wish.cancel:
                changed = transitions.cancel(
                    business=business, appointment=wish.appointment, now=now, by=by, notify=notify
                )
            else:
                changed = _give(business, wish, now=now, by=by, notify=notify, outside=allow_outside_hours)
            done.append(Outcome(changed, cancelled=wish.cancel))
        except DaybookError as error:
            done.append(Outcome(wish.appointment, problem=_words(error)))
    return done


def _give(business: Business, wish: Wish, *, now: datetime, by: Actor, notify: bool, outside: bool) -> Appointment:
    """Try whoever is asked for; of several, those who are there first."""
    found = wish.appointment
    who = [wish.provider_id] if wish.provider_id else _others(business, found, now)
    last: DaybookError = SlotUnavailable()
    for allow in (False, True) if outside else (False,):
        for provider_id in who:
            move = Move(found.starts_at, provider_id, allow_outside_hours=allow)
            try:
                return reschedule(business=business, appointment=found, move=move, now=now, by=by, notify=notify)
            except TAKEN as error:
                last = error
    raise last


def _others(business: Business, appointment: Appointment, now: datetime) -> list[UUID]:
    """Everybody else who gives the service, in the order in which "anyone" tries them."""
    first, last = checks.reach(appointment.starts_at, now)
    found = plan(business, appointment.service, from_date=first, to_date=last)
    others = {seat.provider.pk for seat in found.seats} - {appointment.provider_id}
    return checks.ranking(found.among(others), appointment.starts_at, now=now) if others else []


def _words(error: DaybookError) -> str:
    if isinstance(error, OutsideHours):
        return _("Outside their hours then.")
    if isinstance(error, Overlaps | SlotUnavailable):
        return _("Not free then.")
    return error.message
