"""What keeps staff from a start that clients are not offered: the rules, and appointments that are there."""

from dataclasses import dataclass, replace

from scheduling.domain import slots
from scheduling.domain.calendars import Calendar, Kind, Session


@dataclass(frozen=True, slots=True)
class Hindrances:
    """`rule`: `outside_hours` or `calendar`; `clash`: `full`, `held` or `booked`; empty where nothing hinders.

    Each needs a permission of its own: to book outside the hours, and on top of another appointment.
    """

    rule: str
    clash: str


def hindrances(calendar: Calendar, start: int, now: float, session: Session | None) -> Hindrances:
    """Both for a start (epoch minutes), which may join `session`. The calendar must know `taken` in full."""
    spec = calendar.spec
    low, high = start - spec.before, start + spec.duration + spec.after
    hits = [t for t in calendar.taken if t.occupied_start < high and low < t.occupied_end]
    rule = ""
    if not slots.offered(_by_rules_alone(calendar, session), start, now):
        rule = "calendar" if any(t.kind is Kind.OUTSIDE for t in hits) else "outside_hours"
    if session is not None and session.seats_taken >= spec.capacity:
        return Hindrances(rule, "full")
    if (clash := next((t for t in hits if t.kind is not Kind.OUTSIDE), None)) is not None:
        return Hindrances(rule, "held" if clash.kind is Kind.HELD else "booked")
    beside = any(s.occupied_start < high and low < s.occupied_end for s in calendar.sessions if s is not session)
    return Hindrances(rule, "booked" if beside else "")


def _by_rules_alone(calendar: Calendar, session: Session | None) -> Calendar:
    """The calendar as it would be without appointments; a session that is there has its time by right."""
    outside = [(t.occupied_start, t.occupied_end) for t in calendar.taken if t.kind is Kind.OUTSIDE]
    return replace(calendar, busy=outside, sessions=() if session is None else (session._replace(seats_taken=0),))
