"""When this happens → do that."""

from tenants import routing


def connect() -> None:
    """Connect the receivers of this app."""
    routing.connect()
