"""One Google account, spoken to with Google's own client. Made for one task: the client is not safe between threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

import google_auth_httplib2
import httplib2
from django.conf import settings
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from calendarsync.domain.events import Desired, Outside
from calendarsync.gateways.base import (
    CalendarLost,
    Conflict,
    Delta,
    Exists,
    Failure,
    Gone,
    Listed,
    Refused,
    Removed,
    ResyncNeeded,
    Stopped,
    Tokens,
    Watched,
    Written,
)
from calendarsync.gateways.google import reading
from calendarsync.gateways.google.failures import ERRORS, failure

TIMEOUT = 15  # seconds, for each answer
PAGE = 250
MOST_PAGES = 400
LONGEST_TEXT = 8000


class GoogleAccount:
    """`base.Account` for Google."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._credentials = _credentials(tokens)
        http = google_auth_httplib2.AuthorizedHttp(self._credentials, http=httplib2.Http(timeout=TIMEOUT))
        endpoint = {"api_endpoint": f"{settings.GOOGLE_API_BASE.rstrip('/')}/calendar/v3/"}
        self._api: Any = build(
            "calendar", "v3", http=http, client_options=endpoint, static_discovery=True, cache_discovery=False
        )

    @property
    def tokens(self) -> Tokens:
        """As they are now: the access token may have been renewed on the way."""
        until = self._credentials.expiry
        access_until = until.replace(tzinfo=UTC) if until else None
        return replace(self._tokens, access=self._credentials.token or "", access_until=access_until)

    def calendars(self) -> list[Listed] | Failure:
        """All that can at least be read."""
        found: list[Listed] = []
        for page in self._pages(self._api.calendarList().list, minAccessRole="reader", maxResults=PAGE):
            if not isinstance(page, dict):
                return cast(Failure, page)
            found += [reading.listed(item) for item in page.get("items", [])]
        return found

    def put(self, calendar: str, event: Desired, *, etag: str = "") -> Written | Exists | Conflict | Gone | Failure:
        """Insert with our own id, or patch the version `etag`. Guests and reminders of a person stay as they are."""
        events = self._api.events()
        if etag:
            call = events.patch(
                calendarId=calendar, eventId=event.id, body=_body(event, patch=True), sendUpdates="none"
            )
            call.headers["If-Match"] = etag
            statuses: dict[int, Any] = {404: Gone(), 410: Gone(), 412: Conflict()}
        else:
            call = events.insert(calendarId=calendar, body=_body(event, patch=False), sendUpdates="none")
            statuses = {409: Exists()}
        answer = self._do(call, statuses)
        return Written(answer.get("etag", "")) if isinstance(answer, dict) else answer

    def look(self, calendar: str, event_id: str) -> Outside | Gone | Failure:
        """The event, a deleted one too while Google remembers it."""
        call = self._api.events().get(calendarId=calendar, eventId=event_id, fields=reading.EVENT)
        answer = self._do(call, {404: Gone(), 410: Gone()})
        return reading.outside(answer) if isinstance(answer, dict) else answer

    def remove(self, calendar: str, event_id: str) -> Removed | Failure:
        """Delete; what is not there counts as deleted."""
        call = self._api.events().delete(calendarId=calendar, eventId=event_id, sendUpdates="none")
        answer = self._do(call, {404: Removed(), 410: Removed()})
        return Removed() if isinstance(answer, dict) else answer

    def changes(self, calendar: str, cursor: str | None, *, since: datetime) -> Delta | ResyncNeeded | Failure:
        """All pages and the next cursor, or nothing of it. Series come as their head: `instances` lays them out."""
        begin: dict[str, Any] = {"syncToken": cursor} if cursor else {"timeMin": since.isoformat()}
        found: list[Outside] = []
        for page in self._pages(
            self._api.events().list, {410: ResyncNeeded()}, calendarId=calendar, maxResults=PAGE, fields=reading.PAGE,
            **begin,
        ):  # fmt: skip
            if not isinstance(page, dict):
                return cast(ResyncNeeded | Failure, page)
            found += [reading.outside(item) for item in page.get("items", [])]
            if page.get("nextSyncToken"):
                zone = reading.zone(page["timeZone"]) if page.get("timeZone") else ""
                return Delta(tuple(found), page["nextSyncToken"], whole=not cursor, zone=zone)
        return Refused("no sync token on the last page")

    def instances(
        self, calendar: str, event_id: str, *, first: datetime, last: datetime
    ) -> list[Outside] | Gone | Failure:
        """The single times that Google makes of a series, exceptions included."""
        found: list[Outside] = []
        for page in self._pages(
            self._api.events().instances, {404: Gone(), 410: Gone()}, calendarId=calendar, eventId=event_id,
            timeMin=first.isoformat(), timeMax=last.isoformat(), maxResults=PAGE, fields=reading.PAGE,
        ):  # fmt: skip
            if not isinstance(page, dict):
                return cast(Gone | Failure, page)
            found += [reading.outside(item) for item in page.get("items", [])]
        return found

    def watch(self, calendar: str, *, channel: str, token: str, address: str) -> Watched | Failure:
        """Open a channel; it cannot be renewed, only followed by another."""
        body = {"id": channel, "type": "web_hook", "address": address, "token": token}
        answer = self._do(self._api.events().watch(calendarId=calendar, body=body))
        return reading.watched(answer, opened=datetime.now(UTC)) if isinstance(answer, dict) else answer

    def stop(self, channel: str, resource_id: str) -> Stopped | Failure:
        """Close a channel; one that Google does not know is closed."""
        answer = self._do(self._api.channels().stop(body={"id": channel, "resourceId": resource_id}), {404: Stopped()})
        return Stopped() if isinstance(answer, dict) else answer

    def revoke(self) -> Removed | Failure:
        """Give the grant back. A token that is not good any more is as good as revoked."""
        http = httplib2.Http(timeout=TIMEOUT)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"token": self._tokens.refresh or self._tokens.access})
        try:
            response, content = http.request(settings.GOOGLE_REVOKE_URI, "POST", body=body, headers=headers)
        except ERRORS as error:
            return failure(error)
        return Removed() if response.status in (200, 400) else failure(HttpError(response, content))

    def _do(self, call: Any, statuses: dict[int, Any] | None = None) -> Any:
        """The answer's JSON ({} for none), what `statuses` says of its status, or a failure."""
        try:
            answer = call.execute()
        except HttpError as error:
            return (statuses or {}).get(int(error.resp.status)) or failure(error)
        except ERRORS as error:
            return failure(error)
        return answer if isinstance(answer, dict) else {}

    def _pages(
        self, method: Callable[..., Any], statuses: dict[int, Any] | None = None, **arguments: Any
    ) -> Iterator[Any]:
        """Page by page by hand; ends with the first that is not one. Google's own `list_next` cannot repeat a parameter."""
        for _page in range(MOST_PAGES):
            answer = self._do(method(**arguments), statuses)
            yield answer
            if not isinstance(answer, dict) or not answer.get("nextPageToken"):
                return
            arguments["pageToken"] = answer["nextPageToken"]
        yield CalendarLost("endless pages")


