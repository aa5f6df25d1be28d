"""The waiting list's rows of the outbox: look for whom a time is free, tell somebody something.

A look reads the present, so rows too many do no harm; those of one business are handled one after the other. Because
days come into reach by themselves there is also a look every hour, as long as anybody waits.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from daybook.core.ids import new_id
from daybook.core.outbox import enqueue
from scheduling.selectors import waitlist

LOOK, HOURLY, END, MAIL = "waitlist.match", "waitlist.hourly", "waitlist.offer_end", "waitlist.mail"
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""Due since long ago: for facts that are announced without a time."""


class Note(StrEnum):
    """What people on the list are told."""

    JOINED = "joined"
    CHANGED = "changed"
    OFFER = "offer"
    WITHDRAWN = "withdrawn"
    LEFT = "left"


def look(now: datetime = AT_ONCE) -> None:
    """Look for whom a time is free now; nothing is written where nobody waits. 1 query, or 2."""
    if waitlist.anybody_waits():
        _look(LOOK, str(new_id()), now)


def look_hourly(now: datetime) -> None:
    """Look again at the next full hour. Asking twice is asking once."""
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    _look(HOURLY, hour.strftime("%Y-%m-%dT%H"), hour)


def end(offer_id: UUID, now: datetime) -> None:
    """Give back what is held for an offer that nobody waits for any more."""
    enqueue(
        kind=END,
        aggregate=f"waitlist:offer:{offer_id}",
        dedupe_key=f"{END}:{offer_id}",
        payload={"offer": str(offer_id)},
        due_at=now,
    )


def tell(note: Note, entry_id: UUID, now: datetime, *, offer_id: UUID | None = None) -> None:
    """Mail somebody on the list; once for each offer, else once for each asking."""
    name = f"{offer_id}" if offer_id is not None else f"{entry_id}:{new_id()}"
    payload = {"note": note.value, "entry": str(entry_id), "id": name}
    if offer_id is not None:
        payload["offer"] = str(offer_id)
    enqueue(
        kind=MAIL,
        aggregate=f"waitlist:{entry_id}",
        dedupe_key=f"{MAIL}:{note}:{name}",
        payload=payload,
        due_at=now,
    )


def _look(kind: str, name: str, due: datetime) -> None:
    enqueue(kind=kind, aggregate="waitlist", dedupe_key=f"{kind}:{name}", due_at=due)
