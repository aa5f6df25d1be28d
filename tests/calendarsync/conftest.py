"""Fixtures of outside feeds: `host` publishes a calendar on this machine, and Daybook may ask it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.calendarsync.feeds_world import FeedHost, feed_host


@pytest.fixture
def host(settings: Any) -> Iterator[FeedHost]:
    settings.OUTSIDE_PRIVATE_ALLOWED = True
    with feed_host() as running:
        yield running
