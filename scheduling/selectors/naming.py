"""How clients name a service, and the service as it was read."""

from copy import copy
from functools import lru_cache
from uuid import UUID

import orjson

from scheduling.errors import no_such_service
from scheduling.models import Service
from scheduling.selectors.rows import made_of


def id_or_slug(name: UUID | str) -> tuple[UUID | None, str | None]:
    """The id, or else the slug, that a client's name for a service is; neither for what PostgreSQL cannot read."""
    identifier = as_uuid(name)
    return identifier, None if identifier is not None or "\0" in str(name) else str(name)


def as_uuid(text: UUID | str) -> UUID | None:
    """The UUID that this is or spells, else None."""
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except ValueError:
        return None


def remembered_service(text: str | bytes | None) -> Service:
    """A service of one's own out of its row as a JSON text; NotFound when there is no row."""
    if text is None:
        raise no_such_service()
    return copy(_service(text))


@lru_cache(1024)
def _service(text: str | bytes) -> Service:
    return made_of(Service, orjson.loads(text))
