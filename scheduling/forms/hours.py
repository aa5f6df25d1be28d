"""Weekly hours and date overrides as people type them. Times are wall-clock minutes of the day; 24:00 ends it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daybook.core.inputs import TypedField
from scheduling.enums import OverrideKind
from scheduling.selectors.explain import clock
from scheduling.services.hours import Hours

if TYPE_CHECKING:
    from daybook.core.errors import DaybookError
    from scheduling.models import AvailabilityRule, Provider, Service

WEEK = (1, 2, 3, 4, 5, 6, 0)
NAMES = {
    0: gettext_lazy("Sunday"), 1: gettext_lazy("Monday"), 2: gettext_lazy("Tuesday"), 3: gettext_lazy("Wednesday"),
    4: gettext_lazy("Thursday"), 5: gettext_lazy("Friday"), 6: gettext_lazy("Saturday"),
}  # fmt: skip
MOST_RANGES = 12
FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h]?([0-5]\d))?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)


def minute_of(text: str) -> int | None:
    """`9`, `9:30`, `0930`, `9 pm`, `24:00` in minutes of the day; None when it is no time."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minutes, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    total = hour * 60 + minutes
    return total if total <= 1440 else None


@dataclass(slots=True)
class Range:
    """One line of a day, as typed."""

    start: str = ""
    end: str = ""
    problem: str = ""

    @property
    def over_night(self) -> bool:
        """Ends the next day."""
        start, end = minute_of(self.start), minute_of(self.end)
        return start is not None and end is not None and end < start


