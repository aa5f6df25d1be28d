"""What Stripe refuses, with the bodies it answers with."""

from typing import Any


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(error.get("message"))
        self.status, self.error = status, {key: value for key, value in error.items() if value is not None}

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}


def invalid(message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> Refusal:
    error = {"type": "invalid_request_error", "message": message, "param": param, "code": code}
    return Refusal(status, error)


def missing(kind: str, key: str, *, param: str = "id", status: int = 404) -> Refusal:
    """An object that this account does not have; 400 when a parameter names it."""
    words = kind.replace("checkout.session", "checkout session").replace("_", " ") if "." in kind else kind
    return invalid(f"No such {words}: '{key}'", param=param, code="resource_missing", status=status)


def no_access(account: str) -> Refusal:
    message = (
        f"The provided key 'sk_test_********' does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked."
    )
    return invalid(message, code="account_invalid", status=403)


def no_key() -> Refusal:
    return invalid("Invalid API Key provided.", status=401)


def card_declined(error: dict[str, Any]) -> Refusal:
    return Refusal(402, {"type": "card_error", **error})


def unsupported_version(version: str, expected: str) -> Refusal:
    return invalid(f"This stand-in speaks {expected} only, not '{version}'.")
