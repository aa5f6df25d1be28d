"""How the stand-in refuses."""

from typing import Any

from daybook.sandbox.google.contract import google_error


class GoogleError(Exception):
    """An answer of the Calendar API that is no success."""

    def __init__(self, status: int, reason: str, message: str, location: str = "", domain: str = "global") -> None:
        super().__init__(message)
        self.status, self.reason = status, reason
        self.body: dict[str, Any] = google_error(status, reason, message, location, domain)


class OAuthError(Exception):
    """An answer of the token endpoint that is no success, as `invalid_grant`."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


def not_found() -> GoogleError:
    return GoogleError(404, "notFound", "Not Found")


def bad(message: str, reason: str = "invalid", location: str = "") -> GoogleError:
    return GoogleError(400, reason, message, location)
