"""`daybook calendar_diff`: where outside calendars do not say what is booked."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from daybook.core import clock
from daybook.ops.management.arguments import add_tenant, business_of
from daybook.ops.services.calendars import differences


class Command(BaseCommand):
    help = (
        "Read every connected calendar and compare. Changes nothing. Prints: missing, superfluous or elsewhere for our "
        "events; busy or free for times that should be closed or open."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_tenant(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for business, found in differences(business_of(options["tenant"]), now=clock.now()):
            count += 1
            self.stdout.write(f"{business.slug} {found.provider}: {found.what} {found.when}")
        self.stdout.write(f"{count} differences")
