"""A new appointment made by staff, on one page: client, service, time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from daybook.core import clock, idempotency
from daybook.core.checking import plain_lines
from daybook.core.errors import Forbidden, Invalid, NotFound
from daybook.core.idempotency import Replayed
from daybook.dashboard.forms import NEW, NewAppointmentForm
from daybook.dashboard.services import appointments as staff
from daybook.dashboard.services.appointments import Order
from scheduling.errors import OutsideHours, Overlaps, SlotUnavailable
from scheduling.selectors import desk
from scheduling.selectors.appointments import sees_all
from scheduling.selectors.clients import access_client, clients
from scheduling.selectors.offer import services
from scheduling.views.changes import TIMES, problem_of
from scheduling.views.picker import picker
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Client, Provider, Service

MOST_FOUND = 8
STEPS = (TIMES, "search")
"""Buttons of the form that show more of it and book nothing."""


@dataclass(slots=True)
class _Choices:
    """What can be chosen: services that somebody whom the member may book gives, and who gives the chosen one."""

    services: list[Service]
    service: Service | None
    people: list[Provider]
    anyone: bool


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=FORM)
def new_appointment(request: HttpRequest) -> HttpResponse:
    """GET shows the form (`?day= &service= &provider= &client=` prefill it); POST books, or shows times or clients."""
    choices = _choices(request)
    if not choices.services:
        return render(request, "dashboard/new_appointment.html", {"nothing": True})
    if request.method != "POST" or request.POST.get("step") in STEPS:
        form = _form(request, choices, initial=_initial(request, choices))
        return _show(request, choices, form)
    form = _form(request, choices, data=request.POST)
    if not form.is_valid():
        return _show(request, choices, form, status=422)
    try:
        made = _book(request, form)
    except Replayed as again:
        return redirect("appointment", again.answer.object_id)
    except (SlotUnavailable, OutsideHours, Overlaps) as error:
        return _show(request, choices, form, problem=problem_of(form, error), status=error.status)
    except Invalid as error:
        form.refuse(error)
        return _show(request, choices, form, status=error.status)
    messages.success(request, _("Booked."))
    return redirect("appointment", made)


def _book(request: HttpRequest, form: NewAppointmentForm) -> UUID:
    data, business = form.cleaned_data, business_of(request)
    client_id = form.known_client()
    if client_id is not None and not member_of(request).may(Right.SEE_CLIENTS):
        raise Forbidden("forbidden", _("Your role does not allow this."))
    key = idempotency.key_for(
        tenant_id=business.pk, route="dashboard:new", caller=str(member_of(request).pk), key=str(data["nonce"]), body={}
    )
    key.recall()
    person, may = form.new_client(), form.permissions()
    order = Order(
        service_id=data["service"], provider_id=data["provider"], start=form.wanted(business.timezone),
        client_id=client_id, name=person["name"], email=person["email"], phone=person["phone"],
        source=data["source"], staff_notes=data["staff_notes"], allow_outside_hours=may["allow_outside_hours"],
        allow_overlap=may["allow_overlap"],
    )  # fmt: skip
    made = staff.book(
        business=business, order=order, now=clock.now(), by=actor(request), notify=data["notify"],
        key=key, finish=lambda made: key.finish(status=303, body={}, object_id=made.pk),
    )  # fmt: skip
    found: UUID = made.pk
    return found


def _choices(request: HttpRequest) -> _Choices:
    member = member_of(request)
    people = {person.pk: person for person in desk.people(member) if person.active}
    given = [
        service for service in services(active=True) if any(link.provider_id in people for link in service.links.all())
    ]
    wanted = _value(request, "service")
    chosen = next((service for service in given if str(service.pk) == wanted), given[0] if given else None)
    giving = [people[link.provider_id] for link in chosen.links.all() if link.provider_id in people] if chosen else []
    return _Choices(given, chosen, giving, anyone=sees_all(member) and len(giving) > 1)


def _form(request: HttpRequest, choices: _Choices, **more: Any) -> NewAppointmentForm:
    return NewAppointmentForm(
        services=[(service.pk, service.name) for service in choices.services],
        people=[(person.pk, person.name) for person in choices.people],
        anyone=choices.anyone,
        **more,
    )


def _initial(request: HttpRequest, choices: _Choices) -> dict[str, Any]:
    """What was typed when only times or clients were asked for; else what the address says."""
    if request.method == "POST":
        return {**request.POST.dict(), "notify": request.POST.get("notify") == "on"}
    today = clock.now().astimezone(ZoneInfo(business_of(request).timezone)).date()
    found = {name: request.GET[name] for name in ("day", "provider", "client", "custom") if request.GET.get(name)}
    service = choices.service.pk if choices.service else ""
    return {"day": today, "service": service, "nonce": uuid4(), "notify": True, "client": NEW, **found}


def _show(
    request: HttpRequest,
    choices: _Choices,
    form: NewAppointmentForm,
    *,
    problem: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    business, now = business_of(request), clock.now()
    context = {
        "form": form,
        "problem": problem,
        "people": choices.people,
        "may_search": member_of(request).may(Right.SEE_CLIENTS),
        "found": _found_clients(request, form),
        "searched": bool(form["client_q"].value()),
        "client": str(form["client"].value() or NEW),
        "picker": _picker(request, choices, form, now),
        "chosen": None if problem else form["start"].value(),
        "service": choices.service,
        "zone": business.timezone,
        "now": now,
    }
    return render(request, "dashboard/new_appointment.html", context, status=status)


def _picker(request: HttpRequest, choices: _Choices, form: NewAppointmentForm, now: datetime) -> Any:
    business = business_of(request)
    if choices.service is None:
        return None
    wanted = str(form["provider"].value() or "")
    provider = next((person.pk for person in choices.people if str(person.pk) == wanted), None)
    if provider is None and not choices.anyone and choices.people:
        provider = choices.people[0].pk
    day = form.shown_day(now.astimezone(ZoneInfo(business.timezone)).date())
    return picker(business, choices.service, day=day, provider_id=provider, now=now)


def _found_clients(request: HttpRequest, form: NewAppointmentForm) -> list[Client]:
    """Clients who match what was searched for, the chosen one first."""
    if not member_of(request).may(Right.SEE_CLIENTS):
        return []
    search, chosen = plain_lines(str(form["client_q"].value() or "")).strip(), str(form["client"].value() or NEW)
    found = list(clients(search=search)[:MOST_FOUND]) if search else []
    if chosen not in ("", NEW) and chosen not in {str(client.pk) for client in found}:
        found[:0] = _chosen_client(chosen)
    return found


def _chosen_client(text: str) -> list[Client]:
    try:
        return [access_client(UUID(text))]
    except (ValueError, NotFound):
        return []


def _value(request: HttpRequest, name: str) -> str:
    return str((request.POST if request.method == "POST" else request.GET).get(name, ""))
