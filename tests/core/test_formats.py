"""Money, durations, dates and times as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from daybook.core import formats

START = datetime(2026, 11, 12, 15, 30, tzinfo=UTC)
ZONE = "America/New_York"


@pytest.mark.parametrize(("amount", "currency", "language", "text"), [
    (9500, "usd", "en", "$95.00"),
    (-2500, "usd", "en", "−$25.00"),
    (9500, "jpy", "en", "¥9,500"),
    (9500, "kwd", "en", "KWD\xa09.500"),
    (123456, "eur", "de", "1.234,56\xa0€"),
    (0, "usd", None, "$0.00"),
])  # fmt: skip
def test_money(amount: int, currency: str, language: str | None, text: str) -> None:
    assert formats.money(amount, currency, language) == text


@pytest.mark.parametrize(("amount", "currency", "language", "text"), [
    (9500, "usd", "en", "$95"),
    (9550, "usd", "en", "$95.50"),
    (120000, "usd", "en", "$1,200"),
    (9500, "eur", "de", "95\xa0€"),
    (9500, "jpy", "en", "¥9,500"),
])  # fmt: skip
def test_short_money_drops_empty_decimals(amount: int, currency: str, language: str, text: str) -> None:
    assert formats.money(amount, currency, language, short=True) == text


@pytest.mark.parametrize(("value", "language", "text"), [
    (50, "en", "50%"),
    ("8.875", "en", "8.875%"),
    (Decimal("19.000"), "en", "19%"),
    (0, None, "0%"),
    (50, "de", "50\N{NO-BREAK SPACE}%"),
    ("8.875", "de", "8,875\N{NO-BREAK SPACE}%"),
    (50, "es", "50\N{NO-BREAK SPACE}%"),
])  # fmt: skip
def test_percent(value: Decimal | int | str, language: str | None, text: str) -> None:
    assert formats.percent(value, language) == text


@pytest.mark.parametrize(("minutes", "text"), [
    (0, "0 min"), (45, "45 min"), (60, "60 min"), (90, "1 h 30 min"), (120, "2 h"), (1440, "24 h"), (4320, "72 h"), (7200, "5 d"),
])  # fmt: skip
def test_duration(minutes: int, text: str) -> None:
    assert formats.duration(minutes) == text


def test_a_time_reads_in_its_zone() -> None:
    end = START + timedelta(hours=1)
    assert formats.when(START, end, ZONE, "en") == "Thu 12 Nov, 10:30 – 11:30 am"
    assert formats.when(START, end, ZONE, "en", hours=24) == "Thu 12 Nov, 10:30 – 11:30"
    assert formats.clock(START, "Europe/Berlin", "de") == "16:30"


def test_a_span_across_noon_keeps_both_parts_of_day() -> None:
    assert formats.span(START, START + timedelta(hours=2), ZONE, "en") == "10:30 am – 12:30 pm"


def test_days_and_months() -> None:
    value = date(2026, 11, 12)
    assert formats.day(value, "en") == "Thu 12 Nov"
    assert formats.day(value, "en", year=True) == "Thu 12 Nov 2026"
    assert formats.long_day(value, "en") == "Thursday, 12 November"
    assert formats.month(value, "en") == "November 2026"
    assert formats.long_day(value, "de") == "Donnerstag, 12. November"


def test_zone_labels_name_the_city() -> None:
    assert formats.zone_label(ZONE, START, "en") == "Eastern Time — New York"
    assert formats.zone_label("UTC", START, "en") == "UTC"


def test_an_unknown_language_reads_as_english() -> None:
    assert formats.day(date(2026, 11, 12), "xx-nonsense") == "Thu 12 Nov"
