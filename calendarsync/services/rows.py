"""Rows of the outbox about calendars: what is asked, for what, and when. Handlers read the present, so more is no harm.

Aggregates: `calendar:<block>` keeps what is done about one appointment in order, `calendar-read:<calendar>` the
readings of one calendar.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from daybook.core.ids import new_id
from daybook.core.outbox import Entry, cancel, enqueue_all

MATCH, JUDGE, READ = "calendar.match", "calendar.judge", "calendar.read"
KEEP, WATCH, HUSH, LAY_OUT = "calendar.keep", "calendar.watch", "calendar.hush", "calendar.lay_out"
LEAVE, REMOVE = "calendar.leave", "calendar.remove"
TELL_BROKEN, TELL_FOUND, FOUND_END = "calendar.tell_broken", "calendar.tell_found", "calendar.found_end"
TELL_DEPARTED = "calendar.tell_departed"


def match(blocks: Iterable[UUID], *, now: datetime) -> None:
    """Make the outside calendars agree with these blocks."""
    enqueue_all(
        Entry(MATCH, f"calendar:{block}", f"{MATCH}:{block}:{new_id().hex}", now, {"block": str(block)})
        for block in sorted(set(blocks), key=str)
    )


def judge(mirrors: Iterable[tuple[UUID, UUID]], *, now: datetime) -> None:
    """Look at events of ours that somebody seems to have changed: (block, mirror) of each."""
    enqueue_all(
        Entry(JUDGE, f"calendar:{block}", f"{JUDGE}:{mirror}:{new_id().hex}", now, {"mirror": str(mirror)})
        for block, mirror in mirrors
    )


def remove(block_id: UUID, mirror_id: UUID, event: str, *, now: datetime) -> None:
    """Take an old event of a block out of the mirror's calendar."""
    payload = {"mirror": str(mirror_id), "event": event}
    enqueue_all([Entry(REMOVE, f"calendar:{block_id}", f"{REMOVE}:{mirror_id}:{new_id().hex}", now, payload)])


def read(calendar_id: UUID, *, due: datetime, whole: bool = False) -> None:
    """Read what has changed in a calendar; `whole` all of it, from the start."""
    kind, payload = f"{READ}:whole" if whole else READ, {"calendar": str(calendar_id), "whole": whole}
    key = f"{kind}:{calendar_id}:{new_id().hex}"
    enqueue_all([Entry(READ, f"calendar-read:{calendar_id}", key, due, payload)])


def forget(*, blocks: Iterable[UUID] = (), calendar_id: UUID | None = None) -> None:
    """Take back what still waits to be tried for these blocks, or to be read of the calendar: it is asked anew."""
    for block in blocks:
        cancel(dedupe_prefix=f"{MATCH}:{block}:")
    if calendar_id is not None:
        cancel(dedupe_prefix=f"{READ}:{calendar_id}:")


def lay_out(calendar_id: UUID, *, until: datetime, now: datetime) -> None:
    """Lay the repeating events of a calendar out as far as the horizon is today."""
    key = f"{LAY_OUT}:{calendar_id}:{until.date().isoformat()}"
    enqueue_all([Entry(LAY_OUT, f"calendar-read:{calendar_id}", key, now, {"calendar": str(calendar_id)})])


def leave(connection_id: UUID, *, now: datetime) -> None:
    """Tidy up at the vendor and forget the connection."""
    payload = {"connection": str(connection_id)}
    enqueue_all([Entry(LEAVE, f"calendar-leave:{connection_id}", f"{LEAVE}:{connection_id}", now, payload)])


def keep(connection_id: UUID, turn: int, *, due: datetime) -> None:
    """Begin to look after a connection; the row stays and comes again until the connection is gone."""
    payload = {"connection": str(connection_id), "turn": turn}
    enqueue_all([Entry(KEEP, f"calendar-keep:{connection_id}", f"{KEEP}:{connection_id}:{turn}", due, payload)])


def watch(calendar_id: UUID, *, now: datetime) -> None:
    """Open a channel for a calendar, in place of one that ends soon."""
    key = f"{WATCH}:{calendar_id}:{new_id().hex}"
    enqueue_all([Entry(WATCH, f"calendar-watch:{calendar_id}", key, now, {"calendar": str(calendar_id)})])


def hush(channels: Iterable[str], *, now: datetime) -> None:
    """Stop channels at the vendor."""
    enqueue_all(
        Entry(HUSH, f"calendar-hush:{channel}", f"{HUSH}:{channel}:{new_id().hex}", now, {"channel": channel})
        for channel in channels
    )


def tell_broken(connection_id: UUID, *, since: datetime, now: datetime) -> None:
    """Tell owner and provider, once for each time, that a calendar has to be connected again."""
    key = f"{TELL_BROKEN}:{connection_id}:{since.timestamp()}"
    payload = {"connection": str(connection_id)}
    enqueue_all([Entry(TELL_BROKEN, f"calendar-mail:{connection_id}", key, now, payload)])


def found(attention_id: UUID, *, now: datetime, ends: datetime, tell: bool = True) -> None:
    """Tell who has to answer; and at `ends`, the start of the appointment, it stands as it is booked."""
    payload, aggregate = {"attention": str(attention_id)}, f"calendar-found:{attention_id}"
    mail = Entry(TELL_FOUND, aggregate, f"{TELL_FOUND}:{attention_id}", now, payload)
    end = Entry(FOUND_END, f"{aggregate}:end", f"{FOUND_END}:{attention_id}", ends, payload)
    enqueue_all([mail, end] if tell else [end])


def mails(key: str, kind: str, payload: dict[str, str], recipients: Iterable[str], *, now: datetime) -> None:
    """The same mail to several people, each by a row of its own: one that fails does not repeat the others."""
    enqueue_all(
        Entry(kind, f"calendar-mail:{key}:{who}"[:120], f"{key}:{who}"[:200], now, {**payload, "who": who})
        for who in recipients
    )
