"""Form fields for what people type: lengths of time, money, and refusals of a service put beside the field they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_symbol
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import formats
from daybook.core.errors import DaybookError

_LENGTH = re.compile(
    r"(?:(?P<d>\d{1,4})\s*(?:d|days?))?\s*(?:(?P<h>\d{1,5})\s*(?:h|hours?|hrs?))?\s*(?:(?P<m>\d{1,6})\s*(?:m|mins?|minutes?)?)?"
)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)")


def minutes_of(text: str) -> int | None:
    """`90`, `1:30`, `1 h 30 min`, `2 d` in minutes; None when it is no length of time."""
    text = text.strip().lower()
    clock = _CLOCK.fullmatch(text)
    if clock:
        return int(clock[1]) * 60 + int(clock[2])
    found = _LENGTH.fullmatch(text)
    if not text or found is None:
        return None
    return int(found["d"] or 0) * 1440 + int(found["h"] or 0) * 60 + int(found["m"] or 0)


class AffixInput(forms.TextInput):
    """A text field with a fixed sign before or after it."""

    template_name = "ui/affix_input.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, before: str = "", after: str = "") -> None:
        super().__init__(attrs)
        self.before, self.after = before, after

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "before": self.before, "after": self.after}


LONGEST, MOST_DIGITS = 40, 12


class TypedField(forms.CharField):
    """Text that means a value; the bound on its length is the text's, not the value's."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "maxlength": str(LONGEST)}

    def text(self, value: Any) -> str:
        """What was typed, refused when it is far too long to mean anything."""
        text = super().to_python(value) or ""
        if len(text) > LONGEST:
            raise ValidationError(_("At most %(most)d characters.") % {"most": LONGEST})
        return text


class MinutesField(TypedField):
    """Minutes, typed as `90`, `1 h 30 min` or `2 d`."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "placeholder": kwargs.pop("placeholder", "")}
        kwargs.setdefault("widget", forms.TextInput(attrs={name: text for name, text in attrs.items() if text}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Kept minutes as people read them; what was typed stays as it was typed."""
        return formats.duration(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = self.text(value)
        if not text:
            return None
        found = minutes_of(text)
        if found is None:
            raise ValidationError(_("Write minutes, such as 90, or a length such as 1 h 30 min."))
        return found


class MoneyField(TypedField):
    """An amount in the currency's own unit (`95`, `95.50`, `1,50`), answered in minor units."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        self.digits = formats.minor_digits(currency)
        symbol = get_currency_symbol(currency.upper(), locale=formats.locale_of(get_language()))
        kwargs.setdefault("widget", AffixInput({"inputmode": "decimal", "autocomplete": "off"}, before=symbol))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Minor units as a plain number: 9500 → `95.00`, whole amounts `95`."""
        if not isinstance(value, int):
            return value
        amount = formats.major(value, self.currency)
        return f"{amount:f}" if amount != amount.to_integral_value() else str(int(amount))

    def to_python(self, value: Any) -> Any:
        text = self.text(value).replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
        if not text:
            return None
        try:
            amount = Decimal(_plain(text))
            if not amount.is_finite():
                raise InvalidOperation
        except InvalidOperation:
            raise ValidationError(_("Write an amount such as 95 or 95.50.")) from None
        if amount.adjusted() > MOST_DIGITS:
            raise ValidationError(_("This amount is too large."))
        minor = amount.scaleb(self.digits)
        if minor != minor.to_integral_value():
            raise ValidationError(_("This currency has %(digits)d decimal places.") % {"digits": self.digits})
        return int(minor)


def _plain(text: str) -> str:
    """`1,234.50`, `1.234,50` and `1,50` with a point for the decimals only."""
    comma, point = text.rfind(","), text.rfind(".")
    if comma > point:
        whole, _comma, rest = text.rpartition(",")
        grouped = point < 0 and len(rest) == 3 and whole != "0"
        return text.replace(",", "") if grouped else whole.replace(".", "").replace(",", "") + "." + rest
    return text.replace(",", "")


def refuse(form: forms.BaseForm, error: DaybookError, names: Mapping[str, str] | None = None) -> None:
    """Put a service's refusal beside the fields it names; `names` leads from the service's names to the form's."""
    fields: dict[str, list[str]] = error.details.get("fields") or {}
    for name, messages in fields.items():
        known = (names or {}).get(name, name)
        for message in messages:
            form.add_error(known if known in form.fields else None, message)
    if not fields:
        form.add_error(None, error.message)
