"""Keeps the catalogues of translations in step with the source."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from daybook.core.languages import catalogues


class Command(BaseCommand):
    """`manage.py catalogues update` in a checkout; `catalogues missing de` lists what has no German yet."""

    help = "Update the catalogues in locale/ from the source, or list what a language lacks."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and for `missing` the language."""
        parser.add_argument("what", choices=("update", "missing"))
        parser.add_argument("language", nargs="?", choices=catalogues.LANGUAGES)

    def handle(self, *, what: str, language: str | None, **_options: object) -> None:
        """Write the catalogues, or the messages that are not translated."""
        root = Path(settings.CHECKOUT)
        if not (root / "pyproject.toml").is_file():
            raise CommandError("Catalogues are updated in a checkout of the source.")
        found = catalogues.gather(root)
        for name in [language] if language else catalogues.LANGUAGES:
            path = catalogues.path_of(root, name)
            if what == "update":
                catalogues.write(path, catalogues.merge(root, name, found))
            for message in catalogues.missing(catalogues.read(path, name), found):
                self.stdout.write(f"{name}: {message.id}")
