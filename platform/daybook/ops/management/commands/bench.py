"""`daybook bench`: measure slots, pages and booking writes as ratios to floors measured in the same run."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = (
        "Measure slots, reads, HTTP, races, writes and the making of businesses in a database of its own, as ratios"
        " to floors measured in the same run (about two minutes on a quiet machine). Needs a checkout."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("parts", nargs="*", help="slots reads http races writes tenants; all without any")
        parser.add_argument("--seconds", type=float, default=1.0, help="about how long each timing takes")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from tests.bench import bench_all
        except ImportError as error:
            raise CommandError(f"The measurements come with the checkout and its dev requirements: {error}") from error
        if unknown := set(options["parts"]) - set(bench_all.PARTS):
            raise CommandError(
                f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(bench_all.PARTS)}."
            )
        missed = 0
        for line in bench_all.run(options["parts"] or list(bench_all.PARTS), options["seconds"]):
            self.stdout.write(str(line))
            missed += not line.met
        self.stdout.write(f"{missed} goals missed." if missed else "All goals met.")
