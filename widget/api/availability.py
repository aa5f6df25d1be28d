"""Which times are free.

This is asked far more often than anything else, again and again with equal addresses. One that was answered is
remembered, so that the next equal one needs no validation (`KnownAddressMiddleware`). Nothing of the times is: they are
read each time.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from daybook.core import clock
from daybook.core.errors import NotFound
from daybook.core.http.idempotent import json_bytes
from scheduling.enums import Status
from scheduling.selectors.naming import as_uuid
from widget import selectors
from widget.api.answers import availability_json
from widget.api.documents import READS
from widget.schemas import AvailabilityOut, IsoDate, Token, Zone

if TYPE_CHECKING:
    from tenants.models import Business

router = Router()


@router.get(
    "/services/{service_id}/availability",
    response={200: AvailabilityOut, **READS},
    summary="Free times, 62 days at most",
)
def availability(
    request: HttpRequest,
    service_id: str,
    start_date: Query[IsoDate],
    end_date: Query[IsoDate],
    timezone: Query[Zone | None] = None,
    provider_id: Query[UUID | None] = None,
    hold_token: Query[Token | None] = None,
    include_unavailable: Query[bool] = False,
) -> HttpResponse:
    asked: dict[str, Any] = {
        "service": as_uuid(service_id) or service_id,
        "first_date": start_date,
        "last_date": end_date,
        "timezone": timezone,
        "provider_id": provider_id,
    }
    if include_unavailable or hold_token:
        look = _reasons if include_unavailable else selectors.rendered
        without = _held(request, hold_token, clock.now()) if hold_token else []
        return json_bytes(body(request.business, **asked, look=look, without=without))  # type: ignore[attr-defined]
    answer = json_bytes(body(request.business, **asked))  # type: ignore[attr-defined]
    request.times_asked = asked  # type: ignore[attr-defined]
    return answer


def body(
    business: "Business",
    *,
    service: UUID | str,
    first_date: date,
    last_date: date,
    timezone: str | None,
    provider_id: UUID | None,
    look: Callable[..., bytes] = selectors.rendered,
    without: Sequence[UUID] = (),
) -> bytes:
    """The free times as they are now, as JSON. Raises NotFound and Invalid."""
    return look(
        availability_json,
        business,
        service,
        now=clock.now(),
        first_date=first_date,
        last_date=last_date,
        timezone=business.timezone if timezone is None else timezone,
        provider_id=provider_id,
        without=without,
    )


def _reasons(render: Callable[[selectors.Times], bytes], *names: Any, **asked: Any) -> bytes:
    return render(selectors.reasons(*names, **asked))


def _held(request: HttpRequest, token: str, now: datetime) -> list[UUID]:
    """The asker's own hold, which keeps no time from him; a token that leads nowhere, or was used, changes nothing."""
    try:
        hold = selectors.access_hold(request.business, token, now=now)  # type: ignore[attr-defined]
    except NotFound:
        return []
    return [hold.pk] if hold.status == Status.HELD else []
