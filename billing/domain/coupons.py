"""When a code may be used. Pure: dates are local days of the business, amounts minor units."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Refusal(StrEnum):
    """Why a code cannot be used, most final first."""

    STOPPED = "stopped"
    EARLY = "early"
    OVER = "over"
    SERVICE = "service"
    PRICE = "price"
    USED_UP = "used_up"
    USED_BY_CLIENT = "used_by_client"
    EMPTY = "empty"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a code asks for. Empty `services`: all; None: no limit."""

    active: bool = True
    starts_on: date | None = None
    ends_on: date | None = None
    services: Collection[UUID] = ()
    least_price: int = 0
    most_uses: int | None = None
    most_per_client: int | None = None


def refusal(
    rules: Rules, *, today: date, service_id: UUID, price: int, uses: int, uses_by_client: int
) -> Refusal | None:
    """Why this booking cannot have it; None: it can. Uses are those that others have."""
    checks = (
        (Refusal.STOPPED, not rules.active),
        (Refusal.EARLY, rules.starts_on is not None and today < rules.starts_on),
        (Refusal.OVER, rules.ends_on is not None and today > rules.ends_on),
        (Refusal.SERVICE, bool(rules.services) and service_id not in rules.services),
        (Refusal.PRICE, price < rules.least_price),
        (Refusal.USED_UP, rules.most_uses is not None and uses >= rules.most_uses),
        (Refusal.USED_BY_CLIENT, rules.most_per_client is not None and uses_by_client >= rules.most_per_client),
    )
    return next((reason for reason, holds in checks if holds), None)
