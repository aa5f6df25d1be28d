"""What Google documents in prose: which parameters exclude each other, what an event must have, how long things are."""

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from daybook.sandbox.google.contract.problems import Problem

EVENT_ID = re.compile(r"[a-v0-9]{5,1024}")  # base32hex, lower case
CHANNEL_ID = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
NOT_WITH_SYNC_TOKEN = (
    *("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty"),
    *("timeMin", "timeMax", "updatedMin"),
)
MOST_CALENDARS, MOST_PAGE, MOST_PROPERTIES = 50, 2500, 32 * 1024
EMPTY_RANGE = "The specified time range is empty."

Json = dict[str, Any]


@cache
def zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@dataclass(frozen=True)
class Request:
    """`name` is the method's, as "events.list"."""

    name: str
    query: dict[str, str]
    body: Json


def broken_rules(request: Request) -> list[Problem]:
    return [*_by_method(request), *_updates(request)]


def _by_method(request: Request) -> Iterator[Problem]:
    match request.name:
        case "events.list" | "events.instances":
            yield from _list(request.query)
        case "events.insert" | "events.import" | "events.update" | "events.patch":
            yield from _event(request)
        case "events.watch":
            yield from _list(request.query)
            yield from _watch(request.body)
        case "channels.stop":
            yield from (_required(name) for name in ("id", "resourceId") if not request.body.get(name))
        case "freebusy.query":
            yield from _freebusy(request.body)


def _updates(request: Request) -> Iterator[Problem]:
    if request.query.get("sendUpdates") not in (None, "all", "externalOnly", "none"):
        yield _bad("sendUpdates", "all | externalOnly | none")


def _bad(param: str, detail: str, reason: str = "invalid") -> Problem:
    return Problem("rule", param, detail, 400, reason)


def _required(param: str, detail: str = "") -> Problem:
    return _bad(param, detail or f"Missing {param}", "required")


