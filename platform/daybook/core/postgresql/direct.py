"""Statements that many requests run: one call of libpq, and the answer as PostgreSQL wrote it."""

import re
from functools import cache
from hashlib import sha256
from typing import Any

from psycopg import Connection, OperationalError, errors
from psycopg.pq import DiagnosticField, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

_UNKNOWN_STATEMENT = b"26000"


class DirectCursor:
    """A cursor that converts nothing: columns come as bytes, in PostgreSQL's binary format.

    psycopg's own take some ten calls for a statement, and in each of them another thread may take over: under threads
    that costs more than the statement. Parameters are named, and sent as text: strings, UUIDs, dates, aware datetimes,
    booleans, None and lists of UUIDs.

    Outside a transaction the statement is prepared, once per connection; PostgreSQL plans it again when the search path
    or a table changes. psycopg drops prepared statements after a rollback, so one may have to be prepared again; within
    a transaction that would fail the transaction, so there nothing is prepared.
    """

    _query = None  # Django looks here for the statement that was run

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection
        self._result: PGresult | None = None

    def execute(self, query: str, params: dict[str, Any] | None = None) -> None:
        """Run a statement that answers with rows. Raises psycopg's errors."""
        name, statement, names = _numbered(query)
        values = [_as_text((params or {})[each]) for each in names]
        result = self._ask(name, statement, values)
        if result.status != ExecStatus.TUPLES_OK:
            raise _error(result)
        self._result = result

    def fetchone(self) -> tuple[bytes | None, ...] | None:
        """The first row; None when there is none."""
        result = self._result
        if result is None or not result.ntuples:
            return None
        return tuple(result.get_value(0, column) for column in range(result.nfields))

    def close(self) -> None:
        """Let go of the answer."""
        self._result = None

    def _ask(self, name: bytes, statement: bytes, values: list[Any]) -> PGresult:
        libpq = self.connection.pgconn
        idle = libpq.transaction_status == TransactionStatus.IDLE
        if idle and self.connection.autocommit:
            result = libpq.exec_prepared(name, values, None, Format.BINARY)
            if result.error_field(DiagnosticField.SQLSTATE) != _UNKNOWN_STATEMENT:
                return result
            made = libpq.prepare(name, statement)
            return (
                libpq.exec_prepared(name, values, None, Format.BINARY) if made.status == ExecStatus.COMMAND_OK else made
            )
        if idle:
            self.connection.execute("select 1")  # begins the transaction
        return libpq.exec_params(statement, values, None, None, Format.BINARY)


def _error(result: PGresult) -> Exception:
    state = result.error_field(DiagnosticField.SQLSTATE)
    message = result.get_error_message()
    if state is None:  # the connection is gone
        return OperationalError(message)
    try:
        return errors.lookup(state.decode())(message)
    except KeyError:
        return OperationalError(message)


@cache
def _numbered(query: str) -> tuple[bytes, bytes, tuple[str, ...]]:
    """Its name on the server, the statement with numbers for the parameters' names, and these names in order."""
    names = tuple(dict.fromkeys(re.findall(r"%\((\w+)\)s", query)))
    statement = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", query).encode()
    return b"direct_" + sha256(statement).hexdigest()[:16].encode(), statement, names


def _as_text(value: Any) -> bytes | None:
    if value is None:
        return None
    text = "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)
    return text.encode()
