"""Busy times of calendars. A calendar that cannot be read has errors of its own inside a good answer."""

from datetime import datetime
from typing import Any

from daybook.sandbox.google.errors import GoogleError
from daybook.sandbox.google.listing import Filter, matching
from daybook.sandbox.google.times import Span, parse, span, wire, zone_named
from daybook.sandbox.google.world import Calendar, World

NEVER_BUSY = ("workingLocation", "birthday")

Json = dict[str, Any]


def query(world: World, email: str, body: Json) -> Json:
    after, before = parse(body["timeMin"]), parse(body["timeMax"])
    zone = zone_named(body.get("timeZone") or "UTC")
    calendars: Json = {}
    for item in body.get("items", []):
        try:
            calendar = world.calendar(email, item["id"])
        except GoogleError as error:
            calendars[item["id"]] = {"errors": [{"domain": "global", "reason": error.reason}], "busy": []}
            continue
        spans = merged(busy(calendar, after, before))
        times = [{"start": wire(max(start, after), zone), "end": wire(min(end, before), zone)} for start, end in spans]
        calendars[item["id"]] = {"busy": times}
    return {
        "kind": "calendar#freeBusy",
        "timeMin": wire(after, zone),
        "timeMax": wire(before, zone),
        "calendars": calendars,
    }


def busy(calendar: Calendar, after: datetime, before: datetime) -> list[Span]:
    events = matching(calendar, Filter({}, True, False, after, before))
    return [span(event, calendar.time_zone) for event in events if blocks(event)]


def blocks(event: Json) -> bool:
    if event.get("transparency") == "transparent" or event.get("eventType") in NEVER_BUSY:
        return False
    return not any(
        attendee.get("self") and attendee.get("responseStatus") == "declined" for attendee in event.get("attendees", [])
    )


def merged(spans: list[Span]) -> list[Span]:
    """The same times without overlaps."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
