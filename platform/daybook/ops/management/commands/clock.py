"""`daybook clock WHEN|off`: set the domain's clock of demo and test settings, or show it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from daybook.core import clock
from daybook.core.errors import Invalid


class Command(BaseCommand):
    help = "Stop the domain's clock at an instant (2027-03-13T15:00Z), let it run again (off), or show it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("when", nargs="?", help="an ISO 8601 instant with its offset, or off")

    def handle(self, *args: Any, **options: Any) -> None:
        when: str | None = options["when"]
        if when is not None:
            if not settings.SETTABLE_CLOCK:
                raise CommandError("The clock can be set under demo and test settings only.")
            clock.set_to(None if when == "off" else _instant(when))
        self.stdout.write(f"{clock.now():%Y-%m-%dT%H:%M:%SZ}" + ("" if clock.is_set() else " (running)"))


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is no instant such as 2027-03-13T15:00Z.") from error
    if instant.tzinfo is None:
        raise CommandError(Invalid("offset_required", "The instant needs an offset, such as Z.").message)
    return instant
