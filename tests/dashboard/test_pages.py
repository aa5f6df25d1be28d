"""Who may open which page of the dashboard, and what it costs the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from tests import factories as make
from tests.dashboard.conftest import Studio

PAGES = ["/dashboard/", "/dashboard/calendar/", "/dashboard/calendar/?view=day", "/dashboard/appointments/", "/dashboard/appointments/new"]


@pytest.mark.parametrize("role", ["owner", "manager", "front_desk", "provider"])
def test_every_role_opens_the_daily_pages(studio: Studio, client_for: Callable[..., Any], role: str) -> None:
    studio.book("10:00")
    browser = studio.client(client_for, role, provider=studio.ana)
    for page in PAGES:
        answer = browser.get(page)
        assert answer.status_code == 200, (page, answer.content[:500])
        assert answer.headers["Cache-Control"] == "no-store"
        assert "style-src-attr 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
