"""The calendar's columns: what `selectors.calendar` found, as positions on a grid of five-minute rows."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import formats
from scheduling.domain.day_grid import ROW, gaps, lanes, length, pieces, skipped, window
from scheduling.domain.spans import Span, joined
from scheduling.domain.zones import floor_minute, local_date, local_minute
from scheduling.enums import Status
from scheduling.selectors.explain import block_spans

if TYPE_CHECKING:
    from scheduling.models import Appointment, BusyTime, DateOverride, Provider
    from scheduling.selectors.calendar import Shown

SMALL_ROWS = 7
LEAST_ROWS = 3
BOOKED = (Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)
MOVABLE = (Status.CONFIRMED, Status.PENDING_APPROVAL)
CSS = {Status.PENDING_APPROVAL: "pending"}


@dataclass(frozen=True, slots=True)
class Item:
    """Something that takes time: an appointment, a class session, a busy time or a block. Without `url`: no link.

    `before`, `after`: buffers in minutes. `booked`: minutes that count for the load. `pk`: of a single appointment or a
    block; `session`: of a class session. `drop`: the address that a drop is asked of, if whoever looks may move it.
    `seats`: appointments that it stands for.
    """

    start: datetime
    end: datetime
    who: str
    what: str
    status: str
    hue: str
    provider: UUID | None
    provider_name: str = ""
    url: str = ""
    before: int = 0
    after: int = 0
    booked: int = 0
    pk: UUID | None = None
    kind: str = "appointment"
    session: UUID | None = None
    drop: str = ""
    seats: int = 1
    phone: str = ""
    notes: str = ""

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.end - self.start).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class Event:
    """The part of an item on one local date: rows `a` to `b`, its lane and how many it spans, its buffers' rows."""

    item: Item
    first: int
    last: int
    continues: bool
    a: int = 0
    b: int = 0
    lane: int = 1
    span: int = 1
    buffers: tuple[Span, ...] = ()

    @property
    def small(self) -> bool:
        """Whether there is room for one line only."""
        return self.b - self.a <= SMALL_ROWS

    @property
    def movable(self) -> bool:
        """Whether it may be dragged: by its beginning, not by what is left of it on the next date."""
        return bool(self.item.drop) and not self.continues

    @property
    def resizable(self) -> bool:
        """Whether its end may be dragged: where the end is in sight. Seats last as long as their class."""
        return self.movable and self.item.session is None and self.last - self.first == self.item.minutes


