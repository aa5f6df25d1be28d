"""`daybook demo_data`: the demo businesses, made once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from daybook.core import clock
from daybook.core.errors import DaybookError
from daybook.ops import demo
from daybook.ops.descriptions import Description
from daybook.ops.services import payments
from daybook.ops.services.making import make
from tenants.selectors import business_by_slug, business_url

if TYPE_CHECKING:
    from tenants.models import Business


class Command(BaseCommand):
    help = "Make the demo businesses that are missing, and print who can log in. Demo and test settings only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show", action="store_true", help="only print who can log in")
        parser.add_argument("--renew", action="store_true", help="make them anew, around the present date")
        parser.add_argument("--payments", action="store_true", help="only connect accounts at Stripe, which must run")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SETTABLE_CLOCK:
            raise CommandError("Demo data is for demo and test settings only.")
        now = clock.now()
        for description in (demo.harbor_pine(now), demo.zen_yoga(now)):
            known = business_by_slug(description.slug)
            if options["payments"]:
                self._connect(known, description, now)
                continue
            if not options["show"] and (known is None or options["renew"]):
                make(description.model_copy(update={"stripe": False}), now=now)
            self._show(description)

    def _connect(self, business: Business | None, description: Description, now: datetime) -> None:
        if business is None or not description.stripe:
            return
        try:
            payments.connect(business, now=now)
        except (DaybookError, OSError) as error:
            self.stderr.write(f"{business.name} takes no online payments: {error}")

    def _show(self, description: Description) -> None:
        business = business_by_slug(description.slug)
        if business is None:
            return
        self.stdout.write(f"{business.name}  {business_url(business)}")
        for member in description.members:
            self.stdout.write(f"  {member.role:<10}  {member.email:<24}  {member.password}")
