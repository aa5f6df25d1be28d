"""The audit log: who changed what of a business's set-up, from what to what, and from where."""

from daybook.core.audit.records import Line, entries, record

__all__ = ("Line", "entries", "record")
