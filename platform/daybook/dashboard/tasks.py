"""What the outbox asks of the services that join several apps."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connection

from daybook.core.outbox import handles
from daybook.dashboard.services import client_imports, exporting
from scheduling.services.client_imports import KIND
from tenants.services import exports

if TYPE_CHECKING:
    from tenants.models import Business


@handles(exports.MAKE)
def make_export(payload: dict[str, Any], now: datetime) -> None:
    """Make the copy that somebody asked for."""
    exporting.make(business=_business(), export_id=UUID(payload["export"]), now=now)


@handles(exports.END)
def end_export(payload: dict[str, Any], now: datetime) -> None:
    """Forget a copy that has had its days."""
    exports.end(business=_business(), export_id=UUID(payload["export"]))


def _business() -> Business:
    return cast("Business", connection.tenant)  # type: ignore[attr-defined]


@handles(KIND)
def import_clients(payload: dict[str, Any], now: datetime) -> None:
    """Go on with an import of clients."""
    client_imports.go_on(business=_business(), import_id=UUID(payload["import"]), by=payload["by"], now=now)
