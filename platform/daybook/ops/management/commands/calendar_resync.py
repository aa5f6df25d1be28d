"""`daybook calendar_resync`: have outside calendars read again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from daybook.core import clock
from daybook.ops.management.arguments import add_tenant, business_of
from daybook.ops.services.calendars import resync


class Command(BaseCommand):
    help = "Have every connected calendar read soon and its events compared, through the outbox. May be repeated."

    def add_arguments(self, parser: CommandParser) -> None:
        add_tenant(parser)
        parser.add_argument("--full", action="store_true", help="from the start, as after a lost sync token")

    def handle(self, *args: Any, **options: Any) -> None:
        count = resync(business_of(options["tenant"]), whole=options["full"], now=clock.now())
        self.stdout.write(f"{count} connections are brought in step")
