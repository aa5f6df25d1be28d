"""When this happens → do that."""


def connect() -> None:
    """Connect the receivers of this app."""
