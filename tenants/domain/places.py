"""Countries, currencies and time zones to choose from."""

import zoneinfo
from datetime import date
from functools import cache

from babel import Locale
from babel.numbers import get_territory_currencies

_OTHERS = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")
_NO_COUNTRY = frozenset(
    {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AQ", "BV", "HM", "TF", "UM", "CP", "DG", "AC", "TA", "EA", "IC"}
)


@cache
def countries(locale: str = "en") -> list[tuple[str, str]]:
    """(ISO 3166 code, name in that language), by name."""
    names = Locale.parse(locale.replace("-", "_")).territories.items()
    found = [(code, name) for code, name in names if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY]
    return sorted(found, key=lambda item: item[1])


@cache
def currency_of(country: str, today: date = date(2026, 1, 1)) -> str:
    """The lower-case code of the money that a country uses; `usd` where none is known."""
    found = get_territory_currencies(country, start_date=today, end_date=today, tender=True)
    return str(found[0]).lower() if found else "usd"


@cache
def currencies(locale: str = "en") -> list[tuple[str, str]]:
    """(lower-case ISO 4217 code, "code – name") of every currency in use."""
    names = Locale.parse(locale.replace("-", "_")).currencies
    used = {currency_of(code) for code, _name in countries()}
    return sorted((code, f"{code.upper()} – {names.get(code.upper(), code.upper())}") for code in used)


@cache
def timezones() -> list[str]:
    """IANA zones named after places, and UTC."""
    names = [name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(_OTHERS)]
    return ["UTC", *sorted(names)]


def grouped_timezones() -> list[tuple[str, list[tuple[str, str]]]]:
    """The zones by continent, for a select."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in timezones():
        continent, _slash, city = name.partition("/")
        label = city.replace("_", " ").replace("/", " – ") or name
        groups.setdefault(continent if city else "UTC", []).append((name, label))
    return list(groups.items())
