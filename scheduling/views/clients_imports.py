"""Importing clients from a CSV file: upload, columns, dry run, progress, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from daybook.core import clock
from daybook.core.audit import Line, record
from daybook.core.errors import Conflict, Forbidden, Invalid
from daybook.core.tables import csv_response
from scheduling.domain.client_table import LARGEST
from scheduling.forms.clients_imports import ColumnsForm
from scheduling.selectors.clients_imports import access_import, imports
from scheduling.services import client_imports
from scheduling.views.setup_doors import back, is_fragment, saved
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import ClientImport

ERRORS = 50


@member_required(Right.ERASE_CLIENTS, methods=FORM)
def all_imports(request: HttpRequest) -> HttpResponse:
    """GET shows what was imported; POST takes a file and tries it."""
    if request.method != "POST":
        return _list(request)
    upload = request.FILES.get("file")
    if upload is None or (upload.size or 0) > LARGEST:
        words = _("The file is larger than 5 MB.") if upload else _("Choose a file.")
        return _list(request, status=422, problem=words)
    try:
        made = client_imports.keep(
            name=upload.name or "", content=upload.read(), business=business_of(request), now=clock.now(),
            by=actor(request),
        )  # fmt: skip
    except Invalid as error:
        return _list(request, status=error.status, problem=error.message)
    return back(request, "client_import", made.pk)


@member_required(Right.ERASE_CLIENTS, methods=FORM)
def one_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """GET shows columns and dry run, progress, or the result; POST chooses other columns."""
    found = access_import(import_id)
    if request.method != "POST":
        return _show(request, found)
    form = ColumnsForm(request.POST, found=found)
    if not form.is_valid():
        return _show(request, found, status=422, form=form)
    try:
        client_imports.choose(
            found, columns=form.columns(), day_first=form.day_comes_first, business=business_of(request),
            now=clock.now(),
        )  # fmt: skip
    except Invalid as error:
        return _show(request, found, status=error.status, form=form, problem=error.message)
    except Conflict as error:
        messages.error(request, error.message)
    return back(request, "client_import", found.pk)


@member_required(Right.ERASE_CLIENTS, methods=("POST",))
def start(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Import what is right, in the background."""
    found, by = access_import(import_id), actor(request)
    try:
        with transaction.atomic():
            client_imports.start(found, now=clock.now(), by=by)
            line = Line("clients.imported", "import", found.pk, name=found.name, after={"lines": found.total})
            record(line, tenant_id=business_of(request).pk, by=by, request=request)
    except Conflict as error:
        messages.error(request, error.message)
    return back(request, "client_import", found.pk)


@member_required(Right.ERASE_CLIENTS, methods=("POST",))
def discard(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Forget a file that was not imported."""
    try:
        client_imports.discard(access_import(import_id))
    except Conflict as error:
        messages.error(request, error.message)
        return back(request, "client_import", import_id)
    return saved(request, _("The file is discarded."), "client_imports")


@member_required(Right.EXPORT)
def refused(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """The lines that were refused, with the reason, to be mended and imported again."""
    if not member_of(request).may(Right.ERASE_CLIENTS):
        raise Forbidden("forbidden", _("Your role does not allow this."))
    found = access_import(import_id)
    header = [_("Line"), _("Why"), *found.columns.get("header", [])]
    return csv_response("refused", header, found.report.get("refused", []))  # type: ignore[return-value]  # it streams


def _list(request: HttpRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    page = Paginator(imports(), 25).get_page(request.GET.get("page"))
    context = {"page": page, "query": "", "zone": business_of(request).timezone, **extra}
    return render(request, "scheduling/clients/imports.html", context, status=status)


def _show(request: HttpRequest, found: ClientImport, *, status: int = 200, **extra: Any) -> HttpResponse:
    errors = found.report.get("errors", [])
    editable = found.state in ("checking", "checked")
    context = {
        "found": found,
        "form": ColumnsForm(found=found) if editable else None,
        "editable": editable,
        "counts": found.report.get("counts", {}),
        "right": found.total - len(errors),
        "error_count": len(errors),
        "page": Paginator(errors, ERRORS).get_page(request.GET.get("page")),
        "query": "",
        "zone": business_of(request).timezone,
        "may_export": member_of(request).may(Right.EXPORT),
        **extra,
    }
    template = "_progress.html" if is_fragment(request) else "import.html"
    return render(request, f"scheduling/clients/{template}", context, status=status)
