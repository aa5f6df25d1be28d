"""What the outbox asks of the services that join several apps."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connection

from daybook.core.outbox import handles
from daybook.dashboard.services import client_imports
from scheduling.services.client_imports import KIND

if TYPE_CHECKING:
    from tenants.models import Business


@handles(KIND)
def import_clients(payload: dict[str, Any], now: datetime) -> None:
    """Go on with an import of clients."""
    business = cast("Business", connection.tenant)  # type: ignore[attr-defined]
    client_imports.go_on(business=business, import_id=UUID(payload["import"]), by=payload["by"], now=now)
