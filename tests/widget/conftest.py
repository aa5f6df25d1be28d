"""What the tests of the public API share: somebody who asks, and an appointment of his."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tenants.models import Business
from tests.widget.asking import Asker, shop

NOW = "2027-06-01T12:00Z"
TEN = "2027-06-07T10:00:00-04:00"
MONDAY = 1
Clock = Callable[[datetime | str | None], None]


@pytest.fixture
def asker(business: Business, clock: Clock) -> Asker:
    clock(NOW)
    return Asker(business)


@pytest.fixture
def booked(business: Business, asker: Asker) -> dict[str, Any]:
    """Kim's appointment at ten, as the API answered it."""
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    body: dict[str, Any] = asker.booked(service, TEN)
    return body
