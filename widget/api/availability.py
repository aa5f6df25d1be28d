"""Which times are free."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from daybook.core import clock
from daybook.core.errors import NotFound
from daybook.core.http.idempotent import json_bytes
from scheduling.enums import Status
from widget import selectors
from widget.api.answers import availability_json
from widget.api.documents import READS
from widget.schemas import AvailabilityOut, IsoDate, Token, Zone

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
    business, now = request.business, clock.now()  # type: ignore[attr-defined]
    look = _reasons if include_unavailable else selectors.rendered
    return json_bytes(
        look(
            availability_json,
            business,
            service_id,
            now=now,
            first_date=start_date,
            last_date=end_date,
            timezone=business.timezone if timezone is None else timezone,
            provider_id=provider_id,
            without=[] if not hold_token else _held(request, hold_token, now),
        )
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
