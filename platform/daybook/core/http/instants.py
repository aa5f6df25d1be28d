"""Instants and dates as the API takes them."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Field
from pydantic import BeforeValidator, WithJsonSchema

from daybook.core.errors import Invalid

FIRST_YEAR, LAST_YEAR = 2000, 2100


def parse_instant(value: Any) -> datetime:
    """An ISO 8601 instant with its offset, as UTC. Without an offset: `offset_required` (422)."""
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError("must be an instant such as 2027-06-07T10:00:00-04:00") from error
    if instant.tzinfo is None:
        message = _("Give the offset from UTC, too, such as 2027-06-07T10:00:00-04:00.")
        raise Invalid("offset_required", message, {"start_time": [message]})
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return instant.astimezone(UTC)


Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "ISO 8601 with an offset"}),
]
Day = Annotated[date, Field(ge=date(FIRST_YEAR, 1, 1), le=date(LAST_YEAR, 12, 31))]
