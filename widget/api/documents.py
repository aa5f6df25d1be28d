"""What the OpenAPI document says about every call."""

from typing import Any

from widget.schemas import Problem

READS: dict[int, Any] = dict.fromkeys((401, 403, 404, 422, 429, 503), Problem)
"""The refusals of a call that reads."""
WRITES: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 409, 422, 429, 503), Problem)
"""The refusals of a call that changes something."""
KEYED: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "description": "The same key with the same body acts once and is answered the same, for 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        }
    ]
}
TOKEN = "the appointment's manage token"
