"""One business with something of every kind, and every one of its screens, read from the URL configuration.

`tests/permission_world.py` puts one of everything in; this adds the states that things may be in, and a busy week.
"""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django_tenants.utils import tenant_context

from billing.models import ClientPackage, GiftCertificate
from billing.services import order_mail, orders
from daybook.core.audit import Line, record
from scheduling.enums import Source, Status
from scheduling.models import Appointment, Client, Message, Provider, Service
from scheduling.models.appointments import MessageState
from tenants.models import Business, StripeAccount
from tests.factories import NOW, STAFF, make_appointment, make_block, make_busy, make_provider, make_rule, make_service
from tests.permission_world import Twin, furnish
from tests.scheduling.race_world import FIRST
from tests.test_permissions import DASHBOARD, PAGES, routes

NO_SCREENS = {
    "healthz": "for machines",
    "readyz": "for machines",
    "enter": "leads on",
    "brand-<str:digest>.css": "style sheet",
    "media/<slug:kind>/<str:name>": "picture",
    "a/<str:reference>.ics": "download",
    "calendar/<str:token>.ics": "for other calendars",
    "pay/<str:token>": "leads on",
    "pay/<str:token>/return": "waits for a payment, then leads on",
    "a/<str:reference>/paid": "waits for a payment, then leads on",
    "dashboard/availability/": "leads on",
    "dashboard/team/calendars/google/callback": "leads on",
    "dashboard/calendar/appointments/<uuid:appointment_id>/move": "part of a page; alone it leads on",
    "dashboard/appointments/new/clients": "part of a page",
    "dashboard/appointments/export": "download",
    "dashboard/clients/export.csv": "download",
    "dashboard/clients/imports/<uuid:import_id>/refused.csv": "download",
    "dashboard/clients/<uuid:client_id>/export": "download",
    "dashboard/clients/<uuid:client_id>/files/<uuid:file_id>": "download",
    "dashboard/payments/transactions.csv": "download",
    "dashboard/payments/refunds.csv": "download",
    "dashboard/payments/account/onward": "leads on",
    "dashboard/payments/account/return": "leads on",
    "dashboard/prices/": "leads on",
    "dashboard/settings/look/preview": "part of a page",
    "dashboard/settings/qr.svg": "picture",
    "dashboard/settings/qr.png": "picture",
    "dashboard/settings/data/<uuid:export_id>": "download",
}
"""Addresses that answer to GET, but with nothing that people look at by itself, and what they are."""

QUERIES: dict[str, list[dict[str, str]]] = {
    "book/<str:service>/": [{}, {"date": "2027-06-08"}],
    "book/<str:service>/details": [{"hold": "{hold_token}"}],
    "a/<str:reference>": [{"t": "{token}"}],
    "a/<str:reference>/reschedule": [{"t": "{token}"}],
    "a/<str:reference>/cancel": [{"t": "{token}"}],
    "w/<uuid:entry_id>": [{"t": "{entry_token}"}],
    "w/<uuid:entry_id>/offer/<uuid:offer_id>": [{"t": "{entry_token}"}],
    "a/<str:reference>/pay": [{"t": "{token}"}],
    "a/<str:reference>/fee": [{"t": "{token}"}],
    "gift/<uuid:gift_id>": [{"t": "{gift_token}"}],
    "orders/<uuid:order_id>": [{"t": "{order_token}"}],
    "u/<uuid:client_id>": [{"t": "{reminders_token}"}],
    "dashboard/search": [{"q": "har"}],
    "dashboard/calendar/": [{}, {"view": "day"}, {"view": "month"}, {"view": "list"}],
    "dashboard/appointments/": [{}, {"tab": "all"}, {"q": "nobody at all"}],
    "dashboard/appointments/bulk/<slug:action>": [{"ids": "{appointment_id},{other_appointment_id}"}],
    "dashboard/clients/": [{}, {"q": "nobody at all"}],
    "dashboard/clients/<uuid:client_id>/merge": [{}, {"with": "{other_client_id}"}],
    "dashboard/availability/why": [{}, {"service": "{service_id}", "date": "2027-06-08"}],
    "dashboard/welcome": [{"step": step} for step in ("service", "hours", "open")],
}
"""What a screen is asked with, where it is not nothing."""

ACTIONS = {
    "dashboard/appointments/<uuid:appointment_id>/<slug:action>": ("cancel",),
    "dashboard/appointments/bulk/<slug:action>": ("confirm", "cancel", "message"),
}
"""The questions that there are to ask."""


def fill(business: Business) -> Twin:
    """Everything of everything, with one long name; acts on a business whose schema the connection is in or not."""
    twin = furnish(business, "Harbor")
    with tenant_context(business):
        ana = Provider.objects.get(pk=twin.ids["provider_id"])
        service = Service.objects.get(pk=twin.ids["service_id"])
        business.name, business.tagline = "Harbor & Pine", "Massage by the water"
        business.address, business.phone, business.email = "24 Mercer St", "+12075550123", "hello@harborpine.example"
        business.save()
        twin.ids |= _week(business, ana, service)
        _clients(twin)
        _records(twin)
        _shop(twin)
    return twin


