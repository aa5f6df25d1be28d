"""Stopping reminders with the link out of one: a page with a button, and what mail programs send by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from daybook.core.errors import NotFound
from scheduling.services import reminders as service
from tenants import limits
from widget.views.door import business_of, client_page

if TYPE_CHECKING:
    from scheduling.models import Client


@client_page(methods=("GET", "HEAD", "POST"))
def unsubscribe(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """`/u/<client>?t=…`: a GET changes nothing; a POST stops them, or (`reminders=1`) sends them again. No redirect.

    The link's token is all that is asked for: RFC 8058 has mail programs post here without cookie, origin or form.
    """
    client = _access(request, client_id)
    if request.method == "POST":
        service.set_reminders(client, wanted=request.POST.get("reminders") == "1")
    context = {"wanted": client.reminders, "done": request.method == "POST", "url": request.get_full_path()}
    return render(request, "widget/reminders.html", context)


def _access(request: HttpRequest, client_id: UUID) -> Client:
    try:
        return service.access_client(business_of(request), client_id, str(request.GET.get("t", "")))
    except NotFound:
        limits.count_guess(request, "reminders", str(client_id))
        raise NotFound("link_invalid", _("This link does not work any more.")) from None
