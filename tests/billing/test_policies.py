"""Cancellation policies: arithmetic, words, and how they are kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.domain.policies import DEFAULT, Tier, applying, free_until, refund, tier_at
from billing.models import PolicyTier
from billing.schemas import PolicyRecord
from billing.selectors.cancelling import cancellation
from billing.selectors.policies import deadlines_in_words, policy_in_words
from billing.services.terms import policy_of
from scheduling.errors import TooLate
from scheduling.services import transitions
from tenants.models import Business
from tests.billing.money import make_payment
from tests.factories import CLIENT, STAFF, make_appointment, make_provider, make_service
from tests.scheduling.staff import by_key

POLICY: dict[str, Any] = {
    "tiers": [
        {"hours_before_start": 48, "fee_percentage": 0},
        {"hours_before_start": 24, "fee_percentage": 50},
        {"hours_before_start": 0, "fee_percentage": 100},
    ]
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def returned(paid: int, start: str, cancelled: str) -> int:
    return refund(paid, tier_at(DEFAULT, at(start), at(cancelled)))


@pytest.mark.parametrize(
    ("cancelled", "back"),
    [("2027-06-08T15:59:59Z", 10000), ("2027-06-08T16:00:00Z", 10000), ("2027-06-08T16:00:01Z", 5000)],
)
def test_hc100_at_exactly_48_hours_everything_goes_back(cancelled: str, back: int) -> None:
    assert returned(10000, "2027-06-10T16:00:00Z", cancelled) == back


@pytest.mark.parametrize(("cancelled", "back"), [("2027-06-09T16:00:00Z", 5000), ("2027-06-09T16:00:01Z", 0)])
def test_hc101_at_exactly_24_hours_half_goes_back(cancelled: str, back: int) -> None:
    assert returned(10000, "2027-06-10T16:00:00Z", cancelled) == back


@pytest.mark.parametrize(
    ("cancelled", "back"),
    [
        ("2027-03-13T09:00:00-05:00", 5000),
        ("2027-03-13T08:00:00-05:00", 10000),
        ("2027-03-13T08:00:01-05:00", 5000),
    ],
)
def test_hc102_hours_are_elapsed_hours_also_across_a_change_of_clocks(cancelled: str, back: int) -> None:
    assert returned(10000, "2027-03-15T09:00:00-04:00", cancelled) == back


def test_hc104_the_cut_off_counts_elapsed_hours(business: Business) -> None:
    ana = make_provider(business)
    service = make_service(business, providers=[ana])
    booked = make_appointment(business, service, ana, "2026-11-01T07:30:00Z", now=at("2026-10-01T00:00:00Z"))
    with pytest.raises(TooLate) as late:
        transitions.cancel(business=business, appointment=booked, now=at("2026-11-01T06:00:00Z"), by=CLIENT)
    assert late.value.details == {"deadline": "2026-11-01T05:30:00Z"}
    client = transitions.cancel(business=business, appointment=booked, now=at("2026-11-01T05:00:00Z"), by=CLIENT)
    assert client.status == "cancelled"
    transitions.restore(business=business, appointment=client, now=at("2026-11-01T05:00:00Z"), by=STAFF)
    staff = transitions.cancel(business=business, appointment=booked, now=at("2026-11-01T06:00:00Z"), by=STAFF)
    assert staff.status == "cancelled"


def test_hc105_halves_are_rounded_up() -> None:
    assert refund(5001, Tier(24, 50)) == 2501


def test_hc107_fixed_fees_come_on_top_and_never_take_more_than_was_paid() -> None:
    assert refund(10000, Tier(24, 25, 500)) == 7000
    assert refund(400, Tier(24, 0, 500)) == 0
    assert refund(10000, Tier(24, 50), refunded=2000) == 3000


def test_tier_without_any_kept_is_all_of_it() -> None:
    start = at("2027-06-10T16:00:00Z")
    assert tier_at([Tier(48, 0)], start, start - timedelta(hours=47)).fee_percentage == 100


def test_a_reschedule_never_improves_the_tier() -> None:
    moved = {**POLICY, "moves": [{"at": "2027-06-10T10:00:00Z", "start": "2027-06-10T16:00:00Z"}]}
    later, now = at("2027-07-10T16:00:00Z"), at("2027-06-11T10:00:00Z")
    assert applying(POLICY, later, now, 10000).fee_percentage == 0
    assert applying(moved, later, now, 10000).fee_percentage == 100


def test_nothing_paid_means_nothing_back_and_no_fee(business: Business) -> None:
    ana = make_provider(business)
    booked = make_appointment(business, make_service(business, providers=[ana]), ana, "2027-06-10T16:00:00Z")
    cost = cancellation(booked, now=at("2027-06-10T15:00:00Z"))
    assert (cost.refund_amount, cost.fee_amount, cost.fee_percentage, cost.currency) == (0, 0, 100, "usd")
    make_payment(booked, 10001)
    paid = cancellation(booked, now=at("2027-06-09T10:00:00Z"))
    assert (paid.refund_amount, paid.fee_amount) == (5001, 5000)


def test_policy_reads_well() -> None:
    assert policy_in_words(POLICY, currency="usd") == [
        "Free up to 48 h before the start",
        "50% of the price up to 24 h before the start",
        "100% of the price up to the start",
    ]
    start = datetime(2026, 11, 12, 15, 30, tzinfo=UTC)
    policy = {"tiers": [{"hours_before_start": 24, "fee_percentage": 0}, {"hours_before_start": 2, "fee_percentage": 25, "fee_fixed": 500}]}  # fmt: skip
    assert deadlines_in_words(policy, start, zone="America/New_York", currency="usd") == [
        "Free until Wed 11 Nov, 10:30 am",
        "25% of the price plus $5.00 until Thu 12 Nov, 8:30 am",
    ]
    assert free_until(policy, start) == datetime(2026, 11, 11, 15, 30, tzinfo=UTC)


def test_services_policy_replaces_the_businesss(business: Business, client_for: Any) -> None:
    staff, service = by_key(business, client_for("acme")), make_service(business)
    path = f"/services/{service.pk}/cancellation-policy"
    fresh = PolicyRecord.model_validate(staff.get(path).json())
    assert (fresh.tiers, [tier.hours_before_start for tier in fresh.applies]) == ([], [48, 24, 0])
    whole = {"tiers": [{"hours_before_start": 12, "fee_percentage": 10, "fee_fixed": 0}]}
    assert staff.put("/settings/cancellation-policy", whole).json()["applies"] == whole["tiers"]
    assert staff.get(path).json()["applies"] == whole["tiers"]
    own = {"tiers": [{"hours_before_start": 6, "fee_percentage": 0, "fee_fixed": 100}]}
    answer = staff.put(path, own).json()
    assert (answer["tiers"], answer["applies"]) == (own["tiers"], own["tiers"])
    assert policy_of(business, service.pk)["tiers"] == own["tiers"]
    assert staff.put(path, {"tiers": []}).json()["applies"] == whole["tiers"]


@pytest.mark.parametrize(
    "tiers",
    [
        [{"hours_before_start": -1, "fee_percentage": 0}],
        [{"hours_before_start": 1, "fee_percentage": 101}],
        [{"hours_before_start": 1, "fee_percentage": 0, "fee_fixed": -1}],
        [{"hours_before_start": 1, "fee_percentage": 0}, {"hours_before_start": 1, "fee_percentage": 10}],
        [{"hours_before_start": hours, "fee_percentage": 0} for hours in range(21)],
        [{"hours_before_start": "1", "fee_percentage": 0}],
    ],
)
def test_policy_refuses_what_is_wrong(business: Business, client_for: Any, tiers: list[dict[str, Any]]) -> None:
    staff = by_key(business, client_for("acme"))
    assert staff.put("/settings/cancellation-policy", {"tiers": tiers}).status_code == 422
    assert not PolicyTier.objects.exists()
