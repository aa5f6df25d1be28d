"""API keys of a business: made, shown once, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from daybook.core.audit import Line, record
from tenants import selectors
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right
from tenants.forms import KeyForm
from tenants.services import keys as service

if TYPE_CHECKING:
    from tenants.models import ApiKey


@member_required(Right.CHANGE_KEYS, methods=FORM)
def keys(request: HttpRequest) -> HttpResponse:
    """The keys there are, and a form for a new one; its text is on the answer to that form and nowhere else."""
    business, made = business_of(request), None
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _make(request, form)
        except service.AlreadyMade as error:
            messages.warning(request, error.message)
            return _to_the_list()
        form = KeyForm()
    context = {"rows": selectors.api_keys(business), "form": form, "made": made}
    return render(request, "tenants/settings/keys.html", context, status=422 if form.errors else 200)


def _make(request: HttpRequest, form: KeyForm) -> dict[str, object]:
    business, user, data = business_of(request), member_of(request).user, form.cleaned_data
    name, key_id = data["name"], data["key_id"]
    with transaction.atomic():
        if data["kind"] == "publishable":
            key, text = service.make_publishable(business=business, name=name, by=user, key_id=key_id)
        else:
            scopes = ["read"] if data["kind"] == "secret-read" else ["read", "write"]
            key, text = service.make_secret(business=business, name=name, by=user, scopes=scopes, key_id=key_id)
        _note(request, "key.added", key)
    return {"key": key, "text": text}


@member_required(Right.CHANGE_KEYS, methods=FORM)
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Ask, then revoke: it cannot be undone, and whatever uses the key stops working."""
    key = selectors.access_key(business_of(request), key_id)
    if request.method != "POST":
        return render(request, "tenants/settings/revoke_key.html", {"key": key})
    with transaction.atomic():
        service.revoke(key)
        _note(request, "key.revoked", key)
    messages.success(request, _("Revoked: %(name)s.") % {"name": key.name})
    return _to_the_list()


def _note(request: HttpRequest, action: str, key: ApiKey) -> None:
    line = Line(action, "key", key.pk, key.name, after={"kind": key.kind, "scopes": key.scopes})
    record(line, tenant_id=key.business_id, by=actor(request), request=request)


def _to_the_list() -> HttpResponse:
    response = redirect("settings_keys")
    response.status_code = 303
    return response
