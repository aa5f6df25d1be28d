"""`daybook drain`: handle every outbox row that is due."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from daybook.core import clock
from daybook.core.outbox.relay import drain
from daybook.ops.management.arguments import add_tenant, schema_of


class Command(BaseCommand):
    help = "Empty the outbox: handle every row that is due now, also those that failed before. Prints how many."

    def add_arguments(self, parser: CommandParser) -> None:
        add_tenant(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        handled = drain(now=clock.now(), schema=schema_of(options["tenant"]), impatient=True)
        self.stdout.write(f"{handled} handled")
