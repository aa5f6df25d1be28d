"""The door of a provider's feed: a secret address on the business's host, for calendars to read. No cookie, no session."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from calendarsync import documents
from calendarsync.selectors.feeds import access_feed
from calendarsync.services import feeds
from daybook.core import clock
from daybook.core.crypto import digest
from scheduling.selectors.availability import zone_of
from scheduling.selectors.publishing import published
from tenants import limits
from tenants.doors import business_of

BEHIND, AHEAD = timedelta(days=30), timedelta(days=365)
MOST_A_MINUTE = 30
"""How often one feed may be read."""


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """`/calendar/<token>.ics`; unknown, renewed and switched-off addresses are 404 alike."""
    limits.count_public(request)
    business, now = business_of(request), clock.now()
    found = access_feed(token)
    limits.count(f"feed:{digest(token)}", most=MOST_A_MINUTE)
    provider = found.provider
    publisher = documents.Publisher(business, provider.name, zone_of(business, None, provider), found.privacy)
    rows = published(provider.pk, since=now - BEHIND, until=now + AHEAD)
    body = documents.feed(publisher, rows)
    content = hashlib.sha256(body).hexdigest()
    changed = feeds.was_read(found, content=content, at=timezone.now())
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="calendar.ics"',
        "ETag": f'"{content[:32]}"',
        "Last-Modified": http_date(changed.timestamp()),
        "X-Robots-Tag": "noindex",
    }
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
    answer = get_conditional_response(request, headers["ETag"], int(changed.timestamp()), response)
    assert answer is not None
    return answer
