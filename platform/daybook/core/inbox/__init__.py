"""The inbox: events that vendors deliver, kept once each and applied by a worker.

A door verifies a delivery (`source`) and stores it (`receive`): the event's row and one outbox row, in one transaction;
the vendor is answered at once. A worker calls the function registered with `@applies`, which reads the object again at
the vendor and writes what it found inside `with event.settle():`, so that effect and mark commit together.

    inbox.source("stripe", verify=verify)

    @inbox.applies("stripe", kinds=["charge.refunded"])
    def refunded(event: inbox.Event, now: datetime) -> None:
        charge = gateway.charge(event.object_id)
        with event.settle():
            refunds.take_over(charge, now=now)
"""

from daybook.core.inbox.events import AlreadySettled, Event, Ignore
from daybook.core.inbox.receiving import Incoming, receive
from daybook.core.inbox.registry import applies
from daybook.core.inbox.replaying import replay
from daybook.core.inbox.sources import Rejected, json_object, source

__all__ = (
    "AlreadySettled",
    "Event",
    "Ignore",
    "Incoming",
    "Rejected",
    "applies",
    "json_object",
    "receive",
    "replay",
    "source",
)
