"""`daybook run_due`: all periodic work that is due, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from daybook.core import clock
from daybook.core.housekeeping import sweep
from daybook.core.outbox.relay import drain
from daybook.ops.management.arguments import add_tenant, schema_of


class Command(BaseCommand):
    help = "Do what is due by the domain's clock (hold ends, expiries, reminders, messages) and tidy up. Prints counts."

    def add_arguments(self, parser: CommandParser) -> None:
        add_tenant(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        schema = schema_of(options["tenant"])
        handled = drain(now=clock.now(), schema=schema, impatient=True)
        forgotten = sweep() if schema is None else 0
        self.stdout.write(f"{handled} handled, {forgotten} forgotten")
