"""What broke the contract, by the platform's requests or by this Stripe's own answers."""

import threading


class Violations:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: list[dict[str, str]] = []

    def note(self, side: str, method: str, where: str, param: str, detail: str) -> None:
        """`side` is request, reply or event."""
        with self._lock:
            self._noted.append({"side": side, "method": method, "where": where, "param": param, "detail": detail})

    def all(self) -> list[dict[str, str]]:
        with self._lock:
            return list(self._noted)

    def clear(self) -> None:
        with self._lock:
            self._noted.clear()
