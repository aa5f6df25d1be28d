"""See the package. Django looks for `DatabaseWrapper` here."""

import select
from typing import Any, Self

import psycopg
from django.db.backends.postgresql.operations import DatabaseOperations
from django_tenants.postgresql_backend import base

from daybook.core.postgresql.direct import DirectCursor


class PreparedCursor(psycopg.Cursor[Any]):
    """Runs statements that the server parses once per connection; their answers come in binary.

    The server plans again when the search path or a table changes. Only for statements whose columns keep their types.
    """

    def execute(self, query: Any, params: Any = None, **_: Any) -> Self:
        """Prepare the statement the first time, for this cursor only: Django's own stay as they are."""
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, prepare=True, binary=True)
        finally:
            self.connection.prepare_threshold = None


class Operations(DatabaseOperations):
    """PostgreSQL's, for all kinds of cursors."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """For the log of queries: a prepared statement stays without its parameters."""
        return super().last_executed_query(cursor, sql, params) or str(sql)


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]  # has no types
    """Keeps a connection from request to request, and knows what state the last one left it in."""

    ops_class = Operations
    connection: Any
    search_path_set_schemas: list[str] | None
    schema_name: str
    include_public_schema: bool
    _in_force: tuple[str, bool, list[str] | None] | None = None
    """The schema, whether `public` too, and the search path that the session has for them; None: not known.

    Only of one that was set outside any transaction: nothing can take that one back.
    """

    def prepared_cursor(self) -> Any:
        """A `PreparedCursor` in the present schema, used as any other cursor."""
        self._be_ready()
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparedCursor(self.connection))

    def direct_cursor(self) -> Any:
        """A `DirectCursor` in the present schema, used as any other cursor."""
        self._be_ready()
        return self._prepare_cursor(DirectCursor(self.connection))

    def _be_ready(self) -> None:
        """See to the connection and its search path; without a cursor of Django's when both are as they should be."""
        self.close_if_health_check_failed()
        self._take_path_in_force()
        if self.connection is None or self.search_path_set_schemas is None:
            self.cursor().close()

    def _take_path_in_force(self) -> None:
        known = self._in_force
        if known is not None and self.search_path_set_schemas is None:
            schema, with_public, path = known
            if schema == self.schema_name and with_public == self.include_public_schema:
                self.search_path_set_schemas = path

    def is_usable(self) -> bool:
        """Whether the connection lives; with CONN_HEALTH_CHECKS Django asks once per request.

        A server that went away has closed the socket, which can then be read. So while nothing is there to be read, it
        lives as far as anybody knows; else the server is asked.
        """
        if self.connection is not None and not self.connection.closed and _is_silent(self.connection.fileno()):
            return True
        return bool(super().is_usable())

    def _handle_search_path(self, cursor: Any = None) -> None:
        """Set the search path, unless the last request on this connection left it as it is needed."""
        self._take_path_in_force()
        before = self.search_path_set_schemas
        super()._handle_search_path(cursor)
        if before is None:
            path = self.search_path_set_schemas
            self._in_force = None if self.in_atomic_block else (self.schema_name, self.include_public_schema, path)

    def connect(self) -> None:
        """A new session has no search path of ours."""
        self._in_force = None
        super().connect()

    def close(self) -> None:
        """The session ends, and its search path with it."""
        self._in_force = None
        super().close()


def _is_silent(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return not poll.poll(0)
