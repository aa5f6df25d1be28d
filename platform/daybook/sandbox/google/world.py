"""What the stand-in knows: users, their calendars with events and change logs, and the clock."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from daybook.sandbox.google.errors import not_found

Json = dict[str, Any]
ROLES = ("none", "freeBusyReader", "reader", "writer", "owner")  # rising


@dataclass
class Calendar:
    """`versions` is the change log: for each event the position of its last change. `taken`: ids of purged events."""

    id: str
    summary: str
    time_zone: str
    owner: str
    made_by_app: bool = False
    roles: dict[str, str] = field(default_factory=dict)
    events: dict[str, Json] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    position: int = 0

    def role_of(self, email: str) -> str:
        return self.roles.get(email, "none")

    def allows(self, email: str, role: str) -> bool:
        return ROLES.index(self.role_of(email)) >= ROLES.index(role)

    def purge(self) -> None:
        """Deleted events are forgotten, all but their ids."""
        gone = {name for name, event in self.events.items() if event["status"] == "cancelled"}
        self.taken |= gone
        for name in gone:
            del self.events[name], self.versions[name]

    def exceptions_of(self, master_id: str) -> dict[str, Json]:
        """Instances that are no longer as the rule of their series makes them, by id; also cancelled ones."""
        return {name: event for name, event in self.events.items() if event.get("recurringEventId") == master_id}


@dataclass
class User:
    email: str
    name: str
    time_zone: str


class World:
    """Everything is read and changed with `lock` held. `on_change` is called with each calendar that changed.

    `clock` says where somebody else's clock stands; None while it runs.
    """

    def __init__(self, on_change: Callable[[Calendar], None], clock: Callable[[], datetime | None]) -> None:
        self.lock = threading.RLock()
        self.on_change, self.clock = on_change, clock
        self.clear()

    def clear(self) -> None:
        """Nobody and nothing, as at the beginning."""
        self.users: dict[str, User] = {}
        self.calendars: dict[str, Calendar] = {}
        self.stopped_at: datetime | None = None
        self.updates_of_deleted = "accept"  # or "forbid": what an update of a deleted event gets
        self.page_size: int | None = None
        self._etag = 3_500_000_000_000_000
        self._id = 0

    def now(self) -> datetime:
        return self.stopped_at or self.clock() or datetime.now(UTC)

    def add_user(self, email: str, name: str = "", time_zone: str = "America/New_York") -> User:
        """The user with a primary calendar; one who is known stays as he is."""
        if email not in self.users:
            self.users[email] = User(email, name or email.partition("@")[0].title(), time_zone)
            self.add_calendar(email, email, email, time_zone)
        return self.users[email]

    def add_calendar(self, calendar_id: str, owner: str, summary: str, time_zone: str) -> Calendar:
        calendar = Calendar(calendar_id, summary, time_zone, owner, roles={owner: "owner"})
        self.calendars[calendar_id] = calendar
        return calendar

    def calendar(self, email: str, calendar_id: str) -> Calendar:
        """The calendar as the user names it ("primary" is his own). Raises 404 when he cannot see it."""
        found = self.calendars.get(email if calendar_id == "primary" else calendar_id)
        if found is None or not found.allows(email, "freeBusyReader"):
            raise not_found()
        return found

    def calendars_of(self, email: str) -> list[Calendar]:
        """What the user sees, the primary first."""
        seen = [calendar for calendar in self.calendars.values() if calendar.allows(email, "freeBusyReader")]
        return sorted(seen, key=lambda calendar: calendar.id != email)

    def store(self, calendar: Calendar, event: Json) -> Json:
        """Keeps the event as changed now; whoever watches the calendar hears of it."""
        event["etag"], event["updated"] = self.next_etag(), self.stamp()
        calendar.position += 1
        calendar.events[event["id"]] = event
        calendar.versions[event["id"]] = calendar.position
        self.on_change(calendar)
        return event

    def stamp(self) -> str:
        return self.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def next_etag(self) -> str:
        self._etag += 2
        return f'"{self._etag}"'

    def next_id(self) -> str:
        """A new event id in Google's alphabet; the same row of ids after every reset."""
        self._id += 1
        return f"sbx{self._id:023d}"
