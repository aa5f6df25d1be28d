"""`daybook payments_reconcile --tenant SLUG`: compare a business's ledger with Stripe's, now."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import tenant_context

from billing.services import reconciling
from daybook.core import clock
from daybook.core.formats import money
from tenants.selectors import business_by_slug


class Command(BaseCommand):
    help = "Compares payments and refunds of a business with Stripe's, takes over what was missed, names what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the business's slug")
        parser.add_argument("--days", type=int, default=reconciling.REACH.days, help="how far back (35)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 1 when anything differs."""
        business = business_by_slug(options["tenant"])
        if business is None:
            raise CommandError(f"There is no business {options['tenant']}.")
        with tenant_context(business):
            report = reconciling.reconcile(business=business, now=clock.now(), reach=timedelta(days=options["days"]))
        for name, sums in (("Stripe", report.theirs), ("Daybook", report.ours)):
            for currency, (captured, refunded) in sorted(sums.items()):
                words = f"captured {money(captured, currency)}, refunded {money(refunded, currency)}"
                self.stdout.write(f"{name + ':':<9} {words}")
        self.stdout.write(f"{report.checked} payments compared.")
        for account_id in report.out_of_reach:
            self.stdout.write(f"{account_id} cannot be reached: it is disconnected.")
        if report.problems:
            raise CommandError("Differs: " + "; ".join(report.problems))
