"""What may go wrong with a booking. The codes are the API's."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from daybook.core.errors import Conflict, DaybookError, Invalid, NotFound


class SlotUnavailable(Conflict):
    """409: the time cannot be booked. `next` holds up to three starts that can, as ISO instants in UTC."""

    def __init__(self, *, reason: str = "", next_starts: list[datetime] | None = None) -> None:
        starts = [start.strftime("%Y-%m-%dT%H:%M:%SZ") for start in next_starts or []]
        details: dict[str, Any] = {"next": starts}
        if reason:
            details["reason"] = reason
        super().__init__("slot_unavailable", _("This time is not available any more."), details)


class OutsideHours(Conflict):
    """409 for staff: the time is closed by a rule; `allow_outside_hours` books it all the same."""

    def __init__(self, reason: str) -> None:
        message = _("This time is outside the bookable hours. Staff may book it all the same.")
        super().__init__("outside_hours", message, {"reason": reason})


class Overlaps(Conflict):
    """409 for staff: another appointment is there; `allow_overlap` books on top of it and is recorded."""

    def __init__(self, reason: str) -> None:
        message = _("Another appointment takes this time. Book on top of it only if you mean to.")
        super().__init__("overlap", message, {"reason": reason})


class ClassFull(Conflict):
    """409: a class session has no room for all who shall join it."""

    def __init__(self) -> None:
        super().__init__("class_full", _("The class at that time has no room for all of them."))


class SeatHeld(Conflict):
    """409: a class session stays where it is while somebody holds a seat of it."""

    def __init__(self) -> None:
        message = _("Somebody is booking a seat of this class, or was offered one. Move it when that is over.")
        super().__init__("seat_held", message)


class InvalidTransition(Conflict):
    """409: the appointment's status does not allow this."""

    def __init__(self, status: str, action: str) -> None:
        message = _("This is not possible any more: the appointment has changed meanwhile.")
        super().__init__("invalid_transition", message, {"status": status, "action": action})


class TooEarly(Conflict):
    """409: not yet. `opens_at` is the first instant at which it is possible."""

    def __init__(self, message: str, opens_at: datetime) -> None:
        super().__init__("too_early", message, {"opens_at": opens_at.strftime("%Y-%m-%dT%H:%M:%SZ")})


class TooLate(Conflict):
    """409 for clients: the cut-off has passed. `deadline` is the last instant at which it was allowed."""

    def __init__(self, deadline: datetime) -> None:
        message = _("It is too late to change this online. Please contact the business.")
        super().__init__("too_late", message, {"deadline": deadline.strftime("%Y-%m-%dT%H:%M:%SZ")})


class HoldExpired(Conflict):
    """409: the hold is over and cannot be extended or used."""

    def __init__(self) -> None:
        super().__init__("hold_expired", _("The time is not held for you any more."))


class CheckoutOpen(Conflict):
    """409: the time may be paid for this very moment; it is free only once the payment page is closed."""

    def __init__(self) -> None:
        super().__init__("checkout_open", _("A payment for this time is under way. Please try again in a moment."))


class TooManyHolds(DaybookError):
    """429: too many times are held by the same person."""

    status = 429

    def __init__(self) -> None:
        message = _("You are holding several times already. Finish or release one of them first.")
        super().__init__("too_many_holds", message, {"retry_after": 60})


class BookingRefused(Conflict):
    """409 for clients: the business wants to be asked by phone or mail. Says the same to everybody, with `contact`."""

    def __init__(self, contact: dict[str, str]) -> None:
        super().__init__("booking_refused", _("This business asks you to contact it to book."), {"contact": contact})


class AlreadyTold(Conflict):
    """409: it cannot be taken back silently, because the client has heard of it."""

    def __init__(self) -> None:
        super().__init__("already_told", _("The client has been told already."))


class InUse(Conflict):
    """409: what was used can be switched off, not deleted."""

    def __init__(self, message: str) -> None:
        super().__init__("in_use", message)


class WaitlistClosed(Conflict):
    """409: nobody can join the waiting list at present."""

    def __init__(self) -> None:
        super().__init__("waitlist_closed", _("The waiting list is closed at present."))


class OfferOver(Conflict):
    """409: the time was answered for, withdrawn, or kept until now and no longer."""

    def __init__(self) -> None:
        super().__init__("offer_over", _("This offer is over."))


class NotWaiting(Conflict):
    """409: this person does not wait any more, or has an offer already."""

    def __init__(self) -> None:
        super().__init__("not_waiting", _("This person is not waiting for an offer: one is open, or they have left."))


def wrong_pair() -> Invalid:
    """422: this provider does not give this service."""
    message = _("This provider does not offer this service.")
    return Invalid("provider_not_for_service", message, {"provider_id": [message]})


def no_such_service() -> NotFound:
    """404: the service does not exist, or not for clients (any more)."""
    return NotFound("not_found", _("This service is not available."))
