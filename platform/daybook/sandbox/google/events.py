"""Writing and reading single events."""

from copy import deepcopy
from typing import Any

from daybook.sandbox.google import recurrence
from daybook.sandbox.google.errors import GoogleError, bad, not_found
from daybook.sandbox.google.times import instant, is_all_day, settled
from daybook.sandbox.google.world import Calendar, World

WRITABLE = {
    *("summary", "description", "location", "colorId", "start", "end", "recurrence", "transparency", "visibility"),
    *("attendees", "extendedProperties", "reminders", "eventType", "status", "source", "guestsCanInviteOthers"),
    *("guestsCanModify", "guestsCanSeeOtherGuests", "anyoneCanAddSelf", "outOfOfficeProperties"),
    *("focusTimeProperties", "workingLocationProperties", "birthdayProperties"),
}
DEFAULTS = {"transparency": "opaque", "visibility": "default"}  # Google leaves these out of its answers
SCHEDULE = ("start", "end", "recurrence")

Json = dict[str, Any]


def get(calendar: Calendar, event_id: str) -> Json:
    """An event, or an instance that its series makes; deleted ones too. Raises 404."""
    if found := calendar.events.get(event_id):
        return found
    master = calendar.events.get(event_id.rpartition("_")[0])
    made = recurrence.with_id(master, event_id) if master and recurrence.is_master(master) else None
    if made is None:
        raise not_found()
    return made


def insert(world: World, calendar: Calendar, body: Json, email: str) -> Json:
    """A new event. An id that was ever used stays taken: 409, also after the event's deletion."""
    event_id = body.get("id") or world.next_id()
    if event_id in calendar.events or event_id in calendar.taken:
        raise GoogleError(409, "duplicate", "The requested identifier already exists.")
    event = {
        "kind": "calendar#event",
        "id": event_id,
        "status": "confirmed",
        "htmlLink": f"https://www.google.com/calendar/event?eid={event_id}",
        "created": world.stamp(),
        "creator": _person(email, calendar),
        "organizer": _person(calendar.id, calendar),
        "iCalUID": body.get("iCalUID") or f"{event_id}@google.com",
        "sequence": 0,
        "reminders": {"useDefault": True},
        "eventType": "default",
        **_kept(body),
    }
    return world.store(calendar, _checked(calendar, event))


def update(world: World, calendar: Calendar, event_id: str, body: Json, if_match: str | None) -> Json:
    """All writable fields as in `body`, the others gone: a deleted event is confirmed again unless it says otherwise."""
    before = _changeable(world, calendar, event_id, if_match)
    event = {name: value for name, value in before.items() if name not in WRITABLE}
    event |= {"status": "confirmed", "reminders": {"useDefault": True}, "eventType": "default"}
    return _changed(world, calendar, before, event | _kept(body))


def patch(world: World, calendar: Calendar, event_id: str, body: Json, if_match: str | None) -> Json:
    """Objects are merged, lists replaced, null removes. A deleted event stays deleted unless the status is given."""
    before = _changeable(world, calendar, event_id, if_match)
    return _changed(world, calendar, before, _merged(before, _kept(body)))


def delete(world: World, calendar: Calendar, event_id: str, if_match: str | None = None) -> None:
    """Raises 410 when it is deleted already, 404 when there never was one. A series goes with its exceptions."""
    event = get(calendar, event_id)
    if event["status"] == "cancelled":
        raise GoogleError(410, "deleted", "Resource has been deleted")
    _match(event, if_match)
    world.store(calendar, {**event, "status": "cancelled"})
    for exception in calendar.exceptions_of(event_id).values():
        if exception["status"] != "cancelled":
            world.store(calendar, {**exception, "status": "cancelled"})


def move(world: World, calendar: Calendar, event_id: str, destination: Calendar) -> Json:
    """The event under the same id in another calendar; here it is cancelled."""
    event = get(calendar, event_id)
    if event.get("recurringEventId"):
        raise bad("Cannot move an instance of a recurring event.", "cannotChangeOrganizerOfInstance")
    if destination.events.get(event_id, {}).get("status") == "confirmed":
        raise GoogleError(409, "duplicate", "The requested identifier already exists.")
    arrived = {**deepcopy(event), "organizer": _person(destination.id, destination)}
    delete(world, calendar, event_id)
    return world.store(destination, arrived)


def _person(email: str, calendar: Calendar) -> Json:
    return {"email": email, **({"self": True} if email == calendar.id else {})}


def _kept(body: Json) -> Json:
    return {name: deepcopy(value) for name, value in body.items() if name in WRITABLE}


def _match(event: Json, if_match: str | None) -> None:
    if if_match not in (None, "*", event["etag"]):
        raise GoogleError(412, "conditionNotMet", "Precondition Failed", "If-Match")


def _changeable(world: World, calendar: Calendar, event_id: str, if_match: str | None) -> Json:
    event = get(calendar, event_id)
    if event["status"] == "cancelled" and world.updates_of_deleted == "forbid":
        raise GoogleError(403, "forbidden", "Forbidden")
    _match(event, if_match)
    return event


def _changed(world: World, calendar: Calendar, before: Json, after: Json) -> Json:
    event = _checked(calendar, after)
    if any(event.get(name) != before.get(name) for name in SCHEDULE):
        event["sequence"] = before.get("sequence", 0) + 1
    stored = world.store(calendar, event)
    if recurrence.is_master(before):
        _drop_strays(world, calendar, stored)
    return stored


def _drop_strays(world: World, calendar: Calendar, master: Json) -> None:
    """Exceptions at times that the series no longer has are cancelled."""
    for name, exception in calendar.exceptions_of(master["id"]).items():
        kept = recurrence.is_master(master) and recurrence.with_id(master, name)
        if not kept and exception["status"] != "cancelled":
            world.store(calendar, {**exception, "status": "cancelled"})


def _merged(before: Any, change: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(change, dict):
        return change
    found = {**before, **{name: _merged(before.get(name), value) for name, value in change.items()}}
    return {name: value for name, value in found.items() if value is not None}


def _checked(calendar: Calendar, event: Json) -> Json:
    """The event as it is kept. Raises 400 when its times make no sense together."""
    event = {name: value for name, value in event.items() if not _is_left_out(name, value)}
    event = {"status": "confirmed", "eventType": "default", **event}
    for side in ("start", "end"):
        value = {name: part for name, part in (event.get(side) or {}).items() if part is not None}
        if ("date" in value) == ("dateTime" in value):
            raise bad(f"Invalid {side} time.", location=side)
        event[side] = settled(value, calendar.time_zone)
    if is_all_day(event) != ("date" in event["end"]):
        raise bad("Start and end times must either both be date or both be dateTime.")
    if instant(event["end"], calendar.time_zone) < instant(event["start"], calendar.time_zone):
        raise bad("The specified time range is empty.", "timeRangeEmpty")
    if attendees := event.get("attendees"):
        event["attendees"] = [_attendee(attendee, calendar) for attendee in attendees]
    if event.get("recurrence"):
        recurrence.check(event)
    return event


def _is_left_out(name: str, value: Any) -> bool:
    """Google's answers have no empty texts and lists, and not what is as usual."""
    return value is None or value in ("", []) or DEFAULTS.get(name) == value


def _attendee(attendee: Json, calendar: Calendar) -> Json:
    own = {"self": True} if attendee.get("email") == calendar.id else {}
    return {"responseStatus": "needsAction", **attendee, **own}
