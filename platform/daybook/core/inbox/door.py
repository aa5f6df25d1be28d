"""`POST /v1/webhooks/<source>`: verify, keep, answer. Everything else happens in a worker."""

import logging

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from daybook.core import clock
from daybook.core.errors import DaybookError, NotFound
from daybook.core.inbox.receiving import Incoming, receive
from daybook.core.inbox.sources import Rejected, Source, TooLarge, sources

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, source: str) -> JsonResponse:
    """200 once the event is kept, the first time or again; 400 and nothing kept for what cannot be verified.

    There is no limit of requests: a vendor's burst is not lost. 503 without the database, so that he tries again.
    """
    known = sources.get(source)
    if known is None:
        raise NotFound()
    _read(request, known.most_bytes)
    incoming = _verified(request, source, known)
    if incoming is not None:
        receive(
            source=source,
            event_id=incoming.event_id,
            kind=incoming.kind,
            business_id=incoming.business_id,
            object_id=incoming.object_id,
            body=incoming.body,
            now=clock.now(),
        )
    return JsonResponse({"received": True}, headers={"Cache-Control": "no-store"})


def _read(request: HttpRequest, most: int) -> None:
    """Read the raw body, from where `request.body` has it. Raises `TooLarge` and `Rejected`."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > most or len(request.body) > most:
            raise TooLarge
    except RequestDataTooBig as error:
        raise TooLarge from error
    except (ValueError, UnreadablePostError) as error:
        raise Rejected("malformed", "The body could not be read.") from error


def _verified(request: HttpRequest, name: str, source: Source) -> Incoming | None:
    """What was delivered. Whatever a strange body makes `verify` stumble over is the sender's fault, and logged."""
    try:
        return source.verify(request)
    except Rejected as reason:
        log.warning("a delivery to %s was rejected: %s", name, reason.code)
        raise
    except (DaybookError, DatabaseError, RedisError):
        raise
    except Exception as error:
        log.exception("a delivery to %s could not be read", name)
        raise Rejected("malformed", "The delivery could not be read.") from error
