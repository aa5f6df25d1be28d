"""`daybook migrate`: `public`, then the template, then every business.

With an app's name or Django's own options it is Django's command, for `public`.
"""

from typing import Any

from django.core.checks import Tags
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection

from tenants.services import upgrades

OF_DJANGO = ("app_label", "migration_name", "fake", "fake_initial", "plan", "check_unapplied", "prune", "run_syncdb")


class Command(DjangoMigrate):
    requires_system_checks = (Tags.database, Tags.models)
    """What migrations rest on. To check the addresses, all views would be imported, which takes as long as the rest."""

    help = "Brings public, the template schema and every business's schema to the migrations of this code."

    def handle(self, *args: Any, **options: Any) -> None:
        """Schemas at head are skipped; a failing one is named, the others go on, and the exit code is 1."""
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        if any(options.get(name) for name in OF_DJANGO):
            super().handle(*args, **options)
            return
        failures = upgrades.upgrade(
            public=lambda: super(Command, self).handle(*args, **options), say=self._say(options)
        )
        if failures:
            for schema, reason in failures.items():
                self.stderr.write(f"{schema}: {reason}")
            names = ", ".join(failures)
            raise CommandError(f"Not migrated: {names}. Correct the cause and run it again; the others are done.")

    def _say(self, options: dict[str, Any]) -> Any:
        return self.stdout.write if options["verbosity"] >= 1 else lambda _text: None
