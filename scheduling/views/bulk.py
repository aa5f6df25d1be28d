"""The same done to many appointments of the list: a question first, then each by its own service, then what became of it.

What is shown in the question is what is done: the form carries the ids, however the list changes meanwhile. An id that
the member may not see or change is as good as none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daybook.core import clock, idempotency
from daybook.core.checking import plain_lines
from daybook.core.errors import Invalid, NotFound
from daybook.core.idempotency import Key, Replayed
from scheduling.enums import Status
from scheduling.selectors import desk
from scheduling.selectors.appointments import named
from scheduling.services import batches, personal, transitions
from scheduling.services.batches import Batch
from scheduling.views import actions
from scheduling.views.appointments import filter_form, matching, tab_of
from scheduling.views.setup_doors import back, is_fragment
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import BusinessStatus, Right
from tenants.services.handoff import local_path

if TYPE_CHECKING:
    from django.http import QueryDict

    from scheduling.models import Appointment

MOST = 200
"""As many at once; more would keep the browser waiting, and nobody looks through longer lists."""
CONFIRM, CANCEL, MESSAGE = "confirm", "cancel", "message"
SHOWN = 8


@dataclass(slots=True)
class Selection:
    """What was chosen: those with which the action works, those with which it does not, and how many are gone."""

    fit: list[Appointment] = field(default_factory=list)
    unfit: list[Appointment] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    too_many: bool = False

    @property
    def pinned(self) -> str:
        """The ids as the form carries them."""
        return ",".join(str(row.pk) for row in self.fit)


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=FORM)
def bulk(request: HttpRequest, action: str) -> HttpResponse:
    """GET (`?ids=` several times, or `?all=1` with a list's filters) asks; POST does it once for each `nonce`."""
    if action not in (CONFIRM, CANCEL, MESSAGE):
        raise NotFound()
    now = clock.now()
    selection = _selection(request, action, now)
    if request.method != "POST":
        return _ask(request, action, selection)
    if selection.too_many or not (selection.fit or (selection.unfit and action != MESSAGE)):
        return _ask(request, action, selection, status=422)
    return _write(request, selection, now) if action == MESSAGE else _do(request, action, selection, now)


@member_required(Right.CHANGE_OWN_APPOINTMENTS)
def outcome(request: HttpRequest, batch: UUID) -> HttpResponse:
    """What became of one's own batch; kept for a day."""
    found = batches.kept(_key(request, batch))
    if found is None:
        messages.info(request, _("What became of it is not known any more."))
        return back(request, _next(request))
    rows = {str(row.pk): row for row in named(member_of(request), [UUID(failure.id) for failure in found.failed])}
    context = {
        "batch": found,
        "summary": _summary(found),
        "failures": [(failure, rows.get(failure.id)) for failure in found.failed],
        "undo": _undo_url(request, batch, found),
        "next": _next(request),
        "zone": business_of(request).timezone,
    }
    return render(request, "scheduling/appointments/outcome.html", context)


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=("POST",))
def undo(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Restore what a batch of one's own has cancelled, each if its time is still free; clients who were told are told."""
    found = batches.kept(_key(request, batch))
    if found is None or not found.finished:
        messages.error(request, _("This cannot be undone any more."))
        return back(request, _next(request))
    business, by, now = business_of(request), actor(request), clock.now()
    rows = named(member_of(request), [UUID(id) for id in found.done.get(Status.CANCELLED, [])])
    rows = [row for row in rows if actions.may_change(member_of(request), row)]

    def restore(row: Appointment) -> Appointment:
        return transitions.restore(business=business, appointment=row, now=now, by=by, notify=found.told)

    undone = uuid5(batch, "undo")
    try:
        result = batches.run("restore", rows, restore, key=_key(request, undone), told=found.told)
    except Replayed as replayed:
        result = batches.batch_of(replayed.answer.body)
    return _told(request, undone, result)


def _selection(request: HttpRequest, action: str, now: datetime) -> Selection:
    """What the request names, as the member may change it."""
    data: QueryDict = request.POST if request.method == "POST" else request.GET
    member, found = member_of(request), Selection()
    if data.get("all") == "1" and request.method != "POST":
        form = filter_form(request, data, desk.people(member), now)
        rows = list(matching(request, form, tab_of(data), now)[: MOST + 1])
    else:
        ids = list(dict.fromkeys(ids_of(data)))
        if len(ids) > MOST:
            return Selection(too_many=True)
        rows = named(member, ids[: MOST + 1])
        found.gone = [id for id in ids if id not in {row.pk for row in rows}]
    if len(rows) > MOST:
        return Selection(too_many=True)
    for row in rows:
        if not actions.may_change(member, row):
            found.gone.append(row.pk)
        else:
            (found.fit if _fits(action, row, now) else found.unfit).append(row)
    return found


def ids_of(data: QueryDict) -> list[UUID]:
    """The ids of appointments that a form names, one by one or with commas between them."""
    found = []
    for text in ",".join(data.getlist("ids")).split(","):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _fits(action: str, row: Appointment, now: datetime) -> bool:
    if action == CONFIRM:
        return row.status == Status.PENDING_APPROVAL and row.starts_at > now
    if action == CANCEL:
        return row.status in (Status.CONFIRMED, Status.PENDING_APPROVAL)
    return bool(row.client_id and row.client_email)


def _ask(
    request: HttpRequest,
    action: str,
    selection: Selection,
    *,
    problems: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    requests = [row for row in selection.fit if row.status == Status.PENDING_APPROVAL]
    context: dict[str, Any] = {
        "action": action,
        "selection": selection,
        "requests": len(requests) if _declines(request) else 0,
        "reached": personal.recipients(selection.fit).reached,
        "silent": [row for row in selection.fit if not row.client_email],
        "shown": SHOWN,
        "most": MOST,
        "nonce": request.POST.get("nonce") or uuid4(),
        "next": _next(request),
        "typed": request.POST,
        "problems": problems or {},
        "zone": business_of(request).timezone,
        "longest": {"subject": personal.LONGEST_SUBJECT, "text": personal.LONGEST_TEXT},
    }
    name = "_bulk_drawer" if is_fragment(request) else "bulk"
    return render(request, f"scheduling/appointments/{name}.html", context, status=status)


def _do(request: HttpRequest, action: str, selection: Selection, now: datetime) -> HttpResponse:
    """Confirm or cancel each in a transaction of its own, once for each nonce."""
    business, by, nonce = business_of(request), actor(request), _nonce(request)
    reason = plain_lines(request.POST.get("reason", "")).strip()[:500]
    told, declines = request.POST.get("notify") == "1", _declines(request)

    def act(row: Appointment) -> Appointment:
        name = "approve" if action == CONFIRM else CANCEL
        if action == CANCEL and declines and row.status == Status.PENDING_APPROVAL:
            name = "decline"
        return actions.perform(name, business=business, appointment=row, now=now, by=by, reason=reason, notify=told)

    try:
        rows = [*selection.fit, *selection.unfit]  # what has changed since the question is refused, and named
        result = batches.run(action, rows, act, key=_key(request, nonce), told=told, gone=selection.gone)
    except Replayed as replayed:
        result = batches.batch_of(replayed.answer.body)
    return _told(request, nonce, result)


def _declines(request: HttpRequest) -> bool:
    """Requests are declined, as their own button does; while the business is suspended it may only cancel."""
    return bool(business_of(request).status != BusinessStatus.SUSPENDED)


def _write(request: HttpRequest, selection: Selection, now: datetime) -> HttpResponse:
    """Write the message, once for each nonce."""
    subject, text = request.POST.get("subject", ""), request.POST.get("text", "")
    try:
        count = personal.write(
            selection.fit, subject=subject, text=text, now=now, by=actor(request), key=_key(request, _nonce(request))
        )
    except Replayed as replayed:
        count = int(replayed.answer.body.get("sent", 0))
    except Invalid as error:
        problems = {name: found[0] for name, found in error.details["fields"].items()}
        return _ask(request, MESSAGE, selection, problems=problems, status=error.status)
    said = ngettext("%(n)d message is on its way.", "%(n)d messages are on their way.", count) % {"n": count}
    messages.success(request, said)
    return back(request, _next(request))


def _told(request: HttpRequest, batch: UUID, result: Batch) -> HttpResponse:
    """All went well: a toast with a way back over the list. Else: the page that names what did not."""
    to = _next(request)
    if not result.finished:
        messages.info(request, _("This is being done already."))
        return back(request, to)
    if result.failed or not result.count():
        return back(request, f"{reverse('appointments_batch', args=[batch])}?{_query(to)}")
    messages.success(request, _summary(result), extra_tags=_undo_url(request, batch, result))
    return back(request, to)


def _summary(result: Batch) -> str:
    """How many of what, in words."""
    if result.what == "restore":
        count = result.count()
        return ngettext("%(n)d restored", "%(n)d restored", count) % {"n": count}
    parts = []
    if count := result.count(Status.CANCELLED):
        parts.append(ngettext("%(n)d cancelled", "%(n)d cancelled", count) % {"n": count})
    if count := result.count(Status.DECLINED):
        parts.append(ngettext("%(n)d declined", "%(n)d declined", count) % {"n": count})
    if count := result.count(Status.CONFIRMED):
        parts.append(ngettext("%(n)d confirmed", "%(n)d confirmed", count) % {"n": count})
    return ", ".join(parts) or _("Nothing was changed")


def _undo_url(request: HttpRequest, batch: UUID, result: Batch) -> str:
    """The address that takes the cancellations back; empty when there are none."""
    if not result.count(Status.CANCELLED):
        return ""
    return f"{reverse('appointments_undo', args=[batch])}?{_query(_next(request))}"


def _query(to: str) -> str:
    return urlencode({"next": to})


def _key(request: HttpRequest, nonce: UUID) -> Key:
    """One form's key: what it does it does once, and only its own member learns what became of it."""
    business, member = business_of(request), member_of(request)
    return idempotency.key_for(
        tenant_id=business.pk, route="dashboard:bulk", caller=str(member.pk), key=str(nonce), body={}
    )


def _nonce(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("nonce", ""))
    except ValueError:
        return uuid4()


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: a page of this host, else the list."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return local_path(wanted, otherwise=reverse("appointments"))
