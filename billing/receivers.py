"""When this happens → do that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.selectors import panels
from billing.services import cancelling, choices, fees
from billing.services.cancelling import Choice
from billing.services.fees import FeeChoice
from billing.services.terms import terms
from daybook.core.actors import SYSTEM, Actor
from scheduling import signals
from scheduling.selectors.offer import prices

if TYPE_CHECKING:
    from scheduling.models import Appointment, Service
    from scheduling.services.placing import Terms
    from tenants.models import Business, Membership


def on_terms_wanted(*, business: Business, service: Service, **_: Any) -> dict[UUID, Terms]:
    """What a booking of the service costs with each provider, when it is made from below."""
    return terms(
        business=business,
        service_id=service.pk,
        prices=prices(service),
        allowed_modes=list(service.payment_modes),
    )


def on_cancelled(
    *, appointment: Appointment, business: Business, by: Actor, now: datetime, money: Choice | None = None, **_: Any
) -> None:
    """What goes back, or is charged, when something is cancelled."""
    cancelling.settle(business=business, appointment=appointment, by=by, now=now, choice=money)


def on_gone(*, appointment: Appointment, business: Business, now: datetime, **_: Any) -> None:
    """A declined request, and a paid time that ran out: everything goes back."""
    cancelling.settle(business=business, appointment=appointment, by=SYSTEM, now=now)


def on_no_show(
    *, appointment: Appointment, business: Business, by: Actor, now: datetime, money: FeeChoice | None = None, **_: Any
) -> None:
    """What staff chose to charge for not coming; without a choice they decide on the appointment's page."""
    if money is not None:
        fees.for_no_show(business=business, appointment=appointment, choice=money, by=by, now=now)


def on_restored(*, appointment: Appointment, by: Actor, now: datetime, **_: Any) -> None:
    """Money that has not left stays; a fee that was not paid is not asked for any more."""
    cancelling.undo(appointment=appointment, by=by, now=now)


def on_choices_sent(
    *, action: str, appointment: Appointment, member: Membership, data: Mapping[str, Any], **_: Any
) -> dict[str, Any]:
    """What staff chose about money before cancelling or no-show; only who may move money has a choice."""
    if not panels.may_move_money(member):
        return {}
    if action == "cancel":
        return {"money": choices.of_cancelling(data, appointment.currency)}
    if action == "no-show":
        return {"money": choices.of_no_show(data, appointment.currency)}
    return {}


def on_panels_wanted(*, place: str, **facts: Any) -> list[signals.Panel]:
    """Money on the pages of appointments and clients, and before cancelling and no-show."""
    return panels.at(place, **facts)


def connect() -> None:
    """Connect the receivers of this app."""
    for fact, receiver in (
        (signals.booking_cancelled, on_cancelled),
        (signals.booking_declined, on_gone),
        (signals.booking_expired, on_gone),
        (signals.booking_no_show, on_no_show),
        (signals.booking_restored, on_restored),
        (signals.choices_sent, on_choices_sent),
        (signals.panels_wanted, on_panels_wanted),
    ):
        fact.connect(receiver, dispatch_uid=f"billing.{receiver.__name__}")
    signals.terms_wanted.connect(on_terms_wanted, dispatch_uid="billing.on_terms_wanted")
