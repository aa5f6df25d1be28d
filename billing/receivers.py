"""When this happens → do that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext
from django_tenants.utils import tenant_context

from billing.selectors import desk, panels, price_panels
from billing.selectors.ledger import sums
from billing.selectors.money import Amounts, amounts_in_words, paid_in_words
from billing.selectors.offer import unpayable
from billing.selectors.prices import price_in_words
from billing.selectors.uses import is_sold
from billing.services import bills, cancelling, cards, choices, discounts, erasing, fees, giving_back, merging
from billing.services.cancelling import Choice
from billing.services.checkout import PaymentsUnavailable
from billing.services.fees import FeeChoice
from billing.services.terms import terms
from daybook.core.actors import SYSTEM, Actor
from daybook.core.errors import Conflict
from scheduling import signals
from scheduling.selectors.offer import prices
from tenants.signals import currency_changing

if TYPE_CHECKING:
    from scheduling.models import Appointment, Client, Service
    from scheduling.services.placing import Terms
    from tenants.models import Business, Membership


def on_terms_wanted(*, business: Business, service: Service, **_: Any) -> dict[UUID, Terms]:
    """What a booking of the service costs with each provider, when it is made from below.

    Nobody can be booked for what has to be paid online while that is closed.
    """
    try:
        return terms(
            business=business,
            service_id=service.pk,
            prices=prices(service),
            allowed_modes=list(service.payment_modes),
            payment_mode=None,
            deposit_type=service.deposit_type,
            deposit_value=service.deposit_value,
            by_staff=True,
        )
    except PaymentsUnavailable:
        return {}


def on_prices_checked(*, prices: dict[str, int], **_: Any) -> dict[str, str]:
    """A price that could never be paid online, in the currency of the present business."""
    currency = cast("Business", connection.tenant).currency  # type: ignore[attr-defined]
    return {name: problem for name, price in prices.items() if (problem := unpayable(price, currency))}


def on_booked(*, appointment: Appointment, now: datetime, **_: Any) -> None:
    """Whatever is booked has a bill, written in the same transaction."""
    bills.ensure(appointment, now=now)


def on_codes_used(*, appointment: Appointment, business: Business, now: datetime, by: Actor, **_: Any) -> None:
    """It is booked: its codes count. A payment books through the system, and what is paid is never refused."""
    discounts.count(business=business, appointment=appointment, now=now, by=by, force=by == SYSTEM)


def on_over(*, appointment: Appointment, now: datetime, **_: Any) -> None:
    giving_back.of_nothing(appointment, now=now)


def on_cancelled(*, appointment: Appointment, now: datetime, by: Actor, **_: Any) -> None:
    giving_back.of_cancelled(appointment, now=now, by=by)


def on_no_show(*, appointment: Appointment, now: datetime, **_: Any) -> None:
    giving_back.of_no_show(appointment, now=now)


def on_restored(*, appointment: Appointment, business: Business, now: datetime, by: Actor, **_: Any) -> None:
    giving_back.of_restored(business=business, appointment=appointment, now=now, by=by)


def on_currency_changing(*, business: Business, **_: Any) -> None:
    """What was sold, or is offered, in one currency stays in it."""
    with tenant_context(business):
        if is_sold():
            message = gettext("The currency cannot be changed any more: coupons, packages or gift certificates use it.")
            raise Conflict("currency_in_use", message, {"fields": {"currency": [message]}})


def refund_cancelled(
    *, appointment: Appointment, business: Business, by: Actor, now: datetime, money: Choice | None = None, **_: Any
) -> None:
    """What goes back, or is charged, when something is cancelled."""
    cancelling.settle(business=business, appointment=appointment, by=by, now=now, choice=money)


def refund_gone(*, appointment: Appointment, business: Business, now: datetime, **_: Any) -> None:
    """A declined request, and a paid time that ran out: everything goes back."""
    cancelling.settle(business=business, appointment=appointment, by=SYSTEM, now=now)


def charge_no_show(
    *, appointment: Appointment, business: Business, by: Actor, now: datetime, money: FeeChoice | None = None, **_: Any
) -> None:
    """What staff chose to charge for not coming; without a choice they decide on the appointment's page."""
    if money is not None:
        fees.for_no_show(business=business, appointment=appointment, choice=money, by=by, now=now)


