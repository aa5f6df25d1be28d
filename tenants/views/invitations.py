"""Accepting an invitation, on the platform host."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from daybook.core.errors import DaybookError, Forbidden
from tenants.forms import PersonForm
from tenants.models import Invitation, User
from tenants.services import members
from tenants.views.signup import BACKEND, handoff_redirect


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What one is invited to. Accepting is a POST: by the signed-in person, or with a new account's name and password."""
    found = members.open_invitation(token)
    if request.user.is_authenticated:
        return _as_signed_in(request, found)
    if members.has_account(found.email):
        return render(request, "tenants/invitation.html", {"invitation": found, "sign_in": True})
    return _as_new(request, found)


def _as_signed_in(request: HttpRequest, found: Invitation) -> HttpResponse:
    assert isinstance(request.user, User)
    other = request.user.email.lower() != found.email.lower()
    if request.method == "POST":
        if other:
            raise Forbidden("other_address", _("This invitation was sent to another address."))
        members.accept(found, user=request.user)
        return handoff_redirect(request, request.user, found.business, "/dashboard/")
    return render(request, "tenants/invitation.html", {"invitation": found, "other_address": other})


def _as_new(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            values = form.cleaned_data
            user = members.accept_as_new(found, name=values["name"], password=values["password"])
        except DaybookError as error:
            form.add_error(None, error.message)
        else:
            login(request, user, backend=BACKEND)
            return handoff_redirect(request, user, found.business, "/dashboard/")
    status = 422 if form.errors else 200
    return render(request, "tenants/invitation.html", {"invitation": found, "form": form}, status=status)
