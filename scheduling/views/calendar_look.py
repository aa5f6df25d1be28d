"""Which part of the calendar is looked at: what stands in its address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
DAY, WEEK, MONTH, LIST = "day", "week", "month", "list"
VIEWS = (DAY, WEEK, MONTH, LIST)
LIST_DAYS = 14


@dataclass(frozen=True, slots=True)
class Look:
    """A view of local dates around `day`, perhaps `only` of some providers."""

    view: str
    day: date
    only: tuple[UUID, ...] = ()

    @classmethod
    def of(cls, address: QueryDict, today: date) -> Look:
        """`view=day|week|month|list&date=…&with=…`; nonsense means this week of everybody."""
        view = address.get("view", "")
        return cls(view if view in VIEWS else WEEK, _date(address.get("date", ""), today), _ids(address))

    @property
    def first(self) -> date:
        """The first date shown: a month begins with the Monday of its first week."""
        if self.view in (DAY, LIST):
            return self.day
        start = self.day.replace(day=1) if self.view == MONTH else self.day
        return start - timedelta(days=start.weekday())

    @property
    def last(self) -> date:
        """The last date shown."""
        if self.view == DAY:
            return self.day
        if self.view == LIST:
            return self.day + timedelta(days=LIST_DAYS - 1)
        end = _next_month(self.day) - timedelta(days=1) if self.view == MONTH else self.day
        return end + timedelta(days=6 - end.weekday())

    @property
    def days(self) -> list[date]:
        """Every date shown."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> Look:
        """One step back."""
        if self.view == MONTH:
            return replace(self, day=(self.day.replace(day=1) - timedelta(days=1)).replace(day=1))
        return replace(self, day=self.day - self._step)

    @property
    def after(self) -> Look:
        """One step on."""
        return replace(self, day=_next_month(self.day) if self.view == MONTH else self.day + self._step)

    @property
    def _step(self) -> timedelta:
        return timedelta(days={DAY: 1, WEEK: 7}.get(self.view, LIST_DAYS))

    @property
    def query(self) -> str:
        """As it stands in an address."""
        only = [str(one) for one in self.only]
        return urlencode({"view": self.view, "date": self.day.isoformat(), "with": only}, doseq=True)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"{reverse('calendar')}?{self.query}"


def _date(text: str, today: date) -> date:
    try:
        wanted = date.fromisoformat(text)
    except ValueError:
        return today
    return wanted if FIRST <= wanted <= LAST else today


def _ids(address: QueryDict) -> tuple[UUID, ...]:
    found = []
    for text in address.getlist("with")[:50]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(found)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
