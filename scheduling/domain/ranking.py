"""In which order providers are tried when the client has no wish."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID


class Standing(NamedTuple):
    """How busy a provider is around a start: appointments of all services on its local date in the provider's zone,
    the end (epoch minutes) of the last appointment before it, None when there was none, and the place in the team."""

    provider: UUID
    appointments: int
    idle_since: int | None
    position: int


def ranked(standings: Iterable[Standing]) -> list[UUID]:
    """Fewest appointments that day first, then who has been idle longest, then the place in the team."""
    return [standing.provider for standing in sorted(standings, key=_order)]


def _order(standing: Standing) -> tuple[int, bool, int, int, UUID]:
    idle = standing.idle_since
    return standing.appointments, idle is not None, idle or 0, standing.position, standing.provider
