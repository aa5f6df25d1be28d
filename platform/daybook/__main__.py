"""The `daybook` command: Django's management commands with Daybook's settings."""

import os
import sys


def main() -> None:
    """Run a management command; settings come from DJANGO_SETTINGS_MODULE, production by default."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings.production")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["daybook", *sys.argv[1:]])


if __name__ == "__main__":
    main()
