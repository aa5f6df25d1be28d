"""`daybook make_business --fixture FILE`: a business from a JSON description, made or made anew."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from daybook.core import clock
from daybook.core.errors import DaybookError
from daybook.ops.descriptions import Description
from daybook.ops.services.making import make


class Command(BaseCommand):
    help = "Make a business from a JSON description, or make it anew; prints one JSON object. Demo and test only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fixture", required=True, help="a JSON file; - reads standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SETTABLE_CLOCK:
            raise CommandError("This erases businesses: it runs under demo and test settings only.")
        try:
            description = Description.model_validate_json(_read(options["fixture"]))
            made = make(description, now=clock.now())
        except ValidationError as error:
            raise CommandError(str(error)) from error
        except DaybookError as error:
            raise CommandError(json.dumps(error.body(), default=str)) from error
        if made.anew:  # so long the running processes may still know the business that was erased
            time.sleep(settings.ROUTING_CACHE_SECONDS)
        self.stdout.write(json.dumps(made.document()))


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text()
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error