@dataclass(slots=True)
class Column:
    """A local date, of everybody or of one provider."""

    day: date
    today: bool
    person: Provider | None
    opened: list[Span]
    events: list[Event]
    load: int | None
    lanes: int = 1
    off: list[Span] = field(default_factory=list)
    now_row: int | None = None

    @property
    def hours(self) -> str:
        """From when to when it is open, in short."""
        if not self.opened:
            return _("Closed")
        clocks = (_clock(minute) for minute in (self.opened[0][0], self.opened[-1][1]))
        return " \N{EN DASH} ".join(clocks)

    @property
    def bar(self) -> int:
        """The width of the load's bar, at most 100."""
        return min(100, self.load or 0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns over a common window of the day; `hours` are the labels beside it."""

    columns: list[Column]
    rows: int
    hours: list[str]
    low: int


@dataclass(frozen=True, slots=True)
class Hands:
    """What whoever looks at the calendar may change: appointments and hours of everybody or of one provider."""

    every_appointment: bool = False
    every_hour: bool = False
    own_appointments: UUID | None = None
    own_hours: UUID | None = None

    def may_move(self, provider: UUID) -> bool:
        """An appointment of this provider."""
        return self.every_appointment or provider == self.own_appointments

    def may_block(self, provider: UUID | None) -> bool:
        """Time of this provider, or (None) of everybody."""
        return self.every_hour or (provider is not None and provider == self.own_hours)


def items(shown: Shown, *, zone: str, now: datetime, hands: Hands = Hands()) -> list[Item]:
    """Everything that takes time, by start."""
    hues = {person.pk: person.hue for person in shown.people}
    found = [*_appointments(shown.appointments, zone, now, hands), *(_busy(row, hues) for row in shown.busy)]
    return sorted(found, key=lambda item: (item.start, item.end))


def with_blocks(shown: Shown, *, zone: str, now: datetime, hands: Hands = Hands()) -> list[Item]:
    """Everything that takes time, blocked hours too, by start."""
    found = [*items(shown, zone=zone, now=now, hands=hands), *_blocks(shown, zone, hands)]
    return sorted(found, key=lambda item: (item.start, item.end))


def grid(shown: Shown, *, zone: str, days: list[date], by_person: bool, now: datetime, hands: Hands = Hands()) -> Grid:
    """A column for each date, or for each provider on one date."""
    everything = with_blocks(shown, zone=zone, now=now, hands=hands)
    columns = [
        _column(shown, everything, zone, day, person, now)
        for day in days
        for person in (shown.people if by_person else [None])
    ]
    low, high = window(
        [span for column in columns for span in column.opened],
        [(event.first, event.last) for column in columns for event in column.events],
    )
    for column in columns:
        _place(column, low, high, zone, now)
    return Grid(columns, (high - low) // ROW, [_hour(hour) for hour in range(low // 60, high // 60)], low)


def agenda(everything: list[Item], *, zone: str, day: date, now: datetime) -> list[Item | None]:
    """Of these items those of a local date; None stands where the present is."""
    ordinal = day.toordinal()
    found: list[Item | None] = [
        item
        for item in everything
        if any(
            piece.day == ordinal
            for piece in pieces(zone, floor_minute(item.start), -(-int(item.end.timestamp()) // 60))
        )
    ]
    if found and ordinal == local_date(zone, floor_minute(now)):
        past = sum(item is not None and item.start <= now for item in found)
        found.insert(past, None)
    return found


def _column(
    shown: Shown, everything: list[Item], zone: str, day: date, person: Provider | None, now: datetime
) -> Column:
    ordinal = day.toordinal()
    people = [person] if person else shown.people
    spans = [shown.opened[one.pk] for one in people]
    opened = joined(
        (piece.start, piece.end)
        for each in spans
        for start, end in each
        for piece in pieces(zone, start, end)
        if piece.day == ordinal
    )
    events = [
        Event(item, piece.start, piece.end, continues=local_date(zone, floor_minute(item.start)) != ordinal)
        for item in everything
        if person is None or item.provider in (None, person.pk)
        for piece in pieces(zone, floor_minute(item.start), -(-int(item.end.timestamp()) // 60))
        if piece.day == ordinal
    ]
    return Column(
        day=day,
        today=ordinal == local_date(zone, floor_minute(now)),
        person=person,
        opened=list(opened),
        events=events,
        load=load(zone, ordinal, spans, sum(event.item.booked for event in events if not event.continues)),
    )


def load(zone: str, day: int, opened: Iterable[Iterable[Span]], booked: int) -> int | None:
    """Booked minutes in percent of the open ones of all on a local date; None: closed."""
    midnight = local_minute(zone, day, 0)
    end = midnight + length(zone, day)
    minutes = sum(max(0, min(stop, end) - max(start, midnight)) for each in opened for start, stop in each)
    return round(100 * booked / minutes) if minutes else None


def _place(column: Column, low: int, high: int, zone: str, now: datetime) -> None:
    """Give everything in the column its rows and lanes."""
    placed = [_rows(event, low, high) for event in column.events]
    column.lanes, places = lanes([(event.a, event.b) for event in placed])
    column.events = [
        replace(event, lane=place.lane, span=place.span) for event, place in zip(placed, places, strict=True)
    ]
    holes = skipped(zone, column.day.toordinal())
    column.off = [
        ((start - low) // ROW, -(-(end - low) // ROW))
        for start, end in joined([*gaps(column.opened, low, high), *holes])
    ]
    if column.today:
        minute = next(pieces(zone, floor_minute(now), floor_minute(now) + 1)).start
        column.now_row = (minute - low) // ROW if low <= minute < high else None


def _rows(event: Event, low: int, high: int) -> Event:
    a, b = (event.first - low) // ROW, -(-(event.last - low) // ROW)
    most = (high - low) // ROW
    b = max(b, a + LEAST_ROWS)
    if b > most:
        a, b = max(0, min(a, most - LEAST_ROWS)), most
    before, after = -(-event.item.before // ROW), -(-event.item.after // ROW)
    buffers = [(max(0, a - before), a)] if before and a and not event.continues else []
    if after and b < most:
        buffers.append((b, min(most, b + after)))
    return replace(event, a=a, b=b, buffers=tuple(buffers))


def _appointments(rows: Iterable[Appointment], zone: str, now: datetime, hands: Hands) -> Iterator[Item]:
    """Seats of a class session are one item."""
    single = [row for row in rows if row.capacity == 1]
    seats = sorted((row for row in rows if row.capacity > 1), key=lambda row: str(row.block_id))
    for row in single:
        item = _item(row, _who(row), row.service_name, reverse("appointment", args=[row.pk]))
        yield replace(item, pk=row.pk, drop=_drop([row], hands), phone=row.client_phone, notes=row.notes)
    for block, found in groupby(seats, key=lambda row: row.block_id):
        session = list(found)
        first = session[0]
        taken = _("%(taken)s of %(seats)s") % {"taken": len(session), "seats": first.capacity}
        item = _item(first, first.service_name, taken, _session_url(first, zone, now))
        yield replace(item, kind="session", seats=len(session), session=block, drop=_drop(session, hands))


def _drop(rows: list[Appointment], hands: Hands) -> str:
    """Where a drop of these is asked about: of one that can be moved; a session is named, for its seats come and go."""
    row = next((row for row in rows if row.status in MOVABLE and hands.may_move(row.provider_id)), None)
    if row is None:
        return ""
    address = reverse("calendar_move", args=[row.pk])
    return f"{address}?{urlencode({'session': str(row.block_id)})}" if row.capacity > 1 else address


def _who(row: Appointment) -> str:
    """The client; of a held time for whom it is kept, if for anybody."""
    if row.status == Status.HELD and row.client_name:
        return _("Offered to %(name)s") % {"name": row.client_name}
    return row.client_name or _("Held")


def _item(row: Appointment, who: str, what: str, url: str) -> Item:
    status = CSS.get(Status(row.status), row.status)
    return Item(
        start=row.starts_at,
        end=row.ends_at,
        who=who,
        what=what,
        status="checked_in" if row.checked_in_at and row.status == Status.CONFIRMED else status,
        hue=f"p-{row.provider.hue}",
        provider=row.provider_id,
        provider_name=row.provider_name,
        url=url,
        before=row.buffer_before_minutes,
        after=row.buffer_after_minutes,
        booked=row.duration_minutes if row.status in BOOKED else 0,
    )


def _session_url(row: Appointment, zone: str, now: datetime) -> str:
    """The seats of a class: the list of that local date, under the tab where they are."""
    day = date.fromordinal(local_date(zone, floor_minute(row.starts_at))).isoformat()
    ahead = row.ends_at > now and row.status in (Status.CONFIRMED, Status.PENDING_APPROVAL)
    query = {"tab": "upcoming" if ahead else "past", "service": str(row.service_id)}
    query |= {"provider": str(row.provider_id), "since": day, "until": day}
    return f"{reverse('appointments')}?{urlencode(query)}"


def _busy(row: BusyTime, hues: dict[UUID, str]) -> Item:
    return Item(
        start=row.starts_at,
        end=row.ends_at,
        who=row.title or _("Busy"),
        what=_("Outside calendar"),
        status="busy",
        kind="busy",
        hue=f"p-{hues.get(row.provider_id, 'slate')}",
        provider=row.provider_id,
    )


def _blocks(shown: Shown, zone: str, hands: Hands) -> Iterator[Item]:
    """Closed hours within a day that somebody noted; whole closed dates are hatched, no more."""
    names = {person.pk: person.name for person in shown.people}
    for row in shown.blocks:
        if row.start_minute is None or row.end_minute is None:
            continue
        own = row.provider.timezone if row.provider else None
        for start, end in block_spans(row, own or zone, shown.first, shown.last):
            yield _block(row, start, end, names, may_change=hands.may_block(row.provider_id))


def _block(row: DateOverride, start: int, end: int, names: dict[UUID, str], *, may_change: bool) -> Item:
    begin, stop = (datetime.fromtimestamp(minute * 60, UTC) for minute in (start, end))
    what = names.get(row.provider_id, "") if row.provider_id else _("Everybody")
    url = reverse("calendar_block", args=[row.pk]) if may_change else ""
    return Item(
        begin, stop, row.note or _("Closed"), what, "busy", "p-slate", row.provider_id, url=url, pk=row.pk, kind="block"
    )


def _clock(minute: int) -> str:
    moment = datetime(2000, 1, 1, minute // 60 % 24, minute % 60, tzinfo=UTC)
    return formats.clock(moment, "UTC", get_language())


def _hour(hour: int) -> str:
    if hour == 12 and formats.locale_of(get_language()).language == "en":
        return _("Noon")
    return _clock(hour * 60).replace(":00 ", " ")


def totals(shown: Shown, zone: str, day: date | None = None, *, month: date | None = None) -> dict[str, Any]:
    """Appointments, what they cost per currency, and requests: of all dates, of one, or of one month."""
    rows = [row for row in shown.appointments if row.status != Status.HELD]
    if day is not None:
        rows = [row for row in rows if local_date(zone, floor_minute(row.starts_at)) == day.toordinal()]
    if month is not None:
        first = month.replace(day=1).toordinal()
        end = first + monthrange(month.year, month.month)[1]
        rows = [row for row in rows if first <= local_date(zone, floor_minute(row.starts_at)) < end]
    money: dict[str, int] = {}
    for row in rows:
        if row.status != Status.NO_SHOW:
            money[row.currency] = money.get(row.currency, 0) + row.price
    return {
        "count": len(rows),
        "money": [(amount, currency) for currency, amount in sorted(money.items()) if amount],
        "waiting": sum(row.status == Status.PENDING_APPROVAL for row in rows),
    }
