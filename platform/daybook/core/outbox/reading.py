"""Looking at rows of the outbox: what is still to be done, and what became of what was."""

from collections.abc import Collection

from django.db import connection

from daybook.core.outbox.models import OutboxRow


def rows(keys: Collection[str]) -> list[OutboxRow]:
    """This schema's rows with these dedupe keys, oldest first (done ones are kept for 30 days). 1 query."""
    schema = connection.schema_name  # type: ignore[attr-defined]
    return list(OutboxRow.objects.filter(schema=schema, dedupe_key__in=keys).order_by("id"))
