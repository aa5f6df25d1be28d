"""Answers kept under idempotency keys, per account."""

import threading
from dataclasses import dataclass

from daybook.sandbox.stripe.refusals import Refusal, invalid

KEPT = 86400  # seconds; afterwards the key is new again


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    replayed: bool = False


@dataclass
class Saved:
    fingerprint: tuple[str, str, str]
    at: int
    answer: Answer | None = None  # None while the first request is at work


class Keys:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._saved: dict[tuple[str, str], Saved] = {}

    def clear(self) -> None:
        with self._lock:
            self._saved.clear()

    def begin(self, account: str, key: str, fingerprint: tuple[str, str, str], now: int) -> Answer | None:
        """The answer that this key has had; None when the request is the first. Raises 400 and 409."""
        with self._lock:
            saved = self._saved.get((account, key))
            if saved is None or now - saved.at > KEPT:
                self._saved[account, key] = Saved(fingerprint, now)
                return None
            if saved.fingerprint != fingerprint:
                raise _other_parameters(key)
            if saved.answer is None:
                raise _in_use(key)
            return Answer(saved.answer.status, saved.answer.body, replayed=True)

    def end(self, account: str, key: str, answer: Answer | None) -> None:
        """Keep the answer; with None the key is as good as new."""
        with self._lock:
            saved = self._saved.get((account, key))
            if saved and answer:
                saved.answer = answer
            elif saved:
                del self._saved[account, key]


def _other_parameters(key: str) -> Refusal:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a "
        f"key other than '{key}' if you meant to execute a different request."
    )
    return Refusal(400, {"type": "idempotency_error", "message": message})


def _in_use(key: str) -> Refusal:
    message = f"There is currently another in-progress request using this Idempotent Key ({key})."
    return invalid(message, code="idempotency_key_in_use", status=409)
