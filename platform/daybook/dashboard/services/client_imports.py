"""Importing clients with their appointments: what scheduling writes, at billing's terms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from billing.services.terms import terms
from daybook.core.actors import Actor, ActorKind
from scheduling.selectors.offer import prices
from scheduling.services import client_import_run
from scheduling.services.client_imports import ask
from scheduling.services.placing import Terms

if TYPE_CHECKING:
    from scheduling.models import Service
    from tenants.models import Business


def go_on(*, business: Business, import_id: UUID, by: Mapping[str, str], now: datetime) -> None:
    """Import for a while, and ask for the rest, if there is more. Raises `Drop` when it is not running."""

    def terms_of(service: Service) -> Mapping[UUID, Terms]:
        modes = list(service.payment_modes)
        return terms(
            business=business, service_id=service.pk, prices=prices(service), allowed_modes=modes, by_staff=True
        )

    actor = Actor(ActorKind(by["kind"]), by["id"], by["name"])
    done = client_import_run.run(import_id, business=business, terms_of=terms_of, now=now, by=actor)
    if done is not None:
        with transaction.atomic():
            ask(import_id, done=done, now=now, by=by)
