"""What the platform takes of an online payment."""

from typing import TYPE_CHECKING

import pytest

from billing.domain import fees
from billing.selectors.accounts import application_fee
from tenants.models import Business, Plan

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


def test_hc126_five_percent_of_10000() -> None:
    assert fees.application_fee(10_000, 500) == 500


def test_hc127_a_fee_is_rounded_half_up() -> None:
    assert fees.application_fee(1999, 250) == 50  # 49.975
    assert fees.application_fee(20, 250) == 1  # 0.5
    assert fees.application_fee(19, 250) == 0  # 0.475


@pytest.mark.parametrize(("amount", "points", "fee"), [(10_000, 0, 0), (1, 10_000, 1), (50, 10_000, 50), (0, 500, 0)])
def test_a_fee_is_never_more_than_the_amount_and_may_be_zero(amount: int, points: int, fee: int) -> None:
    assert fees.application_fee(amount, points) == fee


def test_the_business_s_own_agreement_goes_before_its_plan_and_that_before_what_holds_for_all(
    business: Business, settings: "Settings"
) -> None:
    settings.PLATFORM_FEE_BASIS_POINTS = 100
    assert application_fee(business, 10_000) == 100
    business.plan = Plan.objects.create(slug="studio", name="Studio", fee_basis_points=250)
    business.save(update_fields=["plan"])
    assert application_fee(business, 10_000) == 250
    business.fee_basis_points = 0
    business.save(update_fields=["fee_basis_points"])
    assert application_fee(business, 10_000) == 0
