"""The mails about several appointments of a series at once, as rows of the outbox: one for the client, one for members.

A row is written before the first appointment is touched, due after a while, and made due when the last is done. So
whatever happens in between, whoever is concerned hears of what was done, once: the handler reads the present.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from daybook.core import outbox
from daybook.core.actors import Actor, ActorKind
from daybook.core.outbox import Entry, enqueue_all, reading
from scheduling.domain.messages import Kind

SUFFIX = ".series"
MEMBERS = {
    Kind.CONFIRMED: Kind.MEMBERS_NEW,
    Kind.RESCHEDULED: Kind.MEMBERS_CHANGED,
    Kind.CANCELLED: Kind.MEMBERS_CANCELLED,
}
"""What members are told when the client is told this."""
PATIENCE = timedelta(minutes=2)
"""How long the mails wait for work that was broken off before they tell what was done."""


@dataclass(frozen=True, slots=True)
class News:
    """What is told. `run` tells one piece of work from another; `facts` are the handler's payload."""

    kind: Kind
    run: UUID
    by: Actor
    to_client: bool
    facts: dict[str, Any] = field(default_factory=dict)
    to_members: bool = True

    def kinds(self) -> list[Kind]:
        """To whom: the client and members, each if they shall hear of it."""
        return [*([self.kind] if self.to_client else []), *([MEMBERS[self.kind]] if self.to_members else [])]

    @property
    def kept(self) -> dict[str, Any]:
        """What `of` makes the same news from, as JSON."""
        by = {"kind": str(self.by.kind), "id": self.by.id, "name": self.by.name}
        return {
            "kind": str(self.kind),
            "run": str(self.run),
            "by": by,
            "to_client": self.to_client,
            "facts": self.facts,
            "to_members": self.to_members,
        }

    @classmethod
    def of(cls, kept: dict[str, Any]) -> News:
        by = Actor(ActorKind(kept["by"]["kind"]), kept["by"]["id"], kept["by"]["name"])
        facts, to_members = kept["facts"], kept["to_members"]
        return cls(Kind(kept["kind"]), UUID(kept["run"]), by, kept["to_client"], facts, to_members)


def announce(news: News, *, due: datetime) -> None:
    """Write the rows in the present transaction."""
    enqueue_all(_entry(news, kind, due) for kind in news.kinds())


def make_due(news: News, *, due: datetime) -> list[Kind]:
    """Give the rows that wait another due time; answers which did."""
    with transaction.atomic():
        waiting = [kind for kind in news.kinds() if outbox.cancel(dedupe_prefix=_key(news, kind))]
        enqueue_all(_entry(news, kind, due) for kind in waiting)
    return waiting


def was_asked(news: News, kind: Kind) -> bool:
    """Whether there is a row of this kind, whatever became of it. 1 query."""
    return bool(reading.rows([_key(news, kind)]))


def forget(news: News) -> None:
    """Nothing was done: nobody hears of anything."""
    for kind in news.kinds():
        outbox.cancel(dedupe_prefix=_key(news, kind))


def _entry(news: News, kind: Kind, due: datetime) -> Entry:
    return Entry(
        kind=f"{kind}{SUFFIX}",
        aggregate=f"series:{news.run}:{'client' if kind.to_client else 'members'}",
        dedupe_key=_key(news, kind),
        due_at=due,
        payload={"run": str(news.run), "by": str(news.by.kind), "by_id": news.by.id, **news.facts},
    )


def _key(news: News, kind: Kind) -> str:
    return f"{kind}{SUFFIX}:{news.run}"
