"""What businesses agree on with the platform."""

from __future__ import annotations

from django.utils.translation import gettext as _

from daybook.core.checking import Checks
from tenants.models import Business, Plan

MOST = 10_000
"""Basis points: all of it."""


def set_plan(*, slug: str, name: str, fee_basis_points: int) -> Plan:
    """Make a plan, or change it: what it takes of payments whose checkout is made from now on. Raises Invalid."""
    checks = Checks()
    name = checks.line("name", name, least=1, most=80)
    checks.number("fee_basis_points", fee_basis_points, least=0, most=MOST)
    if not slug.replace("-", "").isalnum() or not slug.isascii() or len(slug) > 40:
        checks.problem("slug", _("Use small letters, digits and single hyphens, 40 at most."))
    checks.done()
    made, _new = Plan.objects.update_or_create(slug=slug, defaults={"name": name, "fee_basis_points": fee_basis_points})
    return made


def give_plan(business: Business, plan: Plan | None) -> None:
    """The business is on this plan from now on; None: on what holds for all."""
    business.plan = plan
    business.save(update_fields=["plan", "updated_at"])


def agree_on_fee(business: Business, fee_basis_points: int | None) -> None:
    """A fee for this business alone; None: its plan's. Raises Invalid."""
    checks = Checks()
    if fee_basis_points is not None:
        checks.number("fee_basis_points", fee_basis_points, least=0, most=MOST)
    checks.done()
    business.fee_basis_points = fee_basis_points
    business.save(update_fields=["fee_basis_points", "updated_at"])
