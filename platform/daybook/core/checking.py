"""Checking what people type, field by field: every broken rule is named at once."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from daybook.core.errors import Invalid

TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows: with them a name can pass for another."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_plain(text: str) -> bool:
    """Whether the text is one line without control characters. Joiners and hard spaces belong to many names."""
    return not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in TURNS for char in text)


def plain_lines(text: str) -> str:
    """The text without what cannot be shown: of control characters only line ends and tabs are left."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or is_plain(char))


@dataclass(slots=True)
class Checks:
    """Collects problems by field; `done()` raises `Invalid` (422) when there are any.

    `line` and `text` answer the value without blanks around it.
    """

    fields: dict[str, list[str]] = field(default_factory=dict)
    code: str = "validation_failed"

    def problem(self, name: str, message: str, code: str = "") -> None:
        """Note a problem; `code` replaces the general error code."""
        self.fields.setdefault(name, []).append(message)
        self.code = code or self.code

    def done(self) -> None:
        """Raise what was found."""
        if self.fields:
            raise Invalid(self.code, _("Please check what you typed."), self.fields)

    def line(self, name: str, value: str, *, most: int, least: int = 0) -> str:
        """One line of text without control characters, line ends at its ends among them."""
        value = value.strip(" ")
        if not is_plain(value):
            self.problem(name, _("This must be on one line, without control characters."))
        elif len(value) < least:
            self.problem(name, _("This must not be empty."))
        elif len(value) > most:
            self.problem(name, _("At most %(most)d characters.") % {"most": most})
        return value

    def text(self, name: str, value: str, *, most: int) -> str:
        """Text on several lines; of control characters only line ends and tabs."""
        value = value.replace("\r\n", "\n").strip()
        if not is_plain(value.replace("\n", "").replace("\t", "")):
            self.problem(name, _("This contains characters that cannot be kept."))
        elif len(value) > most:
            self.problem(name, _("At most %(most)d characters.") % {"most": most})
        return value

    def number(self, name: str, value: int, *, least: int, most: int, step: int = 1) -> None:
        """A whole number within bounds, both included, perhaps a multiple of something."""
        if not least <= value <= most:
            self.problem(name, _("Choose from %(least)d to %(most)d.") % {"least": least, "most": most})
        elif value % step:
            self.problem(name, _("Choose a multiple of %(step)d.") % {"step": step})

    def choice(self, name: str, value: str, choices: Collection[str]) -> None:
        """One of several words."""
        if value not in choices:
            self.problem(name, _("Choose one of: %(choices)s.") % {"choices": ", ".join(c for c in choices if c)})

    def zone(self, name: str, value: str | None) -> None:
        """An IANA zone of the pinned tzdata, or None where that inherits."""
        if value is not None and value not in _zones():
            self.problem(name, _("There is no such time zone."))

    def email(self, name: str, value: str) -> str:
        """An e-mail address, or nothing; answered in lower case."""
        value = value.strip().lower()
        try:
            if value:
                validate_email(value)
        except ValidationError:
            self.problem(name, _("Enter an e-mail address such as name@example.com."))
        return value

    def phone(self, name: str, value: str, region: str | None) -> str:
        """A phone number, or nothing; answered in E.164. `region` (ISO 3166) reads national numbers."""
        value = value.strip()
        if not value:
            return ""
        try:
            number = phonenumbers.parse(value, region or None)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            self.problem(name, _("Enter a phone number with its country code, such as +1 207 555 0123."))
            return value
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
