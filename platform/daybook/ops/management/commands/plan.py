"""`daybook plan list|set|give|fee`: what the platform takes of online payments."""

from __future__ import annotations

from argparse import _SubParsersAction
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from daybook.core.errors import DaybookError
from tenants.selectors import business_by_slug, plan_by_slug, plans
from tenants.services.plans import agree_on_fee, give_plan, set_plan

if TYPE_CHECKING:
    from tenants.models import Business

NONE = "none"


class Command(BaseCommand):
    help = "Plans and the fee of online payments, in hundredths of a percent (250 is 2.5 %)."

    def add_arguments(self, parser: CommandParser) -> None:
        commands: _SubParsersAction[CommandParser] = parser.add_subparsers(dest="what", required=True)
        commands.add_parser("list", help="all plans")
        change = commands.add_parser("set", help="make or change a plan")
        change.add_argument("plan")
        change.add_argument("--name", default="")
        change.add_argument("--fee", type=int, required=True)
        give = commands.add_parser("give", help="put a business on a plan")
        give.add_argument("business")
        give.add_argument("plan", help="none: what holds for all")
        fee = commands.add_parser("fee", help="a fee for one business alone")
        fee.add_argument("business")
        fee.add_argument("fee", help="none: its plan's")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        try:
            getattr(self, f"_{what}")(options)
        except DaybookError as error:
            raise CommandError(f"{error.message} {error.details}") from error

    def _list(self, options: dict[str, Any]) -> None:
        for plan in plans():
            self.stdout.write(f"{plan.slug:<20} {plan.fee_basis_points / 100:>6.2f} %  {plan.name}")

    def _set(self, options: dict[str, Any]) -> None:
        known = plan_by_slug(options["plan"])
        name = options["name"] or (known.name if known else options["plan"].title())
        set_plan(slug=options["plan"], name=name, fee_basis_points=options["fee"])

    def _give(self, options: dict[str, Any]) -> None:
        plan = None if options["plan"] == NONE else plan_by_slug(options["plan"])
        if plan is None and options["plan"] != NONE:
            raise CommandError(f"There is no plan {options['plan']}.")
        give_plan(_business(options["business"]), plan)

    def _fee(self, options: dict[str, Any]) -> None:
        if options["fee"] != NONE and not options["fee"].isdecimal():
            raise CommandError("The fee is a whole number of hundredths of a percent, or none.")
        agree_on_fee(_business(options["business"]), None if options["fee"] == NONE else int(options["fee"]))


def _business(slug: str) -> Business:
    found = business_by_slug(slug)
    if found is None:
        raise CommandError(f"There is no business {slug}.")
    return found
