"""What a booking costs: price → coupon → tax → package or gift → to pay → due now."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain import currencies
from billing.domain.pricing import Cover, Deposit, Discount, Quote, Rate, plain, quote, tax_lines
from daybook.core import formats

VAT = Rate("VAT", Decimal(19))
NEW_YORK = (Rate("State", Decimal(4)), Rate("City", Decimal("4.5")), Rate("MCTD", Decimal("0.375")))


def percent_deposit(percent: int) -> Deposit:
    return Deposit(percent=Decimal(percent))


@pytest.mark.parametrize(("price", "percent", "expected"), [(3350, 15, 503), (3333, 25, 833), (20000, 30, 6000)])
def test_hc110_a_percent_deposit_is_rounded_half_up(price: int, percent: int, expected: int) -> None:
    found = quote(price=price, currency="usd", payment_mode="deposit", deposit=percent_deposit(percent))
    assert (found.due_now, found.due_later) == (expected, price - expected)


@pytest.mark.parametrize(
    ("price", "deposit", "expected"),
    [
        (10000, Deposit(amount=2500), 2500),
        (2000, Deposit(amount=2500), 2000),  # at most the price
        (1000, percent_deposit(1), 50),  # at least the minimum
        (60, percent_deposit(10), 50),
        (5000, None, 5000),
    ],
)
def test_a_deposit_is_at_most_the_price_and_at_least_the_minimum(
    price: int, deposit: Deposit | None, expected: int
) -> None:
    assert quote(price=price, currency="usd", payment_mode="deposit", deposit=deposit).due_now == expected


def test_hc109_currencies_without_decimals_are_charged_in_whole_units() -> None:
    yen = quote(price=5000, currency="jpy", payment_mode="full")
    assert (yen.due_now, formats.money(yen.due_now, "jpy", "en")) == (5000, "¥5,000")
    assert formats.money(quote(price=5000, currency="usd", payment_mode="full").due_now, "usd", "en") == "$50.00"
    odd = quote(price=4999, currency="jpy", payment_mode="deposit", deposit=percent_deposit(50))
    assert odd.due_now == 2500


def test_shares_of_currencies_with_three_decimals_end_in_zero() -> None:
    found = quote(
        price=10010,
        currency="kwd",
        discount=Discount("SPRING", percent=Decimal(15)),
        rates=(Rate("VAT", Decimal(5)),),
        inclusive=False,
        payment_mode="deposit",
        deposit=percent_deposit(33),
    )
    assert (found.discount, found.tax, found.total, found.due_now) == (1500, 430, 8940, 2950)


@pytest.mark.parametrize(
    ("discount", "expected"),
    [
        (Discount("A", percent=Decimal(10)), 950),
        (Discount("A", percent=Decimal(100)), 9500),
        (Discount("A", percent=Decimal("12.5")), 1188),
        (Discount("A", amount=1000), 1000),
        (Discount("A", amount=20000), 9500),
    ],
)
def test_a_coupon_takes_a_share_or_an_amount_and_never_more_than_the_price(discount: Discount, expected: int) -> None:
    found = quote(price=9500, currency="usd", discount=discount, payment_mode="full")
    assert (found.discount, found.discount_name, found.total, found.due_now) == (
        expected, "A", 9500 - expected, 9500 - expected,
    )  # fmt: skip


@pytest.mark.parametrize(("off", "due"), [(9450, 50), (9451, 0), (9500, 0)])
def test_a_sum_lowered_below_the_minimum_is_not_paid_online(off: int, due: int) -> None:
    found = quote(price=9500, currency="usd", discount=Discount("A", amount=off), payment_mode="full")
    assert (found.due_now, found.due_later) == (due, 9500 - off - due)


def test_tax_on_top_is_added_for_each_rate_by_itself() -> None:
    found = quote(price=10010, currency="usd", rates=NEW_YORK, inclusive=False, payment_mode="full")
    assert [line.amount for line in found.tax_lines] == [400, 450, 38]
    assert (found.tax, found.tax_added, found.total, found.due_now) == (888, 888, 10898, 10898)
    assert {line.base for line in found.tax_lines} == {10010}


def test_tax_within_the_price_is_taken_out_of_it() -> None:
    found = quote(price=11900, currency="eur", rates=(VAT,), inclusive=True)
    assert (found.total, found.tax, found.tax_added, found.tax_lines[0].base) == (11900, 1900, 0, 10000)
    two = quote(price=10000, currency="eur", rates=(VAT, Rate("City", Decimal(5))), inclusive=True)
    assert [line.amount for line in two.tax_lines] == [1532, 403]
    assert two.tax_lines[0].base == 10000 - 1532 - 403


def test_tax_is_of_what_a_coupon_leaves() -> None:
    found = quote(
        price=10000, currency="usd", discount=Discount("A", percent=Decimal(50)), rates=NEW_YORK[:1], inclusive=False
    )
    assert (found.tax, found.total) == (200, 5200)


def test_a_package_pays_the_whole_and_a_gift_what_it_has() -> None:
    package = quote(price=9500, currency="usd", cover=Cover("5 visits"), payment_mode="full")
    assert (package.covered, package.covered_by, package.to_pay, package.due_now) == (9500, "5 visits", 0, 0)
    gift = quote(price=9500, currency="usd", cover=Cover("Gift", amount=5000), payment_mode="full")
    assert (gift.covered, gift.to_pay, gift.due_now) == (5000, 4500, 4500)
    rich = quote(price=9500, currency="usd", cover=Cover("Gift", amount=50000), payment_mode="full")
    assert (rich.covered, rich.to_pay) == (9500, 0)


@pytest.mark.parametrize("mode", ["", "pay_in_person", "card_on_file"])
def test_other_ways_of_paying_ask_for_nothing_at_booking(mode: str) -> None:
    assert quote(price=9500, currency="usd", payment_mode=mode).due_now == 0


def test_hc128_a_free_booking_is_paid_by_nobody() -> None:
    free = quote(price=0, currency="usd", rates=NEW_YORK, inclusive=False, payment_mode="full")
    assert (free.total, free.tax, free.due_now) == (0, 0, 0)
    coupon = quote(price=9500, currency="usd", discount=Discount("A", percent=Decimal(100)), payment_mode="deposit")
    assert (coupon.to_pay, coupon.due_now) == (0, 0)


def test_what_a_currency_takes_is_said_by_one_list() -> None:
    assert [currencies.payable(amount, "usd") for amount in (49, 50, 99_999_999, 100_000_000)] == [
        False, True, True, False,
    ]  # fmt: skip
    assert (currencies.payable(1005, "kwd"), currencies.payable(1010, "kwd")) == (False, True)
    assert (currencies.payable(5000, "huf"), currencies.minimum("huf"), currencies.minimum("JPY")) == (False, None, 50)
    assert quote(price=500000, currency="huf", payment_mode="full").due_now == 0


@pytest.mark.parametrize(
    ("code", "country", "may"),
    [
        ("usd", "US", True),
        ("eur", "US", True),
        ("brl", "br", True),
        ("usd", "BR", False),
        ("myr", "MY", True),
        ("eur", "MY", False),
        ("isk", "IS", False),
        ("usd", "", True),
    ],
)
def test_an_accounts_country_decides_over_its_currencies(code: str, country: str, may: bool) -> None:
    assert currencies.allowed(code, country) is may


@pytest.mark.parametrize("code", sorted(currencies.ALLOWED))
def test_decimals_of_a_currency_are_the_same_wherever_it_is_shown(code: str) -> None:
    assert currencies.ALLOWED[code].digits == formats.minor_digits(code)


@pytest.mark.parametrize(("percent", "text"), [("19", "19"), ("8.875", "8.875"), ("8.500", "8.5"), ("10", "10")])
def test_percentages_are_kept_as_text_without_idle_zeros(percent: str, text: str) -> None:
    assert plain(Decimal(percent)) == text
    line = tax_lines(1000, [Rate("A", Decimal(percent))], "usd", inclusive=False)[0]
    assert line.as_json()["percent"] == text


codes = st.sampled_from(["usd", "eur", "jpy", "kwd", "gbp", "huf"])
percents = st.decimals(min_value=0, max_value=100, places=3)


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    code = draw(codes)
    step = currencies.step(code)

    def amount() -> int:
        return draw(st.integers(0, 2_000_000)) * step

    coupons = st.one_of(st.none(), st.builds(Discount, st.just("C"), percents), st.just(Discount("C", amount=amount())))
    covers = st.sampled_from([None, Cover("P"), Cover("G", amount=amount())])
    deposits = st.one_of(st.none(), st.builds(Deposit, percents), st.just(Deposit(amount=amount())))
    return quote(
        price=amount(),
        currency=code,
        discount=draw(coupons),
        rates=draw(st.lists(st.builds(Rate, st.just("T"), percents), max_size=5)),
        inclusive=draw(st.booleans()),
        cover=draw(covers),
        payment_mode=draw(st.sampled_from(["full", "deposit", "pay_in_person", "card_on_file"])),
        deposit=draw(deposits),
    )


@given(quotes())
def test_every_quote_adds_up_and_nothing_in_it_is_negative(found: Quote) -> None:
    assert found.total == found.price - found.discount + found.tax_added
    assert found.total == found.covered + found.due_now + found.due_later
    sums = (found.discount, found.tax, found.total, found.covered, found.to_pay, found.due_now, found.due_later)
    assert min(sums) >= 0
    assert found.discount <= found.price
    assert found.covered <= found.total
    step = currencies.step(found.currency)
    assert all(amount % step == 0 for amount in sums)


@given(quotes())
def test_what_is_due_now_can_be_paid_online(found: Quote) -> None:
    assert found.due_now == 0 or currencies.payable(found.due_now, found.currency)
    assert found.due_now == 0 or found.to_pay >= (currencies.minimum(found.currency) or 0)


@given(st.integers(0, 10_000_000), st.lists(st.builds(Rate, st.just("T"), percents), min_size=1, max_size=5), codes)
def test_tax_within_a_price_and_its_base_are_exactly_the_price(price: int, rates: list[Rate], code: str) -> None:
    price *= currencies.step(code)
    lines = tax_lines(price, rates, code, inclusive=True)
    assert len({line.base for line in lines}) == 1
    assert lines[0].base + sum(line.amount for line in lines) == price
    assert min(lines[0].base, *(line.amount for line in lines)) >= 0


@given(st.integers(0, 10_000_000), percents, codes)
def test_each_rates_tax_is_within_half_a_unit_of_the_exact_share(price: int, percent: Decimal, code: str) -> None:
    step = currencies.step(code)
    price *= step
    on_top = tax_lines(price, [Rate("T", percent)], code, inclusive=False)[0]
    assert abs(on_top.amount - price * percent / 100) <= Decimal(step) / 2
    within = tax_lines(price, [Rate("T", percent)], code, inclusive=True)[0]
    assert abs(within.amount - price * percent / (100 + percent)) <= Decimal(step) / 2
