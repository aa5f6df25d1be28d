"""Notifications of calendar vendors: they say that something has changed, and nothing else."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_tenants.utils import tenant_context

from calendarsync.services import watching
from daybook.core import clock
from tenants.enums import BusinessStatus
from tenants.selectors import served_business


@csrf_exempt
@require_POST
def google(request: HttpRequest) -> HttpResponse:
    """200 and no body, whatever comes: who guesses learns nothing, and Google does not send again.

    The channel's id begins with the business's; its token is checked there. Nothing is read of a body. A genuine
    notification marks its calendar, which is read soon; a burst of them marks it once. While the business is suspended
    nothing is marked: all is read when it comes back.
    """
    channel = request.headers.get("X-Goog-Channel-ID", "")
    number = request.headers.get("X-Goog-Message-Number", "")
    business = served_business(_business_id(channel))
    active = business is not None and business.status == BusinessStatus.ACTIVE
    if active and len(channel) <= 64 and number.isascii() and number.isdecimal() and len(number) < 19:
        with tenant_context(business):
            watching.heard(
                channel=channel,
                token=request.headers.get("X-Goog-Channel-Token", ""),
                state=request.headers.get("X-Goog-Resource-State", ""),
                number=int(number),
                now=clock.now(),
            )
    return HttpResponse(status=200, headers={"Cache-Control": "no-store"})


def _business_id(channel: str) -> UUID | None:
    try:
        return UUID(hex=channel[:32])
    except ValueError:
        return None
