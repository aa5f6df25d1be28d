"""Lists of events: windows, pages, and what changed since a sync token."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daybook.sandbox.google import recurrence, views
from daybook.sandbox.google.errors import GoogleError, bad
from daybook.sandbox.google.times import instant, overlaps, parse
from daybook.sandbox.google.world import Calendar, World

DEFAULT_PAGE = 250
WITHOUT_TOKEN = ("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin")

Json = dict[str, Any]
Query = dict[str, list[str]]


@dataclass
class Cursor:
    """What an opaque token stands for: the place in a change log, and for a page token what is still to be told."""

    calendar: str
    position: int | None
    single: bool
    rest: list[Json] = field(default_factory=list)
    alive: bool = True


class Cursors:
    """Sync tokens and page tokens that were handed out."""

    def __init__(self) -> None:
        self._known: dict[str, Cursor] = {}

    def hand_out(self, cursor: Cursor) -> str:
        token = "C" + secrets.token_urlsafe(18) + "="
        self._known[token] = cursor
        return token

    def find(self, token: str, calendar: Calendar) -> Cursor:
        """Raises 410 when the token is no longer good for anything, 400 when it never was."""
        cursor = self._known.get(token)
        if cursor is None or cursor.calendar != calendar.id:
            raise bad("Invalid sync token value.")
        if not cursor.alive:
            message = "Sync token is no longer valid, a full sync is required."
            raise GoogleError(410, "fullSyncRequired", message, "syncToken")
        return cursor

    def expire(self, calendar_id: str | None = None) -> None:
        """What was handed out for this calendar, or for all, gets 410 from now on."""
        for cursor in self._known.values():
            if calendar_id in (None, cursor.calendar):
                cursor.alive = False


@dataclass(frozen=True)
class Filter:
    """The conditions of a list."""

    query: Query
    single: bool
    deleted: bool
    after: datetime | None
    before: datetime | None

    @classmethod
    def of(cls, query: Query) -> "Filter":
        def moment(name: str) -> datetime | None:
            return parse(query[name][0]) if name in query else None

        return cls(
            query, _flag(query, "singleEvents"), _flag(query, "showDeleted"), moment("timeMin"), moment("timeMax")
        )

    def takes(self, event: Json) -> bool:
        wanted = self.query.get("eventTypes")
        if wanted and event.get("eventType", "default") not in wanted:
            return False
        if "iCalUID" in self.query and event.get("iCalUID") != self.query["iCalUID"][0]:
            return False
        if "updatedMin" in self.query and parse(event["updated"]) < parse(self.query["updatedMin"][0]):
            return False
        if "q" in self.query and self.query["q"][0].lower() not in _text(event):
            return False
        return all(
            _has_property(event, kind, pair)
            for kind in ("private", "shared")
            for pair in self.query.get(f"{kind}ExtendedProperty", [])
        )


def _flag(query: Query, name: str) -> bool:
    return query.get(name) == ["true"]


def _text(event: Json) -> str:
    return " ".join(str(event.get(name, "")) for name in ("summary", "description", "location")).lower()


def _has_property(event: Json, kind: str, pair: str) -> bool:
    name, _, value = pair.partition("=")
    return bool(event.get("extendedProperties", {}).get(kind, {}).get(name) == value)


def list_events(world: World, cursors: Cursors, calendar: Calendar, query: Query) -> tuple[list[Json], Json]:
    """One page: its events, and the token for what comes after as it stands in the answer."""
    if "pageToken" in query:
        cursor = cursors.find(query["pageToken"][0], calendar)
    elif "syncToken" in query:
        since = cursors.find(query["syncToken"][0], calendar)
        changed = list(_changes(calendar, since, _flag(query, "singleEvents")))
        cursor = Cursor(calendar.id, calendar.position, since.single, changed)
    else:
        wanted = Filter.of(query)
        position = None if any(name in query for name in WITHOUT_TOKEN) else calendar.position
        cursor = Cursor(calendar.id, position, wanted.single, _ordered(matching(calendar, wanted), calendar, query))
    return _page(world, cursors, cursor, query)


def list_instances(
    world: World, cursors: Cursors, calendar: Calendar, master: Json, query: Query
) -> tuple[list[Json], Json]:
    """One page of the instances of a series; there is no sync token."""
    if "pageToken" in query:
        return _page(world, cursors, cursors.find(query["pageToken"][0], calendar), query)
    wanted = Filter.of(query)
    found = list(instances(calendar, master, wanted)) if recurrence.is_master(master) else []
    if "originalStart" in query:
        original = parse(query["originalStart"][0])
        zone = calendar.time_zone
        found = [event for event in found if instant(event["originalStartTime"], zone) == original]
    return _page(world, cursors, Cursor(calendar.id, None, True, found), query)


def _page(world: World, cursors: Cursors, cursor: Cursor, query: Query) -> tuple[list[Json], Json]:
    size = min(int(query.get("maxResults", [str(DEFAULT_PAGE)])[0]), world.page_size or 2500)
    page, rest = cursor.rest[:size], cursor.rest[size:]
    if rest:
        following = Cursor(cursor.calendar, cursor.position, cursor.single, rest)
        return page, {"nextPageToken": cursors.hand_out(following)}
    if cursor.position is None:
        return page, {}
    return page, {"nextSyncToken": cursors.hand_out(Cursor(cursor.calendar, cursor.position, cursor.single))}


def matching(calendar: Calendar, wanted: Filter) -> Iterator[Json]:
    """The events of a calendar that a list tells."""
    for event in list(calendar.events.values()):
        if event.get("recurringEventId") and wanted.single:
            continue  # told with its series
        if recurrence.is_master(event):
            yield from _of_series(calendar, event, wanted)
        elif _is_told(calendar, event, wanted) and overlaps(event, calendar.time_zone, wanted.after, wanted.before):
            yield event


def _is_told(calendar: Calendar, event: Json, wanted: Filter) -> bool:
    if not wanted.takes(event):
        return False
    if event["status"] != "cancelled" or wanted.deleted or "updatedMin" in wanted.query:
        return True
    master = calendar.events.get(event.get("recurringEventId", ""))
    lives = master is not None and master["status"] != "cancelled" and recurrence.is_master(master)
    return lives and not wanted.single


def _of_series(calendar: Calendar, master: Json, wanted: Filter) -> Iterator[Json]:
    if not _is_told(calendar, master, wanted):
        return
    if wanted.single:
        yield from instances(calendar, master, wanted)
    elif next(recurrence.occurrences(master, calendar.time_zone, wanted.after, wanted.before), None):
        yield master


def instances(calendar: Calendar, master: Json, wanted: Filter) -> Iterator[Json]:
    """The instances of a series in the window with its exceptions in their places."""
    exceptions = calendar.exceptions_of(master["id"])
    for event in recurrence.occurrences(master, calendar.time_zone, wanted.after, wanted.before):
        if event["id"] not in exceptions:
            yield event
    for event in exceptions.values():
        if (event["status"] != "cancelled" or wanted.deleted) and overlaps(
            event, calendar.time_zone, wanted.after, wanted.before
        ):
            yield event


def _ordered(events: Iterable[Json], calendar: Calendar, query: Query) -> list[Json]:
    match query.get("orderBy"):
        case ["startTime"]:
            return sorted(events, key=lambda event: instant(event["start"], calendar.time_zone))
        case ["updated"]:
            return sorted(events, key=lambda event: str(event["updated"]))
    return list(events)


def _changes(calendar: Calendar, since: Cursor, single: bool) -> Iterator[Json]:
    """What changed after the cursor, oldest change first: no window applies, and deleted events are bare."""
    changed = [name for name, version in calendar.versions.items() if version > (since.position or 0)]
    for name in sorted(changed, key=lambda name: calendar.versions[name]):
        event = calendar.events[name]
        if single and recurrence.is_master(event):
            everything = Filter({}, True, True, None, None)
            made = instances(calendar, event, everything)
            yield from (views.bare({**one, "status": event["status"]}) for one in made)
        else:
            yield views.bare(event)
