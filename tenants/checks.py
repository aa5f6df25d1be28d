"""Checks at start: the database must keep a session's settings between transactions."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

MARK = "daybook.pooling"
ROUNDS = 3


@register(Tags.database)
def session_is_kept(app_configs: Any = None, databases: Any = None, **_: Any) -> list[CheckMessage]:
    """A pooler in transaction mode would let one business's search path serve another's queries: refuse it."""
    if not databases or "default" not in databases:
        return []
    try:
        kept = _kept_over_transactions()
    except DatabaseError:
        return []  # a database that is down is reported by whoever needs it
    if kept:
        return []
    return [
        Error(
            "The database does not keep session settings between transactions.",
            hint="A connection pooler in transaction mode (PgBouncer pool_mode=transaction) stands in between. Use"
            " session mode or connect directly: each business's queries depend on the session's search_path.",
            id="tenants.E001",
        )
    ]


def _kept_over_transactions() -> bool:
    """A setting and the backend's process id survive while other connections are in transactions of their own.

    A pooler hands the backend that became free last to the next one who asks, so each round another connection asks
    and keeps what it gets.
    """
    mine, busy = connections["default"], []
    try:
        with mine.cursor() as cursor:
            cursor.execute("select set_config(%s, 'kept', false), pg_backend_pid()", [MARK])
            seen = {cursor.fetchone()}
            for _round in range(ROUNDS):
                other = mine.copy()
                busy.append(other)
                other.set_autocommit(False)
                with other.cursor() as theirs:
                    theirs.execute("select 1")
                cursor.execute("select current_setting(%s, true), pg_backend_pid()", [MARK])
                seen.add(cursor.fetchone())
    finally:
        for other in busy:
            other.close()
    return len(seen) == 1


def refuse_pooling() -> None:
    """At the start of a web or worker process: stop with a clear message when the check fails."""
    problems = session_is_kept(databases=list(settings.DATABASES))
    connections["default"].close()
    for problem in problems:
        raise SystemExit(f"Daybook does not start: {problem.msg} {problem.hint}")
