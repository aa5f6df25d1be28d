"""What is common to the calls: limits, tokens, and how instants and zones are read."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core.errors import Invalid, NotFound
from scheduling.services.clients import ClientDetails, clean_details
from tenants.limits import count_guess, count_public
from widget import selectors
from widget.schemas import ClientIn

Found = TypeVar("Found")
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def limited(view: Callable[..., Any]) -> Callable[..., Any]:
    """Count the call before anything else is done for it."""

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        count_public(request)
        return view(request, *args, **kwargs)

    return counted


def instant(text: str, field: str = "start_time") -> datetime:
    """The instant in UTC. Raises Invalid: `offset_required` without an offset, else when it is no instant."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong("invalid_instant", _("An instant reads 2027-03-15T10:00:00-04:00."), field) from None
    if found.tzinfo is None:
        raise _wrong("offset_required", _("The time needs an offset, such as -04:00 or Z."), field)
    try:
        found = found.astimezone(UTC)
    except OverflowError:
        raise _wrong("out_of_range", _("This time is out of range."), field) from None
    if not EARLIEST <= found < LATEST:
        raise _wrong("out_of_range", _("This time is out of range."), field)
    return found


def client_zone(request: HttpRequest, name: str | None) -> str:
    """The client's zone; the business's when none was sent."""
    business = request.business  # type: ignore[attr-defined]
    return business.timezone if name is None else selectors.check_zone(name, "client_timezone")


def client_details(request: HttpRequest, client: ClientIn, *, zone: str, phone_required: bool) -> ClientDetails:
    """The client as typed, cleaned. Raises Invalid with the fields as they are named in the body."""
    business = request.business  # type: ignore[attr-defined]
    try:
        return clean_details(
            name=client.name,
            email=client.email,
            phone=client.phone,
            timezone=zone,
            locale=get_language() or business.locale,
            region=business.country or None,
            phone_required=phone_required,
        )
    except Invalid as error:
        fields = {f"client.{name}": messages for name, messages in error.details["fields"].items()}
        raise Invalid(error.code, error.message, fields) from None


def opened(request: HttpRequest, what: str, name: UUID | str, look_up: Callable[[], Found]) -> Found:
    """What a secret opens. Wrong guesses are counted, so that nobody tries many."""
    try:
        return look_up()
    except NotFound:
        count_guess(request, what, str(name))
        raise


def manage_token(request: HttpRequest, in_body: str = "") -> str:
    """The token of one appointment: from the body, else from the header X-Manage-Token."""
    return in_body or request.headers.get("X-Manage-Token", "")


def _wrong(code: str, message: str, field: str) -> Invalid:
    return Invalid(code, message, {field: [message]})
