"""Fixtures of the tests about Google."""

import pytest

from daybook.sandbox.google.server import GoogleSandbox
from tenants.models import Business
from tests.calendarsync.calendar_world import Desk, connected


@pytest.fixture
def google(google_sandbox: GoogleSandbox) -> GoogleSandbox:
    """Google, as new; messages wait until a test delivers them."""
    return google_sandbox


@pytest.fixture
def ana(business: Business, google: GoogleSandbox) -> Desk:
    """A provider whose Google calendar is connected."""
    return connected(business, google)