def _time(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _is_empty(start: Any, end: Any, *, or_zero: bool) -> bool:
    first, last = _time(start), _time(end)
    if not first or not last or bool(first.tzinfo) != bool(last.tzinfo):
        return False
    return last <= first if or_zero else last < first


def _list(query: dict[str, str]) -> Iterator[Problem]:
    for name in ("timeMin", "timeMax", "updatedMin"):
        if name in query and not INSTANT.fullmatch(query[name]):
            yield _bad(name, "RFC 3339 with a mandatory offset", "badRequest")
    if _is_empty(query.get("timeMin"), query.get("timeMax"), or_zero=True):
        yield _bad("timeMax", EMPTY_RANGE, "timeRangeEmpty")
    if "syncToken" in query:
        yield from (
            _bad(name, f"{name} cannot be combined with syncToken") for name in NOT_WITH_SYNC_TOKEN if name in query
        )
        if query.get("showDeleted") == "false":
            yield _bad("showDeleted", "showDeleted=false is not allowed with syncToken")
    if query.get("orderBy") == "startTime" and query.get("singleEvents") != "true":
        yield _bad("orderBy", "The requested ordering is not available for the particular query.", "badRequest")
    size = query.get("maxResults", "1")
    if size.isdigit() and not 1 <= int(size) <= MOST_PAGE:
        yield _bad("maxResults", f"1 to {MOST_PAGE}")


def _watch(body: Json) -> Iterator[Problem]:
    yield from (
        _required(f"resource.{name}", f"Missing {name}") for name in ("id", "type", "address") if not body.get(name)
    )
    if not CHANNEL_ID.fullmatch(str(body.get("id", "x"))):
        yield _bad("id", "channel ids: [A-Za-z0-9-_+/=], at most 64")
    if len(str(body.get("token", ""))) > 256:
        yield _bad("token", "at most 256 characters")
    if not str(body.get("address", "https://")).startswith("https://"):
        yield _bad("address", f"WebHook callback must be HTTPS: {body['address']}", "push.webhookUrlNotHttps")
    if body.get("type") not in (None, "web_hook", "webhook"):
        yield _bad("type", "web_hook")


def _freebusy(body: Json) -> Iterator[Problem]:
    for name in ("timeMin", "timeMax"):
        if not body.get(name):
            yield _required(name)
        elif not INSTANT.fullmatch(str(body[name])):
            yield _bad(name, "RFC 3339 with an offset", "badRequest")
    if _is_empty(body.get("timeMin"), body.get("timeMax"), or_zero=True):
        yield _bad("timeMax", EMPTY_RANGE, "timeRangeEmpty")
    if len(body.get("items") or []) > min(MOST_CALENDARS, body.get("calendarExpansionMax", MOST_CALENDARS)):
        yield _bad("items", "tooManyCalendarsRequested", "tooManyCalendarsRequested")
    if body.get("calendarExpansionMax", 1) > MOST_CALENDARS or body.get("groupExpansionMax", 1) > 100:
        yield _bad("calendarExpansionMax", "at most 50 / 100")


def _event(request: Request) -> Iterator[Problem]:
    event = request.body
    if request.name == "events.insert" and "id" in event:
        if not EVENT_ID.fullmatch(str(event["id"])):
            yield _bad("id", "Invalid resource id value.")
        if "iCalUID" in event:
            yield _bad("iCalUID", "supply id or iCalUID, not both")
    for side in ("start", "end"):
        yield from _side(side, event.get(side), whole=request.name != "events.patch")
    yield from _span(event)
    for line in event.get("recurrence") or []:
        if not re.match(r"(RRULE|EXRULE|RDATE|EXDATE)[;:]", str(line)):
            yield _bad("recurrence", f"Invalid recurrence rule: {line}")
    for attendee in event.get("attendees") or []:
        if isinstance(attendee, dict) and not attendee.get("email") and not attendee.get("id"):
            yield _required("attendees", "Missing attendee email.")
    yield from _properties(event.get("extendedProperties"))
    if event.get("eventType") == "fromGmail" and request.name == "events.insert":
        yield _bad("eventType", "fromGmail cannot be created")


def _side(side: str, value: Any, *, whole: bool) -> Iterator[Problem]:
    if not value:
        if whole:
            yield _required(side, f"Missing {side} time.")
        return
    if not isinstance(value, dict):
        return
    if value.get("date") and value.get("dateTime"):
        yield _bad(side, "date or dateTime, not both")
    if whole and not value.get("date") and not value.get("dateTime"):
        yield _required(side, "date or dateTime")
    if value.get("dateTime") and not INSTANT.fullmatch(str(value["dateTime"])) and not value.get("timeZone"):
        yield _required(f"{side}.dateTime", f"Missing time zone definition for {side} time.")
    if value.get("timeZone") and value["timeZone"] not in zones():
        yield _bad(f"{side}.timeZone", "Invalid time zone definition")


def _span(event: Json) -> Iterator[Problem]:
    start, end = event.get("start"), event.get("end")
    if not isinstance(start, dict) or not isinstance(end, dict):
        return
    if bool(start.get("date")) != bool(end.get("date")):
        yield _bad("end", "Start and end times must either both be date or both be dateTime.")
    first, last = (side.get("dateTime") or side.get("date") for side in (start, end))
    if _is_empty(first, last, or_zero=False):
        yield _bad("end", EMPTY_RANGE, "timeRangeEmpty")
    if event.get("recurrence") and start.get("dateTime") and not start.get("timeZone"):
        yield _required("start.timeZone", "Missing time zone definition for start time.")


def _properties(extended: Any) -> Iterator[Problem]:
    if not isinstance(extended, dict):
        return
    total = 0
    for kind in ("private", "shared"):
        values = extended.get(kind) or {}
        if len(values) > 300:
            yield _bad(f"extendedProperties.{kind}", "at most 300 properties")
        for name, value in values.items():
            size = len(str(value or ""))
            total += len(name) + size
            if len(name) > 44 or size > 1024:
                yield _bad(f"extendedProperties.{kind}.{name}", "key <= 44, value <= 1024 characters")
    if total > MOST_PROPERTIES:
        yield _bad("extendedProperties", "32 kB in all")
