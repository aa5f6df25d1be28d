"""What is wrong with a request or a reply."""

from dataclasses import dataclass
from typing import Any

CODES = {"unknown": "parameter_unknown", "missing": "parameter_missing", "empty": "parameter_invalid_empty"}


@dataclass(frozen=True)
class Problem:
    """One violation of the contract; `kind` is unknown, missing, type, enum, empty, rule or endpoint."""

    kind: str
    param: str
    detail: str
    status: int = 400
    code: str | None = None

    def error(self) -> dict[str, Any]:
        """The body that Stripe answers with."""
        code = self.code or CODES.get(self.kind)
        error = {"type": "invalid_request_error", "message": self.detail}
        error |= {"param": self.param} if self.param else {}
        return {"error": error | ({"code": code} if code else {})}
