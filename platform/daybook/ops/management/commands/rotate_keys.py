"""`daybook rotate_keys`: write every sealed secret anew with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand

from daybook.ops.services.keys import rotate


class Command(BaseCommand):
    help = (
        "Write the sealed secrets of all businesses anew with the first key of SECRETS_KEYS. "
        "Put a new key first, restart, run this; then the old keys can go. May be repeated."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        counts = rotate()
        self.stdout.write(f"{sum(counts.values())} rows of {len(counts)} schemas are sealed with the newest key")
