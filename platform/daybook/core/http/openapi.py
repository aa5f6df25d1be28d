"""What every call of the API has in common: how errors, pages and keys look in its description."""

from typing import Annotated, Any

from ninja import Field, Header, Schema


class Error(Schema):
    """The one shape of every error: a stable code, a message for people, details for programs."""

    error: str
    message: str
    details: dict[str, Any]


class Pagination(Schema):
    page: int
    limit: int
    total: int
    total_pages: int


ERRORS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 409, 422, 429, 503), Error)
"""`response={200: …, **ERRORS}` on every call."""

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="The same key and body again: the same answer, no second effect."),
]
PageNumber = Annotated[int, Field(ge=1, le=1_000_000)]
PageLimit = Annotated[int, Field(ge=1, le=100)]
