"""When this happens → do that."""

from tenants import (
    routing,
    tasks,  # noqa: F401  registers the handlers of the outbox
)


def connect() -> None:
    """Connect the receivers of this app."""
    routing.connect()
