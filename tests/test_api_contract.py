"""The API does what its description says, whatever it is sent: generated requests against the real WSGI application."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.db import connection as django_connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from daybook.api import api
from tenants import limits
from tenants.models import Business
from tests.factories import NOW
from tests.permission_world import Twin, furnish

connection: Any = django_connection  # django-tenants' methods have no types
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
HOST = {"Host": "acme.localhost"}
NASTY = [
    "\x00",
    "a\x00b",
    "9" * 400,
    -1,
    0,
    2**31,
    2**63,
    2**200,
    "\ud7ff",
    "%00",
    "../..",
    [],
    {},
    None,
    True,
    "",
]


@pytest.fixture
def acme(business: Business, clock: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Twin:
    clock(NOW)
    settings.PUBLIC_LIMIT_PER_ADDRESS = settings.PUBLIC_LIMIT_PER_BUSINESS = 10_000_000
    monkeypatch.setattr(limits, "GUESSES_PER_MINUTE", 10_000_000)
    return furnish(business, "Acme")


@pytest.fixture
def schema(acme: Twin) -> Iterator[Any]:
    """The description, loaded from the application; the test's transaction outlives its requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/v1/openapi.json", get_wsgi_application(), headers=HOST)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@contextmanager
def taken_back() -> Iterator[None]:
    """What a request writes is gone afterwards; so is a transaction that it broke."""
    point, tenant = transaction.savepoint(), connection.tenant
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
        connection.set_tenant(tenant)


def run(schema: Any, acme: Twin, examples: int, headers: dict[str, str], *, checks: list[Any] = CHECKS) -> list[str]:
    """Each operation with generated input, half of the time with ids that exist; what went wrong, in words."""
    problems: list[str] = []
    for operation in (result.ok() for result in schema.get_all_operations()):

        @settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), real=st.booleans(), nasty=st.sampled_from(NASTY), where=st.integers(0, 9))
        def attack(case: Any, real: bool, nasty: Any, where: int) -> None:
            _aim(case, acme, real)
            _spoil(case, nasty, where)
            with taken_back():
                case.call_and_validate(headers={**HOST, **headers}, checks=checks)

        try:
            attack()
        except Exception as error:  # noqa: BLE001  all operations are tried before anything is reported
            problems.append(f"{operation.label}: {error}"[:1500])
    return problems


def _aim(case: Any, acme: Twin, real: bool) -> None:
    """Ids of things that exist, and the client's token, so that requests get past the look-up."""
    if real:
        case.path_parameters = {name: acme.ids.get(name, value) for name, value in (case.path_parameters or {}).items()}
    if real and isinstance(case.body, dict):
        known = {"cancellation_token": acme.ids["token"], **acme.ids}
        case.body = {name: known.get(name, value) for name, value in case.body.items()}


def _spoil(case: Any, nasty: Any, where: int) -> None:
    """Put something nasty into one value of the body, now and then."""
    if isinstance(case.body, dict) and case.body and where < 4:
        names = sorted(case.body)
        case.body = {**case.body, names[where % len(names)]: nasty}


@pytest.mark.parametrize("who", ["nobody", "key"])
def test_generated_requests(schema: Any, acme: Twin, who: str) -> None:
    problems = run(schema, acme, 5, {} if who == "nobody" else {"Authorization": f"Bearer {acme.write_key}"})
    assert not problems, "\n\n".join(problems)


def test_what_needs_a_key_refuses_without_one(schema: Any, acme: Twin) -> None:
    admin = schema.include(path_regex="^/v1/tenant-admin/")
    problems = run(admin, acme, 2, {"Authorization": f"Bearer {acme.write_key}"}, checks=[ignored_auth])
    assert not problems, "\n\n".join(problems)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["nobody", "key"])
def test_generated_requests_at_length(schema: Any, acme: Twin, who: str) -> None:
    problems = run(schema, acme, 150, {} if who == "nobody" else {"Authorization": f"Bearer {acme.write_key}"})
    assert not problems, "\n\n".join(problems)


def test_the_description_is_made_once(acme: Twin) -> None:
    """Making it takes a second, and anybody may ask for it."""
    described = api.get_openapi_schema()
    asked = acme.member("owner").get("/v1/openapi.json").json()
    assert list(asked["paths"]) == list(described["paths"])
    assert api.get_openapi_schema() is described