def keep_money(*, appointment: Appointment, by: Actor, now: datetime, **_: Any) -> None:
    """Money that has not left stays; a fee that was not paid is not asked for any more."""
    cancelling.undo(appointment=appointment, by=by, now=now)


def merge_clients(*, kept: Client, gone: Client, **_: Any) -> None:
    """What was paid, kept and bought belongs to the one who stays."""
    merging.merge(kept=kept, gone=gone)


def forget_cards(*, client: Client, now: datetime, **_: Any) -> None:
    """An erased client's cards are not charged any more."""
    cards.forget_all(client=client, now=now)


def read_choices(
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


def show_money(*, place: str, **facts: Any) -> list[signals.Panel]:
    """Payments, prices and what happened to money, on the pages of appointments and clients and before an act."""
    if place == "appointment":
        facts["sums"] = cache(partial(sums, facts["appointment"]))  # read once for all of them, where one wants them
    return [*desk.at(place, **facts), *price_panels.at(place, **facts), *panels.at(place, **facts)]


def on_price_wanted(*, appointment: Appointment, language: str, **_: Any) -> str:
    """What an appointment costs, for its mails, where there is more to say than its price."""
    return price_in_words(appointment, language)


def on_paid_wanted(*, appointment: Appointment, language: str, **_: Any) -> list[tuple[str, str]]:
    """What was paid of an appointment and what is still due, for its mails."""
    return paid_in_words(appointment, language)


def on_amounts_wanted(*, appointments: Collection[Appointment], language: str, **_: Any) -> dict[UUID, Amounts]:
    """Both for each of several appointments, for the mail about all of them."""
    return amounts_in_words(appointments, language)


def on_client_erased(*, client: Client, emails: Collection[str], **_: Any) -> None:
    """Who had packages and certificates, and who used codes, is forgotten; what they are worth is not."""
    erasing.forget(client=client, emails=emails)


def connect() -> None:
    """Connect the receivers of this app."""
    signals.prices_checked.connect(on_prices_checked, dispatch_uid="billing.on_prices_checked")
    signals.terms_wanted.connect(on_terms_wanted, dispatch_uid="billing.on_terms_wanted")
    for signal in (signals.booking_requested, signals.booking_confirmed):
        signal.connect(on_booked, dispatch_uid="billing.on_booked")
        signal.connect(on_codes_used, dispatch_uid="billing.on_codes_used")
    for signal in (signals.booking_expired, signals.booking_declined):
        signal.connect(on_over, dispatch_uid="billing.on_over")
    signals.booking_cancelled.connect(on_cancelled, dispatch_uid="billing.on_cancelled")
    signals.booking_no_show.connect(on_no_show, dispatch_uid="billing.on_no_show")
    signals.booking_restored.connect(on_restored, dispatch_uid="billing.on_restored")
    signals.price_wanted.connect(on_price_wanted, dispatch_uid="billing.on_price_wanted")
    signals.paid_wanted.connect(on_paid_wanted, dispatch_uid="billing.on_paid_wanted")
    signals.amounts_wanted.connect(on_amounts_wanted, dispatch_uid="billing.on_amounts_wanted")
    signals.client_erased.connect(on_client_erased, dispatch_uid="billing.on_client_erased")
    currency_changing.connect(on_currency_changing, dispatch_uid="billing.on_currency_changing")
    for fact, receiver in (
        (signals.booking_cancelled, refund_cancelled),
        (signals.booking_declined, refund_gone),
        (signals.booking_expired, refund_gone),
        (signals.booking_no_show, charge_no_show),
        (signals.booking_restored, keep_money),
        (signals.clients_merging, merge_clients),
        (signals.client_erased, forget_cards),
        (signals.choices_sent, read_choices),
        (signals.panels_wanted, show_money),
    ):
        fact.connect(receiver, dispatch_uid=f"billing.{receiver.__name__}")
