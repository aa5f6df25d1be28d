"""Changing a client in small steps: notes, tags, block, consents, files."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from daybook.core import clock, media
from daybook.core.audit import Line, record
from daybook.core.errors import Invalid, NotFound
from daybook.core.inputs import refuse
from scheduling.forms.clients import ConsentForm
from scheduling.selectors.clients import access_client, access_consent, access_file
from scheduling.services import client_blocks, client_consents, client_files, client_records
from scheduling.views.clients import show
from scheduling.views.setup_doors import back, saved
from tenants.auth import actor
from tenants.doors import business_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Client

POST = ("POST",)


@member_required(Right.CHANGE_CLIENTS, methods=POST)
def notes(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """What the team knows about a client; saved while it is typed."""
    found = access_client(client_id)
    try:
        client_records.keep_notes(found, request.POST.get("notes", ""))
    except Invalid as error:
        problem = error.details["fields"]["notes"][0]
        if request.headers.get("HX-Request"):
            return HttpResponse(escape(problem), status=error.status)
        return show(request, found, status=error.status, notes_problem=problem)
    if request.headers.get("HX-Request"):
        return HttpResponse(escape(_("Saved.")))
    return saved(request, _("Notes saved."), "client", found.pk)


@member_required(Right.CHANGE_CLIENTS, methods=POST)
def tags(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Add or (`do=remove`) remove a tag; the other way is the undo."""
    found, tag = access_client(client_id), _sent(request, "tag")
    away = _sent(request, "do") == "remove"
    try:
        if away:
            client_records.remove_tag(found, tag)
        else:
            tag = client_records.add_tag(found, tag)
    except Invalid as error:
        return _refused(request, found, error.details["fields"]["tag"][0])
    text = _("Tag removed: %(tag)s.") if away else _("Tag added: %(tag)s.")
    undo = _address("client_tags", found, tag=tag, do="add" if away else "remove")
    return saved(request, text % {"tag": tag}, "client", found.pk, undo=undo)


@member_required(Right.CHANGE_CLIENTS, methods=POST)
def block(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Refuse online bookings by this e-mail and phone, or (`do=unblock`) take them again."""
    found, now = access_client(client_id), clock.now()
    away, reason = _sent(request, "do") == "unblock", _sent(request, "reason")
    kept = found.blocked_reason
    try:
        with transaction.atomic():
            if away:
                client_blocks.unblock(found)
            else:
                client_blocks.block(found, reason=reason, now=now)
            _audit(request, "client.unblocked" if away else "client.blocked", found)
    except Invalid as error:
        return _refused(request, found, error.details["fields"]["reason"][0])
    if away:
        undo = _address("block_client", found, reason=kept)
        return saved(
            request, _("%(name)s can book online again.") % {"name": found.name}, "client", found.pk, undo=undo
        )
    undo = _address("block_client", found, do="unblock")
    return saved(request, _("%(name)s cannot book online.") % {"name": found.name}, "client", found.pk, undo=undo)


@member_required(Right.CHANGE_CLIENTS, methods=POST)
def not_duplicate(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Somebody looked: not the same person."""
    found = access_client(client_id)
    client_records.not_duplicate(found)
    text = _("%(name)s is not a duplicate.") % {"name": found.name}
    if _sent(request, "to") == "duplicates":
        return saved(request, text, "client_duplicates")
    return saved(request, text, "client", found.pk)


@member_required(Right.CHANGE_CLIENTS, methods=POST)
def consents(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Write down a consent."""
    found, form = access_client(client_id), ConsentForm(request.POST)
    if form.is_valid():
        try:
            client_consents.give(found, **form.cleaned_data, now=clock.now(), by=actor(request))
        except Invalid as error:
            refuse(form, error)
        else:
            return saved(request, _("Consent recorded."), "client", found.pk)
    return show(request, found, status=422, consent_form=form)


@member_required(Right.CHANGE_CLIENTS, methods=POST)
def withdraw(request: HttpRequest, client_id: UUID, consent_id: UUID) -> HttpResponse:
    """Withdraw a consent, or (`undo` with its instant) take just that back."""
    found, now = access_client(client_id), clock.now()
    consent = access_consent(found, consent_id)
    if since := _instant(_sent(request, "undo")):
        client_consents.give_again(consent, withdrawn_at=since)
        return back(request, "client", found.pk)
    client_consents.withdraw(consent, now=now)
    address = reverse("withdraw_consent", args=[found.pk, consent.pk])
    undo = f"{address}?{urlencode({'undo': now.isoformat()})}"
    return saved(request, _("Consent withdrawn."), "client", found.pk, undo=undo)


@member_required(Right.CHANGE_CLIENTS, methods=POST)
def files(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Keep a file with the client."""
    found, business = access_client(client_id), business_of(request)
    try:
        client_files.keep(found, request.FILES.get("file"), business=business, now=clock.now(), by=actor(request))
    except Invalid as error:
        return show(request, found, status=422, file_problem=error.message)
    return saved(request, _("File kept."), "client", found.pk)


@member_required(Right.SEE_CLIENTS)
def file(request: HttpRequest, client_id: UUID, file_id: UUID) -> HttpResponse:
    """A client's file, always as an attachment."""
    row = access_file(access_client(client_id), file_id)
    content = media.read(business_of(request).schema_name, row.file)
    response = FileResponse(content, as_attachment=True, filename=row.name, content_type=row.content_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]  # a StreamingHttpResponse, which the stubs keep apart


@member_required(Right.CHANGE_CLIENTS, methods=POST)
def delete_file(request: HttpRequest, client_id: UUID, file_id: UUID) -> HttpResponse:
    """Forget a file for good; the button says so."""
    found = access_client(client_id)
    row = access_file(found, file_id)
    client_files.delete(row, business=business_of(request))
    return saved(request, _("Deleted: %(name)s.") % {"name": row.name}, "client", found.pk)


def _sent(request: HttpRequest, name: str) -> str:
    """From the form, or from the address of an Undo."""
    return str(request.POST.get(name, request.GET.get(name, "")))


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise NotFound() from None
    return found if found is None or found.tzinfo is not None else None


def _address(name: str, found: Client, **query: str) -> str:
    return f"{reverse(name, args=[found.pk])}?{urlencode(query)}"


def _refused(request: HttpRequest, found: Client, text: str) -> HttpResponse:
    messages.error(request, text)
    return back(request, "client", found.pk)


def _audit(request: HttpRequest, action: str, found: Client) -> None:
    line = Line(action, "client", found.pk)
    record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)
