"""The same done to many appointments: each by its own service in its own transaction, and nothing left unsaid."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from daybook.core.errors import DaybookError
from daybook.core.idempotency import Key, Replayed

if TYPE_CHECKING:
    from scheduling.models import Appointment

log = logging.getLogger(__name__)

Act = Callable[["Appointment"], "Appointment"]


@dataclass(slots=True)
class Failure:
    """An appointment with which it did not work, and why, as people read it."""

    id: str
    who: str
    why: str


@dataclass(slots=True)
class Batch:
    """What became of each: ids by the status that they have now, and failures. `what` was done to them."""

    what: str = ""
    done: dict[str, list[str]] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    told: bool = False
    finished: bool = True

    def count(self, *statuses: str) -> int:
        """How many it worked with (those that have one of the statuses now)."""
        return sum(len(ids) for status, ids in self.done.items() if not statuses or status in statuses)


def run(
    what: str, rows: Iterable[Appointment], act: Act, *, key: Key, told: bool = False, gone: Collection[UUID] = ()
) -> Batch:
    """Do it with each. What it is, `told` and those that are `gone` are kept with the outcome.

    Raises `Replayed` when this key has been used before.
    """
    with transaction.atomic():
        key.claim()
    lost = _("It is not there any more, or it is not yours.")
    batch = Batch(what, failed=[Failure(str(id), "", lost) for id in gone], told=told)
    for row in rows:
        try:
            changed = act(row)
        except DaybookError as error:
            batch.failed.append(Failure(str(row.pk), row.client_name, error.message))
        except DatabaseError:
            log.exception("appointment %s of a batch", row.pk)
            why = _("Something went wrong; this one was left as it is. Please try again.")
            batch.failed.append(Failure(str(row.pk), row.client_name, why))
        else:
            batch.done.setdefault(changed.status, []).append(str(changed.pk))
    key.finish(status=303, body=asdict(batch), object_id=None)
    return batch


def kept(key: Key) -> Batch | None:
    """What became of an earlier run (kept for 24 hours); None when nobody knows of it."""
    try:
        key.recall()
    except Replayed as replayed:
        return batch_of(replayed.answer.body)
    return None


def batch_of(body: dict[str, Any]) -> Batch:
    """An outcome as it was kept; empty and not finished while it is still being done."""
    if not body:
        return Batch(finished=False)
    failed = [Failure(**failure) for failure in body["failed"]]
    return Batch(body["what"], body["done"], failed, body["told"], body["finished"])
