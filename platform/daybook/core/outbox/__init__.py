"""The outbox: what must happen after a transaction commits, written inside it.

`enqueue()` writes a row in the business transaction; a relay claims due rows, calls the handler registered for their
kind with no transaction open, and records the result. Handlers read the present state, so late or repeated rows are
harmless.
"""

from daybook.core.outbox.registry import Drop, GiveUp, Postpone, handles
from daybook.core.outbox.writing import Entry, cancel, enqueue, enqueue_all

__all__ = ("Drop", "Entry", "GiveUp", "Postpone", "cancel", "enqueue", "enqueue_all", "handles")
