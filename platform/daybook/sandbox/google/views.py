"""Events as they are told: in a zone, bare when deleted, without their content to whoever may only see busy times."""

from typing import Any

from daybook.sandbox.google.times import shown
from daybook.sandbox.google.world import Calendar

BARE = ("kind", "etag", "id", "status", "recurringEventId", "originalStartTime")
BUSY = (*BARE, "start", "end", "transparency", "eventType", "updated", "recurrence", "iCalUID")

Json = dict[str, Any]


def bare(event: Json) -> Json:
    """A deleted event keeps only what Google promises; others are whole."""
    if event["status"] != "cancelled":
        return event
    return {name: event[name] for name in BARE if name in event}


def told(event: Json, calendar: Calendar, zone: str | None, *, busy_only: bool) -> Json:
    """The event in `zone`, else in its calendar's."""
    found = {name: value for name, value in event.items() if name in BUSY} if busy_only else event
    if busy_only:
        found["visibility"] = "private"
    return shown(found, zone or calendar.time_zone)


def list_entry(calendar: Calendar, email: str) -> Json:
    """The calendar in a user's list."""
    return {
        "kind": "calendar#calendarListEntry",
        "etag": f'"{len(calendar.summary)}{calendar.role_of(email)}"',
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.time_zone,
        "accessRole": calendar.role_of(email),
        "selected": True,
        "backgroundColor": "#9fe1e7",
        "foregroundColor": "#000000",
        "colorId": "14",
        "defaultReminders": [],
        **({"primary": True} if calendar.id == email else {}),
    }


def resource(calendar: Calendar) -> Json:
    return {
        "kind": "calendar#calendar",
        "etag": f'"{len(calendar.summary)}"',
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.time_zone,
    }
