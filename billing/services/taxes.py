"""Writing taxes: rates, which of them a service has, and whether prices contain them. What is booked keeps its own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import PriceSettings, ServiceTax, TaxRate
from daybook.core.checking import Checks

if TYPE_CHECKING:
    from scheduling.models import Service

MOST_RATES = 20


def save_rate(
    rate: TaxRate | None, *, name: str, percent: Decimal, standard: bool, active: bool = True, now: datetime
) -> TaxRate:
    """Make or change a rate. Raises `Invalid` naming each bad field."""
    checks = Checks()
    name = checks.line("name", name, most=60, least=1)
    if not Decimal(0) <= percent <= 100 or percent != percent.quantize(Decimal("0.001")):
        checks.problem("percent", _("A percentage from 0 to 100 with at most three decimals."))
    if rate is None and TaxRate.objects.count() >= MOST_RATES:
        checks.problem("name", _("At most %(most)d.") % {"most": MOST_RATES})
    checks.done()
    rate = rate or TaxRate(created_at=now)
    rate.name, rate.percent, rate.standard, rate.active = name, percent, standard, active
    rate.save()
    return rate


def delete_rate(rate: TaxRate) -> None:
    """Take a rate away, also from the services that name it; bills keep their copies."""
    with transaction.atomic():
        for row in ServiceTax.objects.select_for_update().filter(rates__contains=[rate.pk]):
            row.rates = [pk for pk in row.rates if pk != rate.pk]
            row.save(update_fields=["rates"])
        rate.delete()


def set_inclusive(inclusive: bool) -> None:
    """Whether prices contain their tax."""
    PriceSettings.objects.update_or_create(pk=1, defaults={"prices_include_tax": inclusive})


def set_taxes_of(service: Service, rates: Collection[UUID] | None) -> None:
    """A service's own rates, perhaps none; None: the standard ones. Raises `Invalid` for a rate that is not there."""
    if rates is None:
        ServiceTax.objects.filter(service=service).delete()
        return
    known = set(TaxRate.objects.filter(pk__in=rates).values_list("pk", flat=True))
    checks = Checks()
    if known != set(rates):
        checks.problem("rates", _("There is no such tax rate."))
    checks.done()
    ServiceTax.objects.update_or_create(service=service, defaults={"rates": sorted(known)})
