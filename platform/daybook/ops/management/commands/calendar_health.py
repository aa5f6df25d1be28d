"""`daybook calendar_health`: how every connected calendar stands."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from daybook.ops.management.arguments import add_tenant, business_of
from daybook.ops.services.calendars import Line, health


class Command(BaseCommand):
    help = "One line for each connected account: business, provider, state, last read, channel's end, what waits, last error."

    def add_arguments(self, parser: CommandParser) -> None:
        add_tenant(parser)
        parser.add_argument("--broken", action="store_true", help="only those that need somebody")

    def handle(self, *args: Any, **options: Any) -> None:
        for line in health(business_of(options["tenant"])):
            if line.standing.broken or not options["broken"]:
                self.stdout.write(_said(line))


def _said(line: Line) -> str:
    standing = line.standing
    facts = {
        "read": _moment(standing.read_at),
        "channel": _moment(standing.watched_until),
        "questions": str(standing.waiting),
        "error": standing.error or "-",
    }
    head = f"{line.business.slug} {standing.connection.provider_id} {standing.connection.state}"
    return " ".join([head, *(f"{name}={value}" for name, value in facts.items())])


def _moment(instant: datetime | None) -> str:
    return instant.strftime("%Y-%m-%dT%H:%MZ") if instant else "never"
