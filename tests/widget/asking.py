"""How a client's program asks the public API, for tests that read like the conversations they are."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from scheduling.models import Provider, Service
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import make_provider, make_rule, make_service

NEW_YORK = "America/New_York"
KIM = {"name": "Kim Lee", "email": "kim@example.test"}


class Asker:
    """A client of one business's public API. `post` and the rest return the response, `times` what is offered."""

    def __init__(self, business: Business, **defaults: Any) -> None:
        self.http = HostClient(f"{business.slug}.localhost", **defaults)
        self.business = business

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.http.get(f"/v1/public/{path}", query, headers=headers)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        return self.http.post(f"/v1/public/{path}", json.dumps(body), content_type="application/json", headers=headers)

    def days(self, service: Service, first: str, last: str | None = None, **query: Any) -> dict[str, list[Any]]:
        """The slots offered, by date."""
        answer = self.get(f"services/{service.pk}/availability", start_date=first, end_date=last or first, **query)
        assert answer.status_code == 200, answer.content
        return {day["date"]: day["slots"] for day in answer.json()["days"]}

    def slots(self, service: Service, first: str, last: str | None = None, **query: Any) -> list[Any]:
        """The slots offered, in order."""
        return [slot for slots in self.days(service, first, last, **query).values() for slot in slots]

    def utc(self, service: Service, first: str, last: str | None = None, **query: Any) -> list[str]:
        """The starts offered, as `2027-03-14T06:00Z`."""
        return [slot["start_time_utc"].replace(":00Z", "Z") for slot in self.slots(service, first, last, **query)]

    def local(self, service: Service, first: str, last: str | None = None, **query: Any) -> list[str]:
        """The starts offered on the asker's wall clock, as `09:30`."""
        return [slot["start_time"][11:16] for slot in self.slots(service, first, last, **query)]

    def hold(self, service: Service, start: str, provider: Provider | None = None, *, key: str = "") -> Any:
        return self.post("holds", wish(service, start, provider), {"Idempotency-Key": key} if key else None)

    def book(
        self, service: Service, start: str, provider: Provider | None = None, *, key: str = "", **more: Any
    ) -> Any:
        headers = {"Idempotency-Key": key} if key else None
        return self.post("appointments", {**wish(service, start, provider), "client": KIM, **more}, headers)

    def booked(self, service: Service, start: str, provider: Provider | None = None, **more: Any) -> Any:
        """The body of a booking that must succeed."""
        answer = self.book(service, start, provider, **more)
        assert answer.status_code == 201, answer.content
        return answer.json()


def wish(service: Service, start: str, provider: Provider | None = None) -> dict[str, Any]:
    """What is wanted, as both holds and appointments take it."""
    who = {"provider_id": str(provider.pk)} if provider else {}
    return {"service_id": str(service.pk), "start_time": start, "client_timezone": NEW_YORK, **who}


def shop(
    business: Business,
    *hours: tuple[Iterable[int], str, str],
    timezone: str = NEW_YORK,
    name: str = "Cut",
    **service: Any,
) -> tuple[Service, Provider]:
    """A business in a zone whose one provider gives one service in these weekly hours: (weekdays, start, end)."""
    set_zone(business, timezone)
    provider = make_provider(business)
    for weekdays, start, end in hours:
        for weekday in weekdays:
            make_rule(provider, weekday, start, end)
    return make_service(business, name, providers=[provider], **{"max_advance_days": 700, **service}), provider


def set_zone(business: Business, timezone: str) -> None:
    business.timezone = timezone
    business.save(update_fields=["timezone"])


def ids(slots: Iterable[dict[str, Any]]) -> set[UUID]:
    """Every provider named in slots."""
    return {UUID(provider) for slot in slots for provider in slot["provider_ids"]}
