"""`/healthz`: the process lives. `/readyz`: it can do its work; says what cannot."""

from collections.abc import Callable
from importlib import metadata

from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe


@csrf_exempt  # to other methods it says 405, not that a form is old
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


@csrf_exempt
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, cache, broker and migrations are in order, else 503 with the culprits named."""
    checks: dict[str, Callable[[], bool]] = {
        "database": _database,
        "cache": _cache,
        "broker": _broker,
        "migrations": _migrations,
    }
    results = {name: _outcome(check) for name, check in checks.items()}
    good = all(result == "ok" for result in results.values())
    body = {"status": "ready" if good else "not_ready", "checks": results, "tzdata": metadata.version("tzdata")}
    return JsonResponse(body, status=200 if good else 503)


def _outcome(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "behind"
    except Exception as error:  # noqa: BLE001  whatever fails is the answer
        return type(error).__name__


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
        return bool(cursor.fetchone() == (1,))


def _cache() -> bool:
    cache.set("readyz", "1", 5)
    return bool(cache.get("readyz") == "1")


def _broker() -> bool:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=1)
    return True


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