@dataclass(slots=True)
class Day:
    """A weekday's lines."""

    weekday: int
    ranges: list[Range] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Monday, …"""
        return str(NAMES[self.weekday])


class DateInput(forms.DateInput):
    input_type = "date"


class WeekForm(forms.Form):
    """A week of hours, perhaps for a period; `own` off: this level has none, and the next one's apply."""

    own = forms.TypedChoiceField(coerce=lambda value: value == "1", widget=forms.RadioSelect)
    effective_from = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=DateInput(format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: from the beginning."),
    )  # fmt: skip
    effective_to = forms.DateField(
        label=gettext_lazy("Until, included"), required=False, widget=DateInput(format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: for good."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, rules: Iterable[AvailabilityRule] = (), choice: tuple[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.hours: list[Hours] = []
        self.former = ""
        self._places: list[Range] = []
        if choice is None:
            del self.fields["own"]
        else:
            own = cast(forms.ChoiceField, self.fields["own"])
            own.label, own.choices = _("Hours"), [("0", choice[0]), ("1", choice[1])]
        self.days = [Day(weekday) for weekday in WEEK]
        if self.is_bound:
            self._read()
        else:
            self._fill(rules)

    def day(self, weekday: int) -> Day:
        """The day of that number."""
        return next(day for day in self.days if day.weekday == weekday)

    def _fill(self, rules: Iterable[AvailabilityRule]) -> None:
        for rule in rules:
            self.day(rule.weekday).ranges.append(Range(clock(rule.start_minute), clock(rule.end_minute)))

    def _read(self) -> None:
        for day in self.days:
            for place in range(MOST_RANGES):
                start, end = (self.data.get(f"{name}-{day.weekday}-{place}") for name in ("start", "end"))
                if start is not None or end is not None:
                    day.ranges.append(Range((start or "").strip()[:20], (end or "").strip()[:20]))

    def arrange(self, action: str) -> str:
        """Do what a button says: `add-1`, `drop-1-0`, `copy-1-weekdays`, `copy-1-all`, `copy-1-chosen`, `undo`.

        Answers the field to go to. What was there before stays in `former`, for `undo`.
        """
        name, *parts = action.split("-")
        if name == "undo":
            self._restore(str(self.data.get("former", "")))
            return "hours-title"
        if name not in ("add", "drop", "copy") or len(parts) < 1 or parts[0] not in tuple("0123456"):
            return ""
        self.former = self._kept()
        day = self.day(int(parts[0]))
        if name == "add" and len(day.ranges) < MOST_RANGES:
            last = minute_of(day.ranges[-1].end) if day.ranges else None
            day.ranges.append(Range("09:00", "17:00") if not day.ranges else Range("", ""))
            return f"start-{day.weekday}-{len(day.ranges) - 1}" if last is not None or len(day.ranges) == 1 else ""
        if name == "drop" and len(parts) == 2 and parts[1].isdigit() and int(parts[1]) < len(day.ranges):
            del day.ranges[int(parts[1])]
            return f"add-{day.weekday}"
        if name == "copy":
            for other in self.days:
                if other.weekday in self._wanted(day.weekday, parts[1:]):
                    other.ranges = [Range(line.start, line.end) for line in day.ranges]
            return f"copy-{day.weekday}"
        return ""

    def _wanted(self, weekday: int, which: list[str]) -> set[int]:
        """The days that a day's hours are copied to."""
        if which == ["chosen"]:
            return {other for other in WEEK if f"to-{weekday}-{other}" in self.data}
        return set(WEEK if which == ["all"] else WEEK[:5])

    def _kept(self) -> str:
        return json.dumps([[day.weekday, [[line.start, line.end] for line in day.ranges]] for day in self.days])

    def _restore(self, text: str) -> None:
        """Put back what `former` holds; anything else is left alone."""
        try:
            days = {
                int(weekday): [Range(str(start)[:20], str(end)[:20]) for start, end in ranges[:MOST_RANGES]]
                for weekday, ranges in json.loads(text)
            }
        except (ValueError, TypeError):
            return
        for day in self.days:
            day.ranges = days.get(day.weekday, day.ranges)

    def clean(self) -> dict[str, Any]:
        """Each line becomes hours; empty lines do not count."""
        data = super().clean() or {}
        for day in self.days:
            for line in day.ranges:
                self._line(day, line)
        if "own" in self.fields and data.get("own") and not self.hours and not self._wrong():
            message = _("Own hours need at least one time. To be away all week, add time off under “Special days”.")
            self.add_error(None, message)
        return data

    def _wrong(self) -> bool:
        return any(line.problem for day in self.days for line in day.ranges)

    def _line(self, day: Day, line: Range) -> None:
        if not line.start and not line.end:
            return
        start, end = minute_of(line.start), minute_of(line.end)
        if start is None or end is None:
            self.problem(day, line, _("Write both times, such as 09:00 and 17:30."))
            return
        self.hours.append(Hours(day.weekday, start, end))
        self._places.append(line)

    def problem(self, day: Day, line: Range, text: str) -> None:
        """Say beside the line and above the form what is wrong."""
        line.problem = text
        self.add_error(None, f"{day.name}: {text}")

    def refuse(self, error: DaybookError) -> None:
        """Put the service's refusals beside their lines."""
        fields: dict[str, list[str]] = error.details.get("fields") or {}
        for name, messages in fields.items():
            parts = name.split(".")
            place = int(parts[1]) if len(parts) == 3 and parts[1].isdigit() else -1
            if 0 <= place < len(self._places):
                line = self._places[place]
                if parts[2].startswith("effective"):
                    self._once("effective_to", messages[0])
                elif not line.problem:
                    self.problem(self._day_of(line), line, messages[0])
            else:
                self.add_error(None, messages[0])
        if not fields:
            self.add_error(None, error.message)

    def _day_of(self, line: Range) -> Day:
        return next(day for day in self.days if any(line is other for other in day.ranges))

    def _once(self, name: str, message: str) -> None:
        if name not in self.errors:
            self.add_error(name, message)


class ClockField(TypedField):
    """A wall-clock time, answered in minutes of the day."""

    def to_python(self, value: Any) -> Any:
        text = self.text(value)
        if not text:
            return None
        found = minute_of(text)
        if found is None:
            raise forms.ValidationError(_("Write a time such as 09:00."))
        return found

    def prepare_value(self, value: Any) -> Any:
        """540 → `09:00`."""
        return clock(value) if isinstance(value, int) else value


CLOSED, CLOSED_HOURS, SPECIAL = "closed", "closed_hours", "special"
EVERYBODY = "all"
KINDS = (
    (CLOSED, gettext_lazy("Closed all day: a holiday, time off")),
    (CLOSED_HOURS, gettext_lazy("Closed for some hours")),
    (SPECIAL, gettext_lazy("Special hours instead of the weekly ones")),
)


class OverrideForm(forms.Form):
    """Days that differ from the weekly hours."""

    provider = forms.ChoiceField(label=gettext_lazy("For"))
    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=KINDS, initial=CLOSED, widget=forms.RadioSelect)
    date = forms.DateField(label=gettext_lazy("Day"), widget=DateInput(format="%Y-%m-%d"))
    end_date = forms.DateField(
        label=gettext_lazy("Until, included"), required=False, widget=DateInput(format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: only that day."),
    )  # fmt: skip
    start = ClockField(label=gettext_lazy("From"), required=False)
    end = ClockField(label=gettext_lazy("To"), required=False, help_text=gettext_lazy("24:00 is midnight."))
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=200, help_text=gettext_lazy("Only your team sees it.")
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["provider"]).choices = people
        for name in ("start", "end"):
            self.fields[name].widget.attrs |= {"list": "clock-times", "autocomplete": "off", "placeholder": "09:00"}

    def clean(self) -> dict[str, Any]:
        """Hours belong to all kinds but the first."""
        data = super().clean() or {}
        if data.get("kind") in (CLOSED_HOURS, SPECIAL):
            for name in ("start", "end"):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Write a time such as 09:00."))
        return data

    def provider_id(self) -> UUID | None:
        """Whose day; None: the whole business's."""
        chosen = self.cleaned_data["provider"]
        return None if chosen == EVERYBODY else UUID(chosen)

    def values(self) -> dict[str, Any]:
        """What the service takes, but the provider."""
        data = self.cleaned_data
        timed = data["kind"] != CLOSED
        end: date | None = data["end_date"]
        return {
            "kind": OverrideKind.EXCEPTION.value if data["kind"] == SPECIAL else OverrideKind.BLOCKED.value,
            "day": data["date"],
            "end_date": None if end == data["date"] else end,
            "start_minute": data["start"] if timed else None,
            "end_minute": data["end"] if timed else None,
            "note": data["note"],
        }


class WhyForm(forms.Form):
    """A day of a service, perhaps with one time of it, to ask why it is closed."""

    service = forms.ChoiceField(label=gettext_lazy("Service"))
    provider = forms.ChoiceField(label=gettext_lazy("With"), required=False)
    date = forms.DateField(label=gettext_lazy("Day"), widget=DateInput(format="%Y-%m-%d"))
    time = ClockField(label=gettext_lazy("A certain time"), required=False)

    def __init__(
        self, *args: Any, services: list[Service], people: list[Provider], any_provider: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["service"]).choices = [(str(s.pk), _named(s)) for s in services]
        anybody = [("", _("Anyone"))] if any_provider else []
        chosen = cast(forms.ChoiceField, self.fields["provider"])
        chosen.choices, chosen.required = [*anybody, *((str(p.pk), _named(p)) for p in people)], not any_provider
        self.fields["time"].widget.attrs |= {"list": "clock-times", "autocomplete": "off", "placeholder": "09:00"}

    def clean_date(self) -> Any:
        """A date that calendars can show."""
        day: date = self.cleaned_data["date"]
        if not FIRST <= day <= LAST:
            raise forms.ValidationError(_("Choose a date between 2000 and 2100."))
        return day


def _named(thing: Service | Provider) -> str:
    return thing.name if thing.active else _("%(name)s (switched off)") % {"name": thing.name}
