"""Bringing every schema to the migrations of this code."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django_tenants.utils import schema_context

from tenants.models import Business
from tenants.services import schemas

log = logging.getLogger(__name__)


def upgrade(*, public: Callable[[], object], say: Callable[[str], object]) -> dict[str, str]:
    """Migrate `public` (by the given function), the template, then each business that is behind.

    Answers the schemas that failed, with the reason; those are not served until a later run has mended them. Schemas
    at head cost one shared query. No schema is made meanwhile.
    """
    with schemas.migrating_alone():
        if schemas.behind(["public"]):
            public()
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        failures = _upgrade_schema(settings.TENANT_TEMPLATE_SCHEMA, say)
        return failures or _upgrade_businesses(say)


def _upgrade_businesses(say: Callable[[str], object]) -> dict[str, str]:
    """Those that have a schema; a half-made one gets its own when its making is retried."""
    made = Business.objects.exclude(schema_name="public").filter(schema_name__in=_existing())
    failures: dict[str, str] = {}
    for schema in schemas.behind(list(made.order_by("created_at").values_list("schema_name", flat=True))):
        failures |= _upgrade_schema(schema, say)
    broken = Business.objects.filter(schema_ready=False, schema_name__in=_existing())
    broken.exclude(schema_name__in=failures).filter(status__in=("active", "suspended", "closed")).update(
        schema_ready=True
    )
    return failures


def _existing() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select nspname from pg_namespace where nspname like 'b\\_%'")
        return [name for (name,) in cursor.fetchall()]


def _upgrade_schema(schema: str, say: Callable[[str], object]) -> dict[str, str]:
    """Migrate one schema; its failure as {schema: reason}, {} when it went well."""
    if not schemas.behind([schema]):
        return {}
    say(f"migrating {schema}")
    try:
        schemas.migrate(schema)
    except Exception as error:
        log.exception("migration of %s failed", schema)
        with schema_context("public"):
            Business.objects.filter(schema_name=schema).update(schema_ready=False)
        return {schema: f"{type(error).__name__}: {error}".strip()}
    return {}
