"""What races leave behind."""

from collections.abc import Iterator

import pytest

from tenants.models import Business
from tests.factories import NOW
from tests.faults import invariants
from tests.faults.racing import server_deadlocks


@pytest.fixture
def sound(committed: Business) -> Iterator[None]:
    """Afterwards the invariants hold and PostgreSQL has seen no deadlock."""
    before = server_deadlocks()
    yield
    invariants.assert_sound(NOW)
    assert invariants.unwatched() == []
    assert server_deadlocks() == before
