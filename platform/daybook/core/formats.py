"""How money, durations, dates and times read in a locale. Pure: amounts in minor units, instants aware, zones IANA."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name
from babel.numbers import format_currency, format_percent, get_currency_precision

_CODE_BEFORE_NUMBER = re.compile(r"([A-Z]{3})(?=\d)")
_WEEKDAY = re.compile(r"E+")
# Where the payment provider's minor units differ from CLDR's digits for display.
_MINOR_DIGITS = {"isk": 2, "ugx": 2, "huf": 2, "twd": 2}


def locale_of(language: str | None) -> Locale:
    """The Babel locale of a language tag such as `en`, `de-at`; English when unknown."""
    try:
        return Locale.parse((language or "en").replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")


def minor_digits(currency: str) -> int:
    """How many decimal places one minor unit of `currency` stands for: 0, 2 or 3."""
    code = currency.lower()
    return _MINOR_DIGITS.get(code, get_currency_precision(code.upper()))


def major(amount: int, currency: str) -> Decimal:
    """Minor units to the currency's own unit."""
    return Decimal(amount).scaleb(-minor_digits(currency))


def money(amount: int, currency: str, language: str | None = None, *, short: bool = False) -> str:
    """`$95.00`; with `short`, whole amounts lose their decimals: `$95`. Narrow minus signs are typographic."""
    value = major(amount, currency)
    locale = locale_of(language)
    code = currency.upper()
    if short and value == value.to_integral_value():
        pattern = locale.currency_formats["standard"].pattern.replace("0.00", "0")
        text = format_currency(value, code, pattern, locale=locale, currency_digits=False)
    else:
        text = format_currency(value, code, locale=locale)
    return _CODE_BEFORE_NUMBER.sub("\\1\N{NO-BREAK SPACE}", text.replace("-", "\N{MINUS SIGN}"))


def percent(value: Decimal | int | str, language: str | None = None) -> str:
    """`8.875%`; where people write a space before the sign, it does not break: `8,875 %`."""
    return format_percent(Decimal(value) / 100, locale=locale_of(language), decimal_quantization=False)


def duration(minutes: int) -> str:
    """`45 min`, `60 min`, `1 h 30 min`, `48 h`, `5 d`: elapsed time, so days only where nobody counts hours."""
    if minutes <= 60:
        return f"{minutes} min"
    if minutes % 1440 == 0 and minutes > 72 * 60:
        return f"{minutes // 1440} d"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def day(value: date, language: str | None = None, *, year: bool = False) -> str:
    """`Thu 12 Nov`, with `year` `Thu 12 Nov 2026`."""
    locale = locale_of(language)
    if locale.language == "en":
        return format_date(value, "EEE d MMM y" if year else "EEE d MMM", locale=locale)
    return _skeleton("yMMMEd" if year else "MMMEd", value, locale)


def long_day(value: date, language: str | None = None, *, year: bool = False) -> str:
    """`Thursday, 12 November`."""
    locale = locale_of(language)
    if locale.language == "en":
        return format_date(value, "EEEE, d MMMM y" if year else "EEEE, d MMMM", locale=locale)
    pattern = locale.datetime_skeletons.get("MMMMEd")
    if year or pattern is None:
        return format_date(value, "full", locale=locale)
    return format_date(value, _WEEKDAY.sub("EEEE", pattern.pattern), locale=locale)


def day_month(value: date, language: str | None = None) -> str:
    """`12 November`."""
    locale = locale_of(language)
    return format_date(value, "d MMMM", locale=locale) if locale.language == "en" else _skeleton("MMMMd", value, locale)


def month(value: date, language: str | None = None) -> str:
    """`November 2026`."""
    return format_date(value, "LLLL y", locale=locale_of(language))


def clock_hours(language: str | None = None) -> int:
    """12 where people write 1:30 pm, 24 where they write 13:30."""
    return 12 if locale_of(language).language == "en" else 24


def clock(value: datetime, zone: str, language: str | None = None, *, hours: int | None = None) -> str:
    """The wall-clock time in `zone`: `10:30 am`, `10:30`. `hours` 12 or 24 overrides the locale's habit."""
    locale = locale_of(language)
    local = value.astimezone(ZoneInfo(zone))
    if hours == 24 or (hours is None and clock_hours(language) == 24):
        return format_time(local, "HH:mm" if hours == 24 else "short", locale=locale)
    return format_time(local, "h:mm a", locale=locale).replace("AM", "am").replace("PM", "pm")


def span(start: datetime, end: datetime, zone: str, language: str | None = None, *, hours: int | None = None) -> str:
    """`10:30 – 11:30 am`: the first part of day is left out when both are the same."""
    first, last = (clock(value, zone, language, hours=hours) for value in (start, end))
    if first[-3:] == last[-3:] and first[-3:] in (" am", " pm"):
        first = first[:-3]
    return f"{first} \N{EN DASH} {last}"


def when(start: datetime, end: datetime, zone: str, language: str | None = None, *, hours: int | None = None) -> str:
    """`Thu 12 Nov, 10:30 – 11:30 am`."""
    local = start.astimezone(ZoneInfo(zone)).date()
    return f"{day(local, language)}, {span(start, end, zone, language, hours=hours)}"


def zone_label(zone: str, at: datetime, language: str | None = None) -> str:
    """`Eastern Time — New York`; `at` only decides names that changed over the years."""
    locale = locale_of(language)
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    name = get_timezone_name(at.astimezone(ZoneInfo(zone)), width="long", zone_variant="generic", locale=locale)
    return city if name == city or "/" not in zone else f"{name} \N{EM DASH} {city}"


def _skeleton(skeleton: str, value: date, locale: Locale) -> str:
    return format_skeleton(
        skeleton, datetime(value.year, value.month, value.day, tzinfo=UTC), locale=locale, fuzzy=True
    )
