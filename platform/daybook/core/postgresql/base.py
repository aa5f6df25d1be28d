"""See the package. Django looks for `DatabaseWrapper` here."""

import select
from typing import Any

from django_tenants.postgresql_backend import base


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]  # has no types
    """With CONN_HEALTH_CHECKS Django asks once per request whether the kept connection is usable."""

    connection: Any

    def is_usable(self) -> bool:
        """Whether the connection lives. A server that went away has closed the socket, which can then be read.

        So while nothing is there to be read, it lives as far as anybody knows; else the server is asked.
        """
        if self.connection is not None and not self.connection.closed and _is_silent(self.connection.fileno()):
            return True
        return bool(super().is_usable())


def _is_silent(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return not poll.poll(0)
