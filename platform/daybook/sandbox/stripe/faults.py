"""What goes wrong, as told: the next requests that match."""

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    STATUS = "status"  # answers with an error and does nothing
    RESET = "reset"  # cuts the connection and does nothing
    DELAY = "delay"  # waits `seconds`, then does it
    AFTER_COMMIT = "after-commit"  # does it, then cuts the connection
    LATE = "late"  # does it, then waits `seconds` with the answer


@dataclass
class Fault:
    """`path` is a part of the address, "" any; `saved` keeps the error under the idempotency key, as a true 500 is."""

    kind: Kind
    method: str = ""
    path: str = ""
    times: int = 1
    status: int = 500
    code: str | None = None
    decline_code: str | None = None
    message: str = "As told."
    seconds: float = 1
    saved: bool = False
    retry: bool | None = None  # what Stripe-Should-Retry says

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("", method) and self.path in path

    def error(self) -> dict[str, Any]:
        kinds = {402: "card_error", 429: "invalid_request_error"}
        kind = kinds.get(self.status, "invalid_request_error" if self.status < 500 else "api_error")
        code = self.code or ("rate_limit" if self.status == 429 else None)
        error = {"type": kind, "message": self.message, "code": code, "decline_code": self.decline_code}
        return {"error": {name: value for name, value in error.items() if value is not None}}


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, counted."""
        with self._lock:
            for fault in self._waiting:
                if fault.matches(method, path):
                    fault.times -= 1
                    return fault
        return None
