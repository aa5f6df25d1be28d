"""The arithmetic of refunds."""

from hypothesis import given
from hypothesis import strategies as st

from billing.domain.refunding import fee_share, follows, spread

AMOUNTS = st.integers(1, 10_000_000)


def test_hc126_half_of_a_payment_gives_half_of_the_fee_back() -> None:
    assert fee_share(500, 10000, 5000) == 250
    assert fee_share(0, 10000, 5000) == 0


@given(amount=AMOUNTS, percent=st.integers(0, 100), parts=st.lists(st.integers(1, 1_000_000), max_size=6))
def test_parts_of_the_fee_never_exceed_it_and_all_of_them_are_all_of_it(
    amount: int, percent: int, parts: list[int]
) -> None:
    fee, before, back = amount * percent // 100, 0, 0
    for part in [*(min(p, amount) for p in parts), amount]:
        part = min(part, amount - before)
        share = fee_share(fee, amount, part, before)
        assert share >= 0
        before, back = before + part, back + share
    assert (before, back) == (amount, fee)


@given(amount=st.integers(0, 10_000), left=st.lists(st.integers(0, 3_000), max_size=5))
def test_what_is_taken_from_several_payments_is_never_more_than_is_left(amount: int, left: list[int]) -> None:
    named = [(str(n), rest) for n, rest in enumerate(left)]
    parts = spread(amount, named)
    assert sum(part for _, part in parts) == min(amount, sum(left))
    assert all(0 < part <= dict(named)[name] for name, part in parts)


def test_s14_a_refund_only_goes_forwards_and_may_fail_in_the_end() -> None:
    assert follows("pending", "succeeded")
    assert follows("succeeded", "failed")
    assert not follows("succeeded", "pending")
    assert not follows("failed", "succeeded")
