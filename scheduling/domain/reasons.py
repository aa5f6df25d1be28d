"""Why a time is closed. The engine decides whether; this only finds words for it."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cached_property

from scheduling.domain.calendars import Calendar, Kind, Session, Taken
from scheduling.domain.spans import Span, covers, joined, touches


class Reason(StrEnum):
    """In the order in which they are tried; the first match is given."""

    OUTSIDE_HOURS = "outside_hours"
    BLOCKED = "blocked"
    HORIZON = "horizon"
    NOTICE = "notice"
    BOOKED = "booked"
    BUFFER = "buffer"
    HELD = "held"
    CALENDAR = "calendar"
    FULL = "full"
    DAILY_CAP = "daily_cap"


_RANK = {reason: rank for rank, reason in enumerate(Reason)}


class Closings:
    """What closes the times of one provider's calendar, for starts that the engine does not offer."""

    def __init__(self, calendar: Calendar, now: float) -> None:
        self.calendar = calendar
        self._earliest = calendar.earliest_start(now)
        self._horizon = calendar.horizon_end(now)
        self._capped = calendar.capped_days()
        self._sessions = {session.start: session for session in calendar.sessions}

    def end(self, start: int) -> int:
        """The end of the appointment, or of the session, that a start would give."""
        session = self._sessions.get(start)
        return session.end if session else start + self.calendar.spec.duration

    def reason(self, start: int) -> Reason:
        """The first reason that closes this start. A time off the grid that nothing else closes is outside hours."""
        return next(self._tried(start), Reason.OUTSIDE_HOURS)

    def reasons(self, start: int) -> tuple[Reason, ...]:
        """Everything that closes this start, in the order of the reasons; none: it is free, or off the grid."""
        return tuple(self._tried(start))

    def _tried(self, start: int) -> Iterator[Reason]:
        session = self._sessions.get(start)
        spec, opening = self.calendar.spec, self.calendar.opening
        own = (start, self.end(start))
        occupied = (
            (session.occupied_start, session.occupied_end) if session else (start - spec.before, own[1] + spec.after)
        )
        if session is None and not covers(opening.open, *(occupied if spec.buffers_within_hours else own)):
            yield Reason.OUTSIDE_HOURS
        if touches(opening.blocks, *occupied):
            yield Reason.BLOCKED
        if start >= self._horizon:
            yield Reason.HORIZON
        if start < self._earliest:
            yield Reason.NOTICE
        yield from self._taken(own, occupied, session)
        if session is not None:
            if session.seats_taken >= spec.capacity:
                yield Reason.FULL
        elif touches(self._capped, start, start + 1):
            yield Reason.DAILY_CAP

    def _taken(self, own: Span, occupied: Span, session: Session | None) -> Iterator[Reason]:
        layers = self._layers if session is None else _layers(self.calendar, besides=session)
        if touches(layers[Reason.BOOKED], *own):
            yield Reason.BOOKED
        if touches(layers[Reason.BUFFER], *occupied) and self._is_beside(own, occupied, session):
            yield Reason.BUFFER
        yield from (reason for reason in (Reason.HELD, Reason.CALENDAR) if touches(layers[reason], *occupied))

    def _is_beside(self, own: Span, occupied: Span, session: Session | None) -> bool:
        """Whether an appointment comes too close to a start without taking its own time."""
        others = [(t.start, t.end, t.occupied_start, t.occupied_end) for t in _booked(self.calendar)]
        others += [
            (s.start, s.end, s.occupied_start, s.occupied_end) for s in self.calendar.sessions if s is not session
        ]
        return any(
            low < occupied[1] and occupied[0] < high and not (start < own[1] and own[0] < end)
            for start, end, low, high in others
        )

    @cached_property
    def _layers(self) -> dict[Reason, tuple[Span, ...]]:
        return _layers(self.calendar, besides=None)


def _layers(calendar: Calendar, *, besides: Session | None) -> dict[Reason, tuple[Span, ...]]:
    """What is taken, by the reason it gives: appointments' own times, their occupied ranges, holds, outside times."""
    taken, booked = calendar.taken, _booked(calendar)
    sessions = [session for session in calendar.sessions if session is not besides]
    return {
        Reason.BOOKED: joined([(t.start, t.end) for t in booked] + [(s.start, s.end) for s in sessions]),
        Reason.BUFFER: joined(
            [(t.occupied_start, t.occupied_end) for t in booked]
            + [(s.occupied_start, s.occupied_end) for s in sessions]
        ),
        Reason.HELD: _occupied(taken, Kind.HELD),
        Reason.CALENDAR: _occupied(taken, Kind.OUTSIDE),
    }


def _booked(calendar: Calendar) -> list[Taken]:
    """The appointments that keep the calendar busy; what is only known as busy counts as one."""
    taken = calendar.taken or [Taken(start, end, Kind.BOOKED, start, end) for start, end in calendar.busy]
    return [t for t in taken if t.kind == Kind.BOOKED]


def _occupied(taken: Iterable[Taken], kind: Kind) -> tuple[Span, ...]:
    return joined((t.occupied_start, t.occupied_end) for t in taken if t.kind == kind)


def furthest(closings: Sequence[Closings], start: int) -> Reason:
    """The reason of the provider whom the fewest things keep from this start; at least one is needed."""
    return max((closing.reason(start) for closing in closings), key=_RANK.__getitem__)