def _week(business: Business, ana: Provider, service: Service) -> dict[str, str]:
    """Appointments of each status, a class with several seats, a busy time, closed times."""
    marco = make_provider(business, "Marco Vitale-Hohenfels von und zu Oberammergau")
    course = make_service(business, "Yoga in the morning", providers=[marco], capacity=6, duration_minutes=75)
    make_service(business, "Nobody gives this", price=0)
    for weekday in range(7):
        make_rule(marco, weekday)
    states = (s for s in Status if s != Status.HELD)
    for day, status in enumerate(states, 1):
        made = make_appointment(
            business, service, ana, FIRST + timedelta(days=day), status=status, name=f"Person of day {day}",
            email=f"day{day}@example.test", source=list(Source)[day],
        )  # fmt: skip
        _message(made, MessageState.DROPPED if day % 2 else MessageState.SENT)
    for seat in range(3):
        make_appointment(
            business, course, marco, FIRST + timedelta(days=1), name=f"Seat {seat}", email=f"seat{seat}@example.test"
        )
    today = make_appointment(business, service, ana, NOW + timedelta(hours=3), name="Today", email="today@example.test")
    make_busy(marco, "2027-06-09T12:00:00-04:00", "2027-06-09T15:00:00-04:00")
    make_block(marco, "2027-06-11", "12:00", "17:00")
    make_block(None, "2027-07-04")
    return {"other_appointment_id": str(today.pk)}


def _message(appointment: Appointment, state: str) -> None:
    Message.objects.create(
        appointment=appointment, kind="confirmation", recipient=appointment.client_email, sequence=1, state=state,
        subject="Your appointment", body="See you soon.", reason="550 no such mailbox", created_at=NOW,
    )  # fmt: skip


def _clients(twin: Twin) -> None:
    """One who is blocked, with tags; two who may be one; the ids of those that addresses name."""
    Client.objects.filter(pk=twin.ids["client_id"]).update(tags=["Regular", "Back pain"], notes="Prefers mornings")
    Client.objects.create(
        name="Bea Blocked", email="bea@example.test", tags=["Regular"], blocked_at=NOW, blocked_reason="Never came"
    )
    twins = [
        Client.objects.create(name="Tom Becker", phone=phone, email=email, possible_duplicate=bool(email))
        for phone, email in (("+12075550188", ""), ("+12075550188", "tom@example.test"))
    ]
    twin.ids |= {"other_client_id": str(twins[0].pk)}


def _shop(twin: Twin) -> None:
    """Payments can be made, and what was bought can be opened by its buyer."""
    StripeAccount.objects.filter(business=twin.business, current=True).update(can_charge=True, capability="active")
    gift = GiftCertificate.objects.get(pk=twin.ids["gift_id"])
    order = {"pk": twin.ids["order_id"]}
    bought = ClientPackage.objects.filter(**order).first() or GiftCertificate.objects.get(**order)
    twin.ids |= {
        "gift_token": order_mail.gift_token(twin.business, gift),
        "order_token": orders.token(twin.business, bought),
    }


def _records(twin: Twin) -> None:
    for field, value in (("name", "Cut"), ("price", 4500), ("hours", ["9:00", "17:00"])):
        line = Line("service.changed", "service", twin.ids["service_id"], "Cut", {field: None}, {field: value})
        record(line, tenant_id=twin.business.pk, by=STAFF)


def keep_a_batch(twin: Twin, owner: Any) -> None:
    """Let the owner cancel something in bulk, so that there is a page that says what became of it."""
    batch = str(uuid4())
    with tenant_context(twin.business):
        some = Appointment.objects.filter(client_name="Seat 2").values_list("pk", flat=True)
        gone = Appointment.objects.filter(status=Status.COMPLETED).values_list("pk", flat=True)
        ids = ",".join(str(pk) for pk in (*some, *gone))
    answer = owner.post("/dashboard/appointments/bulk/cancel", {"ids": ids, "nonce": batch})
    assert answer.status_code in (200, 303), answer.status_code
    twin.ids["batch"] = batch


def screens(ids: dict[str, str]) -> dict[str, list[str]]:
    """Every screen of a business's host with the addresses to look at; `dashboard/…` and the pages of clients."""
    known = {line.path for line in DASHBOARD + PAGES if line.method == "GET"}
    found = {}
    for path in routes("daybook.urls_tenant"):
        if path.startswith("v1/") or path not in known or path in NO_SCREENS:
            continue
        found[path] = [
            _address(path, {**ids, "action": action}, query)
            for action in ACTIONS.get(path, ("",))
            for query in QUERIES.get(path, [{}])
        ]
    return found


def _address(path: str, ids: dict[str, str], query: dict[str, str]) -> str:
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: ids[name.group(1)], path)
    asked = urlencode({name: value.format(**ids) for name, value in query.items()})
    return f"/{filled}?{asked}" if asked else f"/{filled}"
