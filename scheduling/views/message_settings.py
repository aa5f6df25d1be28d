"""Which messages are sent to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daybook.core.audit import Line, record
from scheduling.domain.messages import Kind, leads_of
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right
from tenants.services.settings import switch_messages

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Row:
    """Something that happens, and what the client and the members are sent then."""

    title: str | _StrPromise
    client: Kind | None = None
    members: Kind | None = None
    note: str | _StrPromise = ""


ROWS = (
    Row(
        gettext_lazy("Booked or confirmed"), Kind.CONFIRMED, Kind.MEMBERS_NEW, gettext_lazy("With the calendar entry.")
    ),
    Row(gettext_lazy("Asked for, needs your answer"), Kind.REQUESTED, Kind.MEMBERS_REQUEST),
    Row(gettext_lazy("Declined"), Kind.DECLINED),
    Row(gettext_lazy("Nobody answered in time"), Kind.REQUEST_EXPIRED),
    Row(
        gettext_lazy("Rescheduled"),
        Kind.RESCHEDULED,
        Kind.MEMBERS_CHANGED,
        gettext_lazy("Without it, the client's calendar keeps the old time."),
    ),
    Row(
        gettext_lazy("Cancelled"),
        Kind.CANCELLED,
        Kind.MEMBERS_CANCELLED,
        gettext_lazy("Without it, the appointment stays in the client's calendar."),
    ),
    Row(gettext_lazy("Reminder"), Kind.REMINDER),
)


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def message_switches(request: HttpRequest) -> HttpResponse:
    """A switch for every kind of message; what is switched off is not sent, and the appointment's page says so."""
    business = business_of(request)
    if request.method == "POST":
        before = business.message_switches
        on = set(request.POST.getlist("on"))
        off = [kind for row in ROWS for kind in (row.client, row.members) if kind is not None and kind not in on]
        with transaction.atomic():
            switch_messages(business, off=[str(kind) for kind in off])
            line = Line(
                "business.changed",
                "business",
                business.pk,
                business.name,
                {"messages_off": sorted(before)},
                {"messages_off": sorted(business.message_switches)},
            )
            record(line, tenant_id=business.pk, by=actor(request), request=request)
        messages.success(request, _("Saved."))
        response = redirect("settings_messages")
        response.status_code = 303
        return response
    context = {
        "rows": [
            {
                "row": row,
                "sides": [(kind, label, _is_on(business.message_switches, kind)) for kind, label in _sides(row)],
            }
            for row in ROWS
        ],
        "leads": leads_of(business.reminder_minutes),
    }
    return render(request, "scheduling/settings/messages.html", context)


def _sides(row: Row) -> list[tuple[Kind | None, str]]:
    return [(row.client, _("Client")), (row.members, _("Team"))]


def _is_on(switches: dict[str, bool], kind: Kind | None) -> bool:
    return kind is not None and switches.get(kind) is not False
