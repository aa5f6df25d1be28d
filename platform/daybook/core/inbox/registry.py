"""Which function applies which event."""

from collections.abc import Callable, Iterable
from datetime import datetime

from daybook.core.inbox.events import Event

Handler = Callable[[Event, datetime], None]

handlers: dict[str, dict[str, Handler]] = {}
"""By source, then by kind; the kind "" stands for all that are not named."""


def applies(source: str, *, kinds: Iterable[str] = ("",)) -> Callable[[Handler], Handler]:
    """Register `handler(event, now)` for these kinds of the source, without `kinds` for all that nobody else handles.

    It runs in the business's schema (`public` for an event of none), with no transaction open, also while the business
    is suspended, and possibly more than once until `event.settle()` has committed. What it raises is tried again;
    `Ignore`, `outbox.Postpone` and `outbox.GiveUp` say something else. An event whose handler returns without
    settling counts as applied.
    """

    def register(handler: Handler) -> Handler:
        handlers.setdefault(source, {}).update(dict.fromkeys(kinds, handler))
        return handler

    return register


def handler_of(source: str, kind: str) -> Handler | None:
    """The function for this kind; None when nobody is interested.

    Raises LookupError when the source itself is unknown here: a newer version knows it.
    """
    if source not in handlers:
        raise LookupError(f"nobody applies events of {source}")
    known = handlers[source]
    return known.get(kind) or known.get("")
