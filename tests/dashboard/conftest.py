"""A studio with two providers, their week and their services, and members of each role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from scheduling.enums import Status
from scheduling.models import Provider, Service
from tenants.models import Business, Membership
from tests import factories as make

NOW = "2027-06-09T15:00:00+00:00"
"""A Wednesday, 11:00 in New York."""


@dataclass
class Studio:
    business: Business
    ana: Provider
    marco: Provider
    massage: Service

    def client(self, new_client: Callable[..., Any], role: str = "owner", **member: Any) -> Any:
        """A browser of the host, signed in as a new member."""
        return make.sign_in(new_client(self.business.slug), self.member(role, **member))

    def member(self, role: str, **values: Any) -> Membership:
        return make.make_member(self.business, role, **values)

    def book(self, start: str, provider: Provider | None = None, **values: Any) -> Any:
        """An appointment at a time of day on that Wednesday, or at an instant."""
        instant = start if "T" in start else f"2027-06-09T{start}:00-04:00"
        made = NOW if values.get("status") == Status.PENDING_APPROVAL else "2027-06-01T12:00:00+00:00"  # requests end
        facts = {"now": make.at(made), **values}
        return make.make_appointment(self.business, self.massage, provider or self.ana, instant, **facts)


def furnish(business: Business) -> Studio:
    """Fill a business whose schema the connection is in."""
    business.timezone, business.country = "America/New_York", "US"
    business.save()
    ana, marco = make.make_provider(business, "Ana Duarte"), make.make_provider(business, "Marco Vitale")
    massage = make.make_service(business, "Deep tissue massage", providers=[ana, marco], price=9500)
    make.open_week(None, "09:00", "17:00")
    return Studio(business, ana, marco, massage)


@pytest.fixture
def studio(business: Business, clock: Callable[[str], None]) -> Studio:
    clock(NOW)
    return furnish(business)
