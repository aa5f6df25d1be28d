"""The public API keeps to its own description, whatever is sent: schemathesis makes the requests up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import positive_data_acceptance

from daybook.api import api
from tenants.models import Business
from tests.conftest import Site
from tests.factories import NOW
from tests.widget.asking import Asker, shop

SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema()).include(path_regex="^/v1/public/")
NOT_SAID = [positive_data_acceptance]
"""A zone, an offset or a free time is more than a JSON schema can say: these are refused with 409 and 422."""


@dataclass
class Place:
    """A running site and what there is to name at it."""

    url: str
    host: str
    names: dict[str, str]
    token: str


@pytest.fixture
def place(site: Site, committed: Business, clock: Callable[[Any], None], settings: Any) -> Place:
    settings.PUBLIC_LIMIT_PER_ADDRESS = settings.PUBLIC_LIMIT_PER_BUSINESS = 10**6
    clock(NOW)
    service, _ = shop(committed, ([1, 2, 3, 4, 5], "09:00", "17:00"))
    asker = Asker(committed)
    booked = asker.booked(service, "2027-06-07T10:00:00-04:00")
    held = asker.hold(service, "2027-06-07T12:00:00-04:00").json()
    names = {
        "service_id": str(service.pk),
        "appointment_id": booked["appointment"]["id"],
        "hold_token": held["hold_token"],
    }
    return Place(f"http://127.0.0.1:{site.port}", f"zen.localhost:{site.port}", names, booked["manage_token"])


@SCHEMA.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_public_api_keeps_to_its_description(case: "schemathesis.Case[Any]", place: Place) -> None:
    headers = {"Host": place.host}
    if case.meta is not None and case.meta.generation.mode.is_positive:  # so that some requests find what they name
        case.path_parameters.update({name: place.names[name] for name in case.path_parameters})
        headers["X-Manage-Token"] = place.token
    case.call_and_validate(base_url=place.url, headers=headers, excluded_checks=NOT_SAID)
