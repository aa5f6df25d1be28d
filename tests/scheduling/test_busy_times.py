"""Busy times of outside calendars: kept apart by their source, replaced without a moment in which they are missing."""

from datetime import timedelta

import pytest

from scheduling.models import BusyTime
from scheduling.services.busy import Busy, add_busy, forget_busy, forget_past, replace_busy
from tenants.models import Business
from tests.factories import at, make_provider

NINE, TEN, ELEVEN = (at(f"2027-06-07T{hour:02}:00:00Z") for hour in (9, 10, 11))


def spans(source: str) -> list[tuple[str, str, str]]:
    rows = BusyTime.objects.filter(source=source).order_by("starts_at")
    return [(f"{row.starts_at:%H:%M}", f"{row.ends_at:%H:%M}", row.external_id) for row in rows]


def test_times_are_widened_to_whole_minutes_and_empty_ones_left_out(business: Business) -> None:
    ana = make_provider(business)
    part = timedelta(seconds=20)
    replace_busy(provider_id=ana.pk, source="a", times=[Busy(NINE + part, TEN + part, "e"), Busy(TEN, TEN, "nothing")])
    assert spans("a") == [("09:00", "10:01", "e")]


def test_a_set_is_replaced_by_the_difference_and_says_what_is_new(business: Business) -> None:
    ana = make_provider(business)
    replace_busy(provider_id=ana.pk, source="a", times=[Busy(NINE, TEN, "stays"), Busy(TEN, ELEVEN, "goes")])
    replace_busy(provider_id=ana.pk, source="b", times=[Busy(NINE, TEN, "other")])
    kept = BusyTime.objects.get(external_id="stays").pk
    added = replace_busy(provider_id=ana.pk, source="a", times=[Busy(NINE, TEN, "stays"), Busy(NINE, ELEVEN, "new")])
    assert added == [Busy(NINE, ELEVEN, "new")]
    assert spans("a") == [("09:00", "10:00", "stays"), ("09:00", "11:00", "new")]
    assert spans("b") == [("09:00", "10:00", "other")]
    assert BusyTime.objects.get(external_id="stays").pk == kept


def test_some_events_of_a_source_can_be_replaced_alone(business: Business) -> None:
    ana = make_provider(business)
    replace_busy(provider_id=ana.pk, source="a", times=[Busy(NINE, TEN, "one"), Busy(TEN, ELEVEN, "two")])
    replace_busy(provider_id=ana.pk, source="a", times=[Busy(TEN, ELEVEN, "one")], events=["one", "gone"])
    assert sorted(spans("a")) == [("10:00", "11:00", "one"), ("10:00", "11:00", "two")]


def test_what_is_refused_at_the_end_leaves_everything_as_it_was(business: Business) -> None:
    ana = make_provider(business)
    replace_busy(provider_id=ana.pk, source="a", times=[Busy(NINE, TEN, "one")])

    def refuse(added: list[Busy]) -> None:
        raise RuntimeError("crash")

    with pytest.raises(RuntimeError):
        replace_busy(provider_id=ana.pk, source="a", times=[], finish=refuse)
    assert spans("a") == [("09:00", "10:00", "one")]


def test_a_source_can_be_forgotten_whole_or_where_it_is_past(business: Business) -> None:
    ana = make_provider(business)
    replace_busy(provider_id=ana.pk, source="a", times=[Busy(NINE, TEN, "one"), Busy(TEN, ELEVEN, "two")])
    add_busy(provider_id=ana.pk, start=NINE, end=TEN, source="b")
    forget_past(provider_id=ana.pk, source="a", before=ELEVEN)
    assert spans("a") == [("10:00", "11:00", "two")]
    forget_busy(provider_id=ana.pk, source="a")
    assert (spans("a"), len(spans("b"))) == ([], 1)
