"""The control plane: the same methods from Python and, by name, over HTTP."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from daybook.sandbox.google.api import Api
from daybook.sandbox.google.channels import Callback, Channels, Notification
from daybook.sandbox.google.contract import CalendarContract
from daybook.sandbox.google.edits import Edits
from daybook.sandbox.google.faults import Faults
from daybook.sandbox.google.oauth import Accounts
from daybook.sandbox.google.world import ROLES, Calendar, World

Json = dict[str, Any]
PEOPLE = {"kim@gmail.example": "Kim Park", "robin@gmail.example": "Robin Vega", "sam@gmail.example": "Sam Ober"}


@dataclass
class Seen:
    """A request that was made. `status` is 0 when the connection was cut; `email` whom it spoke for."""

    operation: str
    method: str
    path: str
    query: str
    body: Any
    headers: Json
    email: str = ""
    status: int = 0
    fault: str = ""


@dataclass
class Client:
    """The one OAuth client."""

    client_id: str = "daybook-local"
    client_secret: str = "local-secret"


@dataclass
class Control:
    """What tests and people make happen. Times are ISO texts or aware datetimes."""

    contract: CalendarContract
    client: Client
    callbacks: list[Callback]
    outer_clock: Callable[[], datetime | None] = lambda: None
    requests: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = World(self._changed, self.outer_clock)
        self.faults = Faults()
        self.channels = Channels(self.world, lambda where, problems: self.api.report(where, problems), self.callbacks)
        self._begin()

    def _begin(self) -> None:
        self.accounts = Accounts(self.world, self.client.client_id, self.client.client_secret)
        self.api = Api(self.contract, self.world, self.accounts, self.channels)
        for email, name in PEOPLE.items():
            self.world.add_user(email, name)

    def _changed(self, calendar: Calendar) -> None:
        self.channels.changed(calendar)

    @property
    def violations(self) -> list[Json]:
        """What was asked or answered against the contract."""
        return self.api.violations

    def reset(self) -> None:
        """Everything as at the beginning."""
        with self.world.lock:
            self.world.clear()
            self.faults.clear()
            self.requests.clear()
            self._begin()
        self.channels.reset()

    def clock(self, instant: str | datetime | None) -> None:
        """Stops the stand-in's clock at an instant; None lets it run."""
        moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        self.world.stopped_at = moment.astimezone(UTC) if moment else None

    def fail(self, kind: str = "status", **values: Any) -> Json:
        """What goes wrong with the next requests; see Fault."""
        with self.world.lock:
            return asdict(self.faults.add(kind=kind, **values))

    def add_user(self, email: str, name: str = "", time_zone: str = "America/New_York") -> str:
        with self.world.lock:
            return self.world.add_user(email, name, time_zone).email

    def add_calendar(self, email: str, summary: str, time_zone: str = "", calendar_id: str = "") -> str:
        """A secondary calendar that the user owns; its id."""
        with self.world.lock:
            user = self.world.add_user(email)
            name = calendar_id or f"{self.world.next_id()}@group.calendar.google.com"
            return self.world.add_calendar(name, email, summary, time_zone or user.time_zone).id

    def share(self, calendar: str, email: str, role: str) -> None:
        """Sets what a user may do with a calendar: owner, writer, reader, freeBusyReader or none (he loses sight)."""
        if role not in ROLES:
            raise ValueError(f"role is one of {', '.join(ROLES)}")
        with self.world.lock:
            self.world.add_user(email)
            self.world.calendars[calendar].roles[email] = role

    def set_time_zone(self, calendar: str, time_zone: str) -> None:
        with self.world.lock:
            self.world.calendars[calendar].time_zone = time_zone

    def forget_calendar(self, calendar: str) -> None:
        """The calendar is deleted: everybody gets 404."""
        with self.world.lock:
            del self.world.calendars[calendar]

    def user_edits_event(
        self, user: str, action: str, event: str = "", calendar: str = "primary", **values: Any
    ) -> Json:
        """What the user does in Google's own pages; see Edits for the actions and their values. The event then."""
        with self.world.lock:
            self.world.add_user(user)
            return Edits(self.world, self.world.calendar(user, calendar), user).do(action, event, values)

    def purge_deleted(self, calendar: str) -> None:
        """Google no longer remembers the deleted events of a calendar: 404. Their ids stay taken: 409."""
        with self.world.lock:
            self.world.calendars[calendar].purge()

    def events(self, user: str, calendar: str = "primary") -> list[Json]:
        """All events of a calendar as they are kept, also deleted ones."""
        with self.world.lock:
            return list(self.world.calendar(user, calendar).events.values())

    def revoke(self, user: str) -> None:
        """The user takes back his consent: `invalid_grant` from now on."""
        with self.world.lock:
            self.accounts.revoke_user(user)

    def expire_access(self) -> None:
        """Access tokens are too old from now on."""
        with self.world.lock:
            self.accounts.expire_access()

    def expire_sync_tokens(self, calendar: str | None = None) -> None:
        """Sync and page tokens of this calendar, or of all, get 410 from now on."""
        with self.world.lock:
            self.api.cursors.expire(calendar)

    def page_size(self, size: int | None) -> None:
        """The most entries on a page; None is Google's own."""
        self.world.page_size = size

    def updates_of_deleted(self, mode: str) -> None:
        """What an update of a deleted event gets: `accept` (200) or `forbid` (403)."""
        self.world.updates_of_deleted = mode

    def notifications(self, mode: str = "deliver", copies: int = 1) -> None:
        """deliver, hold (until flush) or drop; each message goes out `copies` times."""
        self.channels.mode, self.channels.copies = mode, copies

    def burst(self, times: int, calendar: str | None = None) -> None:
        """So many messages more on every open channel."""
        with self.world.lock:
            self.channels.burst(times, calendar)

    def flush(self) -> None:
        """Sends what was held, and waits until all messages were answered."""
        self.channels.flush()

    def take(self) -> list[Notification]:
        """The messages that are held; they are no longer."""
        held, self.channels.held[:] = list(self.channels.held), []
        return held

    def callback(self, netloc: str, base: str, host: str = "") -> None:
        """Messages to addresses at this host are posted to `base` on this machine."""
        self.channels.callbacks.insert(0, Callback(netloc, base, host))

    def writes(self, operation: str = "") -> int:
        """How many successful writes of events there were."""
        return sum(
            1
            for seen in self.requests
            if seen.operation.startswith("events.")
            and seen.operation.partition(".")[2] in ("insert", "import", "update", "patch", "delete", "move")
            and 200 <= seen.status < 300
            and operation in ("", seen.operation)
        )


def read(control: Control) -> dict[str, Callable[[], Any]]:
    """What GET /_control/<name> answers."""
    return {
        "violations": lambda: control.violations,
        "requests": lambda: [asdict(seen) for seen in control.requests],
        "writes": control.writes,
        "channels": lambda: [asdict(channel) for channel in control.channels.open_channels()],
        "notifications": lambda: [asdict(one) for one in control.channels.sent],
        "held": lambda: [asdict(one) for one in control.channels.held],
        "users": lambda: [asdict(user) for user in control.world.users.values()],
    }


COMMANDS = (
    *("reset", "clock", "fail", "add_user", "add_calendar", "share", "set_time_zone", "forget_calendar"),
    *("purge_deleted", "user_edits_event", "events", "revoke", "expire_access", "expire_sync_tokens", "page_size"),
    *("updates_of_deleted", "notifications", "burst", "flush", "callback", "writes"),
)
