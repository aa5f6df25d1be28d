"""Tests of this app stand on their own: above it there is an echo of who was asked, in which schema."""

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _echo_addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.tenants.echo_business"
    settings.PUBLIC_SCHEMA_URLCONF = "tests.tenants.echo_platform"
