"""Starting in any order: nothing crashes without Redis, /readyz tells the truth, and work goes on by itself."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.core.cache import caches

from daybook.core.models import OutboxRow
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import NOW
from tests.faults.processes import (
    beat,
    eventually,
    free_port,
    get,
    redis_environment,
    valkey,
    web,
    worker,
)
from tests.scheduling.race_world import world


def checks(body: bytes) -> dict[str, str]:
    found: dict[str, str] = json.loads(body)["checks"]
    return found


def test_hc260_ready_when_everything_is_there(db: None, platform_client: HostClient) -> None:
    answer = platform_client.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["checks"].values()) == {"ok"}
    assert answer.json()["tzdata"]


def test_health_is_only_read(db: None) -> None:
    platform = HostClient(django_settings.BASE_DOMAIN, enforce_csrf_checks=True)
    for path in ("/healthz", "/readyz"):
        assert (platform.post(path).status_code, platform.head(path).status_code) == (405, 200)


def test_hc260_not_ready_without_redis_but_alive(
    db: None, platform_client: HostClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {**django_settings.CACHES, "default": {**django_settings.CACHES["default"], "LOCATION": nowhere}}
    caches.close_all()
    for name in ("broker_write_url", "broker_url"):  # the first falls back to the second: it must be kept first
        monkeypatch.setattr(current_app.conf, name, nowhere)
    answer = platform_client.get("/readyz")
    assert answer.status_code == 503
    wrong = {name for name, result in answer.json()["checks"].items() if result != "ok"}
    assert wrong == {"cache", "broker"}
    assert platform_client.get("/healthz").status_code == 200


def test_hc260_everything_starts_without_redis_and_goes_on_when_it_comes(
    committed: Business, tmp_path: Path, clock: Callable[[Any], None]
) -> None:
    """Web, worker and beat are there first. Booking needs no Redis; its messages follow once there is one."""
    clock(NOW)
    here = world(committed)
    port, redis = free_port(), free_port()
    where = redis_environment(redis)
    with web(port, **where) as site, worker(**where) as hands, beat(tmp_path / "beat", **where) as ticks:
        eventually(lambda: get(port, "/healthz")[0] == 200)
        status, body = get(port, "/readyz")
        assert status == 503
        assert checks(body)["database"] == "ok"
        assert checks(body)["broker"] != "ok"
        made = here.book(here.day(0))()
        time.sleep(2)
        assert [part.poll() for part in (site, hands, ticks)] == [None, None, None]
        with valkey(redis):
            eventually(lambda: get(port, "/readyz")[0] == 200)
            told = OutboxRow.objects.filter(payload__appointment=str(made.pk), kind="client.confirmed")
            eventually(lambda: told.filter(attempts__gt=0).exists(), 60)
            assert [part.poll() for part in (site, hands, ticks)] == [None, None, None]


def test_hc260_not_ready_without_a_database_but_alive(committed: Business) -> None:
    port = free_port()
    with web(port, DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"):
        eventually(lambda: get(port, "/healthz")[0] == 200)
        status, body = get(port, "/readyz")
        assert status == 503
        assert checks(body)["database"] != "ok"
        assert get(port, "/", "zen.localhost")[0] == 503


def test_hc260_not_ready_while_migrations_are_missing(db: None, platform_client: HostClient) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="core").delete()
    answer = platform_client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "behind")
