"""Made-up data for the styleguide: one studio, one week. Nothing here is stored."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from daybook.core import badges

ZONE = "America/New_York"
TODAY, CHOSEN = date(2026, 11, 4), date(2026, 11, 12)
TIMES = {
    "Morning": ("9:00 am", "9:45 am", "10:30 am", "11:15 am"),
    "Afternoon": ("1:00 pm", "2:15 pm"),
    "Evening": ("6:00 pm",),
}


@dataclass(frozen=True)
class Studio:
    """The business of the samples."""

    name: str = "Harbor & Pine"
    initials: str = "H&P"
    tagline: str = "Massage studio · Portland, ME"
    address: str = "24 Mercer St, Portland"
    brand_color: str = "#0f5c4c"
    email: str = "hello@harborpine.example"


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The confirmation goes here."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(label=_("Phone"), required=False, widget=forms.TextInput(attrs={"autocomplete": "tel"}))
    service = forms.ChoiceField(label=_("Service"), choices=[("1", "Deep tissue massage"), ("2", "Hot stone")])
    notes = forms.CharField(label=_("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    focus = forms.MultipleChoiceField(
        label=_("Areas to focus on"),
        choices=[("neck", "Neck"), ("back", "Lower back"), ("legs", "Legs")],
        widget=forms.CheckboxSelectMultiple,
    )
    pressure = forms.ChoiceField(
        label=_("Pressure"), choices=[("soft", "Soft"), ("firm", "Firm")], widget=forms.RadioSelect, required=False
    )
    accept = forms.BooleanField(label=_("I accept the cancellation policy"))


def context() -> dict[str, Any]:
    """Everything the sample pages read."""
    start = datetime(2026, 11, 12, 15, 30, tzinfo=UTC)
    return {
        "business": Studio(),
        "platform_url": "https://daybook.example/",
        "zone": ZONE,
        "now": datetime(2026, 11, 11, 16, 40, tzinfo=UTC),
        "start": start,
        "end": start + timedelta(hours=1),
        "weekdays": [
            (name[:3], name) for name in ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
        ],
        "weeks": [[_day(day) for day in week] for week in calendar.Calendar(6).monthdatescalendar(2026, 11)],
        "times": TIMES,
        "people": [("Ana Duarte", "p-teal"), ("Marco Vitale", "p-orange"), ("Lena Fischer", "p-violet")],
        "hues": ("teal", "blue", "violet", "pink", "orange", "green", "gold", "slate"),
        "statuses": tuple(badges.BADGES),
        "nav": _nav(),
        "columns": _columns(),
        "hours": ("8 am", "9 am", "10 am", "11 am", "Noon", "1 pm", "2 pm", "3 pm", "4 pm", "5 pm", "6 pm", "7 pm"),
        "revenue": [
            {"label": f"{i + 1} Oct", "value": v, "text": f"${v}", "second": v // 9 if i % 5 == 1 else 0}
            for i, v in enumerate(_REVENUE)
        ],
    }


_REVENUE = (
    620,
    840,
    430,
    910,
    1180,
    720,
    0,
    760,
    905,
    560,
    1040,
    1290,
    880,
    0,
    540,
    830,
    960,
    1120,
    1340,
    790,
    0,
    690,
    980,
    1075,
    1210,
    1460,
    905,
    0,
)
_EVENTS = (
    (0, "teal", "09:00", 60, "Ruth Adeyemi", "Deep tissue", "completed", 1, 1),
    (0, "orange", "09:30", 60, "Tom Becker", "Sports recovery", "completed", 2, 1),
    (0, "teal", "10:30", 90, "Grace Liu", "Hot stone, 90", "completed", 1, 2),
    (0, "orange", "14:30", 60, "Dev Patel", "Deep tissue", "no_show", 1, 2),
    (1, "teal", "08:30", 60, "Omar Haddad", "Swedish", "completed", 1, 1),
    (1, "teal", "17:00", 60, "Hugo Martin", "Swedish", "cancelled", 1, 1),
    (2, "violet", "11:00", 60, "Yuki Tanaka", "Deep tissue", "checked_in", 1, 1),
    (2, "orange", "14:30", 60, "Amira Khan", "Hot stone", "pending", 1, 1),
    (3, "teal", "10:30", 60, "Nadia Okafor", "Deep tissue", "confirmed", 1, 1),
    (3, "slate", "17:00", 60, "Dentist", "Google Calendar", "busy", 1, 1),
    (4, "teal", "13:30", 30, "Zoe Park", "Chair, 30", "confirmed", 1, 1),
    (4, "gold", "15:00", 60, "Nina Rossi", "Deep tissue", "confirmed", 1, 1),
    (5, "pink", "10:00", 60, "Emil Sørensen", "Swedish", "confirmed", 1, 1),
)


def _day(value: date) -> dict[str, Any]:
    inside = value.month == 11
    free = inside and value > TODAY and value.weekday() != 6 and value.day not in (11, 26, 27)
    return {
        "date": value,
        "inside": inside,
        "free": free,
        "chosen": value == CHOSEN,
        "today": value == TODAY,
        "times": 4 + value.day % 5,
    }


def _nav() -> list[dict[str, Any]]:
    rows = (
        ("house", "Home", "", 0),
        ("calendar-days", "Calendar", "", 0),
        ("list-checks", "Appointments", "", 2),
        ("users", "Clients", "", 0),
        ("sparkles", "Services", "Setup", 0),
        ("contact", "Team", "Setup", 0),
        ("clock", "Availability", "Setup", 0),
        ("code-xml", "Booking page", "Setup", 0),
        ("settings", "Settings", "Business", 0),
    )
    return [
        {
            "icon": icon,
            "label": label,
            "short": "Bookings" if label == "Appointments" else label,
            "url": "#",
            "section": section,
            "count": count,
            "current": label == "Calendar",
        }
        for icon, label, section, count in rows
    ]


def _columns() -> list[dict[str, Any]]:
    monday = date(2026, 11, 9)
    return [
        {
            "date": monday + timedelta(days=i),
            "today": i == 2,
            "load": (35, 35, 40, 38, 32, 94, 0)[i],
            "lanes": 2 if i == 0 else 1,
            "off": [(0, 144)] if i == 6 else [(0, 6), (126, 144)],
            "events": [_event(row) for row in _EVENTS if row[0] == i],
        }
        for i in range(7)
    ]


def _event(row: tuple[int, str, str, int, str, str, str, int, int]) -> dict[str, Any]:
    column, hue, clock, minutes, who, what, status, lane, span = row
    begin = time.fromisoformat(clock)
    first = (begin.hour - 8) * 12 + begin.minute // 5
    start = datetime.combine(date(2026, 11, 9 + column), begin, tzinfo=ZoneInfo(ZONE))
    return {
        "hue": f"p-{hue}", "a": first, "b": first + minutes // 5, "lane": lane, "span": span, "who": who, "what": what,
        "status": status, "start": start, "end": start + timedelta(minutes=minutes), "small": minutes <= 35,
    }  # fmt: skip
