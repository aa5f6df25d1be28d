"""One thing that Google would refuse, and how it words it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """`kind` is unknown, missing, type, enum, rule, scope or endpoint; `reason` is Google's word for it."""

    kind: str
    param: str
    detail: str
    status: int = 400
    reason: str = "invalid"

    def error(self) -> dict[str, Any]:
        return google_error(self.status, self.reason, self.detail, self.param)


def google_error(status: int, reason: str, message: str, location: str = "", domain: str = "global") -> dict[str, Any]:
    """The body of an error answer."""
    entry = {"domain": domain, "reason": reason, "message": message}
    if location:
        entry |= {"locationType": "parameter", "location": location}
    return {"error": {"code": status, "message": message, "errors": [entry]}}
