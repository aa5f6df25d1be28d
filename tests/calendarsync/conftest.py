"""Fixtures of outside calendars: `host` publishes a feed on this machine; `google` is Google; `ana` is connected to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from daybook.sandbox.google.server import GoogleSandbox
from tenants.models import Business
from tests.calendarsync.calendar_world import Desk, connected
from tests.calendarsync.feeds_world import FeedHost, feed_host


@pytest.fixture
def host(settings: Any) -> Iterator[FeedHost]:
    settings.OUTSIDE_PRIVATE_ALLOWED = True
    with feed_host() as running:
        yield running


@pytest.fixture
def google(google_sandbox: GoogleSandbox) -> GoogleSandbox:
    """Google, as new; messages wait until a test delivers them."""
    return google_sandbox


@pytest.fixture
def ana(business: Business, google: GoogleSandbox) -> Desk:
    """A provider whose Google calendar is connected."""
    return connected(business, google)