def _credentials(tokens: Tokens) -> Credentials:
    until = tokens.access_until
    return Credentials(  # type: ignore[no-untyped-call]
        token=tokens.access or None,
        refresh_token=tokens.refresh or None,
        token_uri=settings.GOOGLE_TOKEN_URI,
        client_id=settings.GOOGLE_CLIENT_ID,
        client_secret=settings.GOOGLE_CLIENT_SECRET,
        expiry=until.astimezone(UTC).replace(tzinfo=None) if until else None,
    )


def _body(event: Desired, *, patch: bool) -> dict[str, Any]:
    """The fields that are ours. A patch makes an event that was dragged to all-day, or repeated, a single one again."""
    body: dict[str, Any] = {
        "summary": event.title,
        "description": event.description[:LONGEST_TEXT],
        "location": event.location,
        "start": _moment(event.start, event.zone, patch),
        "end": _moment(event.end, event.zone, patch),
        "extendedProperties": {"private": {reading.BLOCK: event.block_id, reading.REV: event.rev}},
    }
    if patch:
        return {**body, "recurrence": []}
    return {**body, "id": event.id, "transparency": "opaque", "reminders": {"useDefault": True}}


def _moment(instant: datetime, zone: str, patch: bool) -> dict[str, Any]:
    moment: dict[str, Any] = {"dateTime": instant.isoformat(), "timeZone": zone}
    return {**moment, "date": None} if patch else moment
