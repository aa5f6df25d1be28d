"""Failures on demand: what goes wrong with the next requests that fit."""

import re
from dataclasses import dataclass
from typing import Any

from daybook.sandbox.google.contract import google_error

KINDS = ("status", "reset", "hang", "delay", "after-commit")
REASONS = {
    400: "badRequest",
    401: "authError",
    403: "rateLimitExceeded",
    404: "notFound",
    409: "conflict",
    410: "fullSyncRequired",
    412: "conditionNotMet",
    429: "rateLimitExceeded",
    500: "backendError",
    502: "backendError",
    503: "backendError",
}


@dataclass
class Fault:
    """`on` is a method's name ("events.insert", "oauth.token") or a pattern found in the path; empty fits all.

    status        answers with `status` and `reason`
    reset         cuts the connection before anything is done
    hang          stays silent until the next reset, or `seconds`
    delay         does it after `seconds`
    after-commit  does it, then cuts the connection
    """

    kind: str = "status"
    on: str = ""
    method: str = ""
    times: int = 1
    skip: int = 0
    status: int = 503
    reason: str = ""
    seconds: float = 0
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        self.reason = self.reason or REASONS.get(self.status, "backendError")

    def fits(self, operation: str, method: str, path: str) -> bool:
        if self.method and self.method != method:
            return False
        return self.on in ("", operation) or bool(re.search(self.on, path))

    def body(self, operation: str) -> dict[str, Any]:
        """The answer's body: the token endpoint words errors in its own way."""
        if operation.startswith("oauth."):
            return {"error": self.reason, "error_description": self.reason}
        domain = "usageLimits" if "imitExceeded" in self.reason else "global"
        return google_error(self.status, self.reason, self.reason, domain=domain)


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, **values: Any) -> Fault:
        fault = Fault(**values)
        self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        self._waiting.clear()

    def next(self, operation: str, method: str, path: str) -> Fault | None:
        """The fault for this request, used up by one."""
        for fault in self._waiting:
            if not fault.fits(operation, method, path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)
            return fault
        return None
