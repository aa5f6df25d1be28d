"""The tree of errors that people and programs may see.

DaybookError
├── Invalid          422  the input is wrong: `details.fields` says where
├── Unauthorized     401  nobody, or the wrong business, is asking
├── Forbidden        403  a member without the right
├── NotFound         404  it does not exist, or not for the one who asks
├── WrongMethod      405  this address takes other methods
├── Conflict         409  the state does not allow it (any more)
├── TooManyRequests  429  with Retry-After
├── Fault            500  a fault of ours
└── Unavailable      503  with Retry-After

Every error has a stable code; the doors turn it into JSON or a page in one place (`core.http`).
"""

from typing import Any

from django.utils.translation import gettext as _


class DaybookError(Exception):
    """An answer that is not a success: stable `code`, `message` for people, `details` for programs."""

    status = 400

    def __init__(self, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, str(message), details or {}

    def body(self) -> dict[str, Any]:
        """The one JSON shape of every error."""
        return {"error": self.code, "message": self.message, "details": self.details}


class Invalid(DaybookError):
    """Wrong input. `fields` maps a field's name to the messages for it."""

    status = 422

    def __init__(self, code: str, message: str, fields: dict[str, list[str]] | None = None, **details: Any) -> None:
        super().__init__(code, message, {**details, "fields": fields or {}})


class Unauthorized(DaybookError):
    status = 401


class Forbidden(DaybookError):
    status = 403


class NotFound(DaybookError):
    """The body never tells whether the thing exists for somebody else."""

    status = 404

    def __init__(self, code: str = "not_found", message: str = "") -> None:
        super().__init__(code, message or _("Not found."))


class WrongMethod(DaybookError):
    status = 405

    def __init__(self) -> None:
        super().__init__("method_not_allowed", _("This address does not take this method."))


class Conflict(DaybookError):
    status = 409


class TooManyRequests(DaybookError):
    status = 429

    def __init__(self, retry_after: int, message: str = "") -> None:
        words = message or _("Too many requests. Please wait a moment.")
        super().__init__("rate_limited", words, {"retry_after": retry_after})
        self.retry_after = retry_after


class Fault(DaybookError):
    """A fault of ours, which its log line explains to us; nobody raises it."""

    status = 500

    def __init__(self) -> None:
        super().__init__("server_error", _("Something went wrong on our side"))


class Unavailable(DaybookError):
    status = 503

    def __init__(self, code: str = "busy", message: str = "", retry_after: int = 2) -> None:
        super().__init__(code, message or _("Please try again in a moment."), {"retry_after": retry_after})
        self.retry_after = retry_after
