"""What Daybook needs of a vendor of calendars, in its own words.

One folder beside this file speaks to one vendor (`google`); another vendor, or CalDAV, is one more folder with the same
two classes, named in `registry.py`. What may go wrong outside is an answer, never an exception: also not to know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from calendarsync.domain.events import Desired, Outside


@dataclass(frozen=True, slots=True)
class Tokens:
    """What opens an account. `access_until` is real time; `scopes` are those that were granted."""

    refresh: str = field(repr=False)
    access: str = field(default="", repr=False)
    access_until: datetime | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """Where somebody grants access, and what has to be kept on the server until he is back."""

    url: str
    code_verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A calendar of the account. `owned`: the account's own; `writable`: events can be written."""

    id: str
    name: str
    timezone: str
    primary: bool = False
    owned: bool = False
    writable: bool = False


# What came of it.


@dataclass(frozen=True, slots=True)
class Written:
    """The event is in the calendar as wanted, in the version `etag`."""

    etag: str


@dataclass(frozen=True, slots=True)
class Exists:
    """There is, or was, an event of this id: look at it."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed the event since the version that we knew: look at it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such event (any more)."""


@dataclass(frozen=True, slots=True)
class Removed:
    """The event is not in the calendar."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What has changed since the cursor; with `whole`, everything there is. `cursor` is where to go on.

    `zone`: the calendar's time zone now, if the vendor says so; all-day events count in it.
    """

    events: tuple[Outside, ...]
    cursor: str
    whole: bool = False
    zone: str = ""


@dataclass(frozen=True, slots=True)
class ResyncNeeded:
    """The cursor is too old: read everything from the start."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A channel is open until `expires_at`; `resource_id` is needed to stop it."""

    resource_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """The channel is silent, or was never there."""


@dataclass(frozen=True, slots=True)
class AuthLost:
    """Access was revoked, or does not reach far enough: somebody has to connect again."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class CalendarLost:
    """The calendar was deleted, or may not be used any more."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The vendor will never accept this, however often it is tried."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now, or nobody knows whether it was done: try again. `silent`: the vendor did not answer at all."""

    why: str = ""
    silent: bool = False


Failure = AuthLost | CalendarLost | Refused | Later


class Account(Protocol):
    """An account that was opened with its tokens. For one task in one thread: not to be kept."""

    @property
    def tokens(self) -> Tokens:
        """As they are now: they may have been renewed on the way."""

    def calendars(self) -> list[Listed] | Failure:
        """All calendars that the account shows."""

    def put(self, calendar: str, event: Desired, *, etag: str = "") -> Written | Exists | Conflict | Gone | Failure:
        """Make the event (without `etag`), or change it if it still is in that version. Nobody gets a mail of it."""

    def look(self, calendar: str, event_id: str) -> Outside | Gone | Failure:
        """The event as it is now."""

    def remove(self, calendar: str, event_id: str) -> Removed | Failure:
        """Take the event out of the calendar."""

    def changes(self, calendar: str, cursor: str | None, *, since: datetime) -> Delta | ResyncNeeded | Failure:
        """What has changed since the cursor; without one, everything that ends after `since`. All pages, or nothing."""

    def instances(
        self, calendar: str, event_id: str, *, first: datetime, last: datetime
    ) -> list[Outside] | Gone | Failure:
        """The single times of a repeating event in [first, last)."""

    def watch(self, calendar: str, *, channel: str, token: str, address: str) -> Watched | Failure:
        """Have changes of the calendar announced at the address."""

    def stop(self, channel: str, resource_id: str) -> Stopped | Failure:
        """Have them announced no more."""

    def revoke(self) -> Removed | Failure:
        """Give the access back."""


class Gateway(Protocol):
    """One vendor."""

    def offered(self) -> bool:
        """Whether it is set up here at all."""

    def scopes(self, *, shared: bool) -> tuple[str, ...]:
        """The least that is needed; with `shared`, also calendars that others share with the account."""

    def enough(self, granted: tuple[str, ...]) -> bool:
        """Whether what was granted is enough to work with."""

    def lists(self, granted: tuple[str, ...]) -> bool:
        """Whether it may be asked which calendars there are, and so whose account it is."""

    def reads_shared(self, granted: tuple[str, ...]) -> bool:
        """Whether calendars can be used that are not the account's own."""

    def consent(self, *, state: str, redirect: str, scopes: tuple[str, ...], hint: str = "") -> Consent:
        """Begin: where to send somebody. `hint` names the account he probably means."""

    def exchange(self, *, code: str, code_verifier: str, redirect: str) -> Tokens | Failure:
        """The tokens for the code with which somebody came back. `Refused` for one that is wrong or used."""

    def open(self, tokens: Tokens) -> Account:
        """The account of the tokens."""
