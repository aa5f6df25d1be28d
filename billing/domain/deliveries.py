"""In which order events of a vendor are applied."""

from collections.abc import Mapping
from typing import Any

LONGEST = 200


def order_of(account_id: str, about: Mapping[str, Any]) -> str:
    """Events with the same answer are applied one after the other: of the same appointment, payment, set-up or object."""
    appointment = about.get("metadata", {}).get("appointment")
    name = appointment or about.get("payment_intent") or about.get("setup_intent") or about["id"]
    return f"{account_id}:{name}"[:LONGEST]
