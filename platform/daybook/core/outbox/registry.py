"""Which function handles which kind of row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Handler = Callable[[dict[str, Any], datetime], None]


class Drop(Exception):
    """Raised by a handler: the row is no longer true. It counts as done, with the reason kept."""


class Postpone(Exception):
    """Raised by a handler: not due yet after all; look again at `until` (domain time)."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"postponed until {until.isoformat()}")
        self.until = until


class GiveUp(Exception):
    """Raised by a handler: no further attempt can help. The row is dead at once, for people to look at."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A handler, and whether its rows run while the business is suspended (cancellation and money only)."""

    handler: Handler
    when_suspended: bool = False


registrations: dict[str, Registration] = {}


def handles(kind: str, *, when_suspended: bool = False) -> Callable[[Handler], Handler]:
    """Register `handler(payload, now)` for rows of this kind. It runs in the business's schema."""

    def register(handler: Handler) -> Handler:
        registrations[kind] = Registration(handler, when_suspended)
        return handler

    return register
