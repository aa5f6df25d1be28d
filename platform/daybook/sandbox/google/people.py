"""Whom the demo's Google knows, and what stands in their calendars already."""

from datetime import datetime, timedelta

from daybook.sandbox.google.control import Control

ANA, ROSA = "ana.duarte@gmail.example", "rosa.marin@gmail.example"


def move_in(control: Control) -> None:
    """Two people of the demo business with a calendar of their own each, and one they share."""
    control.add_user(ANA, "Ana Duarte")
    control.add_user(ROSA, "Rosa Marín")
    family = control.add_calendar(ANA, "Family")
    control.share(family, ROSA, "reader")
    monday = control.world.now()
    monday = (monday - timedelta(days=monday.weekday())).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    lunch = "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=40"
    add(control, ANA, "Lunch with Sam", monday + timedelta(days=1, hours=12), 60, [lunch])
    add(control, ANA, "Dentist", monday + timedelta(days=9, hours=15), 90)
    add(control, ROSA, "School play", monday + timedelta(days=10, hours=9), 120)
    day = (monday + timedelta(days=12)).date()
    control.user_edits_event(
        *(ANA, "create", "", family),
        start=day.isoformat(),
        end=(day + timedelta(days=2)).isoformat(),
        summary="Weekend trip",
    )


def add(
    control: Control, email: str, summary: str, start: datetime, minutes: int, rules: list[str] | None = None
) -> None:
    """An event in the user's own calendar, at local time."""
    end = start + timedelta(minutes=minutes)
    zone = control.world.users[email].time_zone
    first, last = ({"dateTime": moment.isoformat(), "timeZone": zone} for moment in (start, end))
    control.user_edits_event(email, "create", summary=summary, start=first, end=last, recurrence=rules)
