"""When an event keeps somebody busy, and what a change of ours means: tables of values, no Google."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from calendarsync.domain.changes import Booked, Verdict, judge
from calendarsync.domain.events import Outside, Rules, busy, event_id, key_of, made_by_us, whole_minutes

TEN, ELEVEN, NOON = (datetime(2027, 6, 7, hour, tzinfo=UTC) for hour in (10, 11, 12))
BUSINESS, BLOCK = UUID(int=1), UUID(int=2)
HOURS: dict[str, Any] = {"start": TEN, "end": ELEVEN}


@pytest.mark.parametrize(
    ("facts", "closes"),
    [
        ({}, True),
        ({"cancelled": True}, False),
        ({"free": True}, False),
        ({"repeats": True}, False),
        ({"reply": "declined"}, False),
        ({"reply": "accepted"}, True),
        ({"reply": "tentative"}, True),
        ({"reply": "needsAction"}, True),
        ({"kind": "workingLocation"}, False),
        ({"kind": "birthday"}, False),
        ({"kind": "outOfOffice"}, True),
        ({"kind": "focusTime"}, True),
        ({"kind": "fromGmail"}, True),
        ({"kind": "fromGmail", "free": True}, False),
        ({"kind": "outOfOffice", "free": True}, False),
        ({"end": TEN}, False),
        ({"end": None}, False),
    ],
)
def test_hc145_what_closes_a_time(facts: dict[str, Any], closes: bool) -> None:
    assert (busy(Outside("e", **{**HOURS, **facts}), "UTC", Rules()) is not None) is closes


@pytest.mark.parametrize("reply", ["tentative", "needsAction"])
def test_unanswered_invitations_can_be_chosen_to_be_free(reply: Any) -> None:
    assert busy(Outside("e", reply=reply, **HOURS), "UTC", Rules(tentative_is_busy=False)) is None


def test_focus_time_can_be_chosen_to_be_free() -> None:
    assert busy(Outside("e", kind="focusTime", **HOURS), "UTC", Rules(focus_is_busy=False)) is None


@pytest.mark.parametrize(
    ("zone", "first", "last", "start", "end"),
    [
        ("UTC", date(2027, 6, 7), date(2027, 6, 8), "2027-06-07T00:00+00:00", "2027-06-08T00:00+00:00"),
        ("America/New_York", date(2027, 6, 7), date(2027, 6, 9), "2027-06-07T04:00+00:00", "2027-06-09T04:00+00:00"),
        # the days on which the clock is changed are 23 and 25 hours long
        ("Europe/Berlin", date(2027, 3, 28), date(2027, 3, 29), "2027-03-27T23:00+00:00", "2027-03-28T22:00+00:00"),
        ("Europe/Berlin", date(2027, 10, 31), date(2027, 11, 1), "2027-10-30T22:00+00:00", "2027-10-31T23:00+00:00"),
    ],
)
def test_g20_all_day_counts_in_the_calendar_s_zone_without_its_last_day(
    zone: str, first: date, last: date, start: str, end: str
) -> None:
    found = busy(Outside("e", first=first, last=last), zone, Rules())
    assert found == (datetime.fromisoformat(start), datetime.fromisoformat(end))


def test_ids_follow_from_block_calendar_and_generation() -> None:
    ids = {event_id(BUSINESS, BLOCK, name, number) for name in ("a", "b") for number in range(3)}
    assert len(ids) == 6
    assert event_id(BUSINESS, BLOCK, "a", 0) == event_id(BUSINESS, BLOCK, "a", 0)
    assert all(set(one) <= set("0123456789abcdefghijklmnopqrstuv") for one in ids)


def test_hc156_an_event_is_known_again_by_its_id_alone_and_only_by_its_business() -> None:
    mine = Outside(event_id(BUSINESS, BLOCK, "a", 3), block=str(BLOCK))
    assert made_by_us(mine, BUSINESS, "a") == BLOCK
    assert made_by_us(mine, UUID(int=9), "a") is None
    assert made_by_us(mine, BUSINESS, "b") is None
    copy = Outside("sbx123", block=str(BLOCK))
    assert made_by_us(copy, BUSINESS, "a") is None
    assert made_by_us(Outside("e", block="<nonsense>"), BUSINESS, "a") is None


def test_long_ids_are_kept_as_digests() -> None:
    assert key_of("e" * 300) == "e" * 300
    assert len(key_of("e" * 301)) == 64


def test_seconds_are_dropped_and_the_length_kept() -> None:
    part = timedelta(seconds=40)
    assert whole_minutes((TEN + part, ELEVEN + part)) == (TEN, ELEVEN)
    assert whole_minutes((TEN, TEN + timedelta(seconds=10))) is None


LATER = {"start": NOON, "end": NOON + timedelta(hours=1)}
DAYS: dict[str, Any] = {"start": None, "end": None, "first": date(2027, 6, 7), "last": date(2027, 6, 8)}


@pytest.mark.parametrize(
    ("event", "booked", "apply", "verdict"),
    [
        ({"etag": "ours"}, {}, True, Verdict.NOTHING),
        ({}, {}, True, Verdict.NOTHING),  # another version, the same time: its colour, its words
        (LATER, {}, True, Verdict.MOVE),
        (LATER, {}, False, Verdict.ASK_MOVED),
        (LATER, {"seats": 2}, True, Verdict.ASK_MOVED),
        ({"end": TEN + timedelta(minutes=2)}, {}, True, Verdict.ASK_MOVED),  # too short to be booked
        ({"end": NOON}, {}, True, Verdict.MOVE),
        ({"cancelled": True}, {}, True, Verdict.CANCEL),
        ({"cancelled": True}, {}, False, Verdict.ASK_DELETED),
        ({"cancelled": True}, {"paid": True}, True, Verdict.ASK_DELETED),
        ({"cancelled": True}, {"seats": 2}, True, Verdict.ASK_DELETED),
        (DAYS, {}, True, Verdict.ASK_RESHAPED),
        ({"repeats": True}, {}, True, Verdict.ASK_RESHAPED),
        (LATER, {"start": NOON, "end": NOON + timedelta(hours=1)}, True, Verdict.NOTHING),  # both moved it there
        (LATER, {"start": ELEVEN, "end": NOON}, True, Verdict.PUT_BACK),  # moved here and there: here counts
        ({"cancelled": True}, {"live": False}, True, Verdict.NOTHING),
        ({}, {"live": False}, True, Verdict.PUT_BACK),
    ],
)
def test_hc142_what_a_change_of_our_event_means(
    event: dict[str, Any], booked: dict[str, Any], apply: bool, verdict: Verdict
) -> None:
    seen = Outside("e", **{"etag": "theirs", **HOURS, **event})
    stands = Booked(**{"start": TEN, "end": ELEVEN, **booked})
    now = TEN - timedelta(days=1)
    assert judge(seen, etag="ours", pushed=(TEN, ELEVEN), booked=stands, apply=apply, zone="UTC", now=now) == verdict


@pytest.mark.parametrize("event", [LATER, {"cancelled": True}, DAYS])
def test_after_its_start_an_appointment_stands(event: dict[str, Any]) -> None:
    seen = Outside("e", **{"etag": "theirs", **HOURS, **event})
    stands = Booked(TEN, ELEVEN)
    assert (
        judge(seen, etag="ours", pushed=(TEN, ELEVEN), booked=stands, apply=True, zone="UTC", now=TEN)
        == Verdict.NOTHING
    )
