"""What an outside calendar's file says about when somebody is busy."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.gateways.ics.apart import read_apart
from calendarsync.gateways.ics.reading import Wanted, read
from calendarsync.gateways.ics.texts import NotCalendar, TooMuch, zone_name
from tests.calendarsync.feeds_world import calendar, event

NEW_YORK = Wanted(
    zone="America/New_York",
    since=datetime(2027, 6, 1, tzinfo=UTC),
    until=datetime(2028, 6, 1, tzinfo=UTC),
    me=frozenset({"ana@salon.test"}),
    ours=("@daybook.test",),
)


def spans(body: bytes, wanted: Wanted = NEW_YORK) -> list[str]:
    """What was found, as `06-07 10:00/11:00` in UTC; another day at the end is named."""
    return [_words(span.start, span.end) for span in read(body, wanted).spans]


def _words(start: datetime, end: datetime) -> str:
    return (
        f"{start:%m-%d %H:%M}/{end:%H:%M}" if start.date() == end.date() else f"{start:%m-%d %H:%M}/{end:%m-%d %H:%M}"
    )


AT_TEN = ("DTSTART:20270607T100000Z", "DTEND:20270607T110000Z")
TEN = ["06-07 10:00/11:00"]


@pytest.mark.parametrize(
    ("lines", "busy"),
    [
        ((), True),
        (("TRANSP:OPAQUE",), True),
        (("TRANSP:TRANSPARENT",), False),
        (("transp:transparent",), False),
        (("STATUS:CANCELLED",), False),
        (("STATUS:TENTATIVE",), True),
        (("STATUS:CONFIRMED",), True),
        (("X-MICROSOFT-CDO-BUSYSTATUS:FREE",), False),
        (("X-MICROSOFT-CDO-BUSYSTATUS:OOF",), True),
        (("ATTENDEE;PARTSTAT=DECLINED:mailto:Ana@salon.test",), False),
        (("ATTENDEE;PARTSTAT=ACCEPTED:mailto:ana@salon.test", "ATTENDEE;PARTSTAT=DECLINED:mailto:b@x.test"), True),
        (("ATTENDEE;PARTSTAT=DECLINED:mailto:ana@salon.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.test"), False),
        (('ATTENDEE;CN="a: b;c";PARTSTAT=DECLINED:mailto:ana@salon.test',), False),
        (("ATTENDEE;PARTSTAT=DECLINED:mailto:b@x.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:c@x.test"), True),
        (("ATTENDEE;PARTSTAT=DECLINED:mailto:b@x.test",), False),
        (("ORGANIZER:mailto:ana@salon.test", "ATTENDEE;PARTSTAT=DECLINED:mailto:b@x.test"), True),
        (("ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ana@salon.test",), True),
    ],
)
def test_hc145_free_cancelled_and_declined_entries_do_not_block(lines: tuple[str, ...], busy: bool) -> None:
    assert spans(calendar(event(*AT_TEN, *lines))) == (TEN if busy else [])


def test_whose_calendar_it_is_may_be_its_name() -> None:
    lines = ("ATTENDEE;PARTSTAT=DECLINED:mailto:me@home.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.test")
    assert spans(calendar(event(*AT_TEN, *lines), head=("X-WR-CALNAME:me@home.test",))) == []


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        # New York is four hours behind UTC in June, five in December.
        (("DTSTART;VALUE=DATE:20270607", "DTEND;VALUE=DATE:20270608"), ["06-07 04:00/06-08 04:00"]),
        (("DTSTART;VALUE=DATE:20270607", "DTEND;VALUE=DATE:20270609"), ["06-07 04:00/06-09 04:00"]),
        (("DTSTART;VALUE=DATE:20270607",), ["06-07 04:00/06-08 04:00"]),
        (("DTSTART;VALUE=DATE:20270607", "DTEND;VALUE=DATE:20270607"), ["06-07 04:00/06-08 04:00"]),
        (("DTSTART;VALUE=DATE:20270607", "DURATION:P2D"), ["06-07 04:00/06-09 04:00"]),
        (("DTSTART:20270607T100000", "DTEND:20270607T110000"), ["06-07 14:00/15:00"]),
        (("DTSTART:20271207T100000", "DTEND:20271207T110000"), ["12-07 15:00/16:00"]),
        (("DTSTART:20270607T100000Z", "DURATION:PT90M"), ["06-07 10:00/11:30"]),
        (("DTSTART:20270607T100000Z",), []),
        (("DTSTART:20270607T100000Z", "DTEND:20270607T100000Z"), []),
        (("DTSTART:20270607T100000Z", "DTEND:20270607T090000Z"), []),
        (("DTSTART:20270607T100000Z", "DURATION:-PT30M"), []),
        (("DTSTART;TZID=Europe/Berlin:20270607T100000", "DTEND;TZID=Europe/Berlin:20270607T110000"), ["06-07 08:00/09:00"]),
        (("DTSTART;TZID=Europe/Berlin:20270607T100000", "DTEND:20270607T110000Z"), ["06-07 08:00/11:00"]),
        (("DTSTART;TZID=W. Europe Standard Time:20270607T100000", "DURATION:PT1H"), ["06-07 08:00/09:00"]),
        (('DTSTART;TZID="W. Europe Standard Time":20270607T100000', "DURATION:PT1H"), ["06-07 08:00/09:00"]),
        (("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20270607T100000", "DURATION:PT1H"), ["06-07 08:00/09:00"]),
        (("DTSTART;TZID=Nowhere/Land:20270607T100000", "DURATION:PT1H"), ["06-07 14:00/15:00"]),
        (("DTSTART:20200101T000000Z", "DTEND:20400101T000000Z"), ["06-01 00:00/06-01 00:00"]),
        (("DTSTART:20270531T230000Z", "DTEND:20270601T010000Z"), ["06-01 00:00/01:00"]),
        (("DTSTART:20270501T100000Z", "DTEND:20270501T110000Z"), []),
        (("DTSTART:20280601T000000Z", "DTEND:20280601T010000Z"), []),
    ],
)  # fmt: skip
def test_when_an_entry_is(lines: tuple[str, ...], found: list[str]) -> None:
    assert spans(calendar(event(*lines))) == found


def test_days_are_those_of_the_calendars_zone_and_floating_times_the_providers() -> None:
    head = ("X-WR-TIMEZONE:Europe/Berlin",)
    assert spans(calendar(event("DTSTART;VALUE=DATE:20270607"), head=head)) == ["06-06 22:00/06-07 22:00"]
    assert spans(calendar(event("DTSTART:20270607T100000", "DURATION:PT1H"), head=head)) == ["06-07 14:00/15:00"]
    unknown = ("X-WR-TIMEZONE:Nowhere/Land",)
    assert spans(calendar(event("DTSTART;VALUE=DATE:20270607"), head=unknown)) == ["06-07 04:00/06-08 04:00"]


def test_a_day_on_which_the_clock_changes_has_its_real_length() -> None:
    found = read(calendar(event("DTSTART;VALUE=DATE:20271107")), NEW_YORK).spans[0]
    assert found.end - found.start == timedelta(hours=25)


def test_hc147_a_weekly_series_stays_at_its_local_time_over_the_change_of_the_clock() -> None:
    lines = ("DTSTART;TZID=America/New_York:20271025T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")
    assert spans(calendar(event(*lines))) == ["10-25 14:00/15:00", "11-01 14:00/15:00", "11-08 15:00/16:00"]


SERIES = ("DTSTART:20270607T100000Z", "DTEND:20270607T110000Z", "RRULE:FREQ=WEEKLY;COUNT=4")


def test_hc147_a_moved_time_of_a_series_blocks_where_it_went_and_a_deleted_one_nowhere() -> None:
    moved = event(
        "RECURRENCE-ID:20270614T100000Z", "DTSTART:20270615T120000Z", "DTEND:20270615T130000Z", "SEQUENCE:1", uid="s"
    )
    cancelled = event("RECURRENCE-ID:20270621T100000Z", *AT_TEN, "STATUS:CANCELLED", uid="s")
    body = calendar(event(*SERIES, "EXDATE:20270628T100000Z", uid="s"), moved, cancelled)
    assert spans(body) == ["06-07 10:00/11:00", "06-15 12:00/13:00"]
    assert spans(calendar(moved, cancelled, event(*SERIES, "EXDATE:20270628T100000Z", uid="s"))) == spans(body)


def test_a_declined_time_of_a_series_does_not_block() -> None:
    declined = event(
        "RECURRENCE-ID:20270614T100000Z", "DTSTART:20270614T100000Z", "DTEND:20270614T110000Z",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:ana@salon.test", uid="s",
    )  # fmt: skip
    assert spans(calendar(event(*SERIES, uid="s"), declined)) == [
        "06-07 10:00/11:00", "06-21 10:00/11:00", "06-28 10:00/11:00",
    ]  # fmt: skip


def test_a_series_that_is_moved_from_some_time_on_is_moved_from_there_on() -> None:
    moved = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20270621T100000Z", "DTSTART:20270621T120000Z", "DTEND:20270621T140000Z", uid="s"
    )  # fmt: skip
    assert spans(calendar(event(*SERIES, uid="s"), moved)) == [
        "06-07 10:00/11:00", "06-14 10:00/11:00", "06-21 12:00/14:00", "06-28 12:00/14:00",
    ]  # fmt: skip


def test_a_series_without_a_zone_is_on_the_providers_wall_clock() -> None:
    lines = ("DTSTART:20271031T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;UNTIL=20271107T100000")
    assert spans(calendar(event(*lines))) == ["10-31 14:00/15:00", "11-07 15:00/16:00"]


def test_exceptions_without_their_series_count_by_themselves() -> None:
    lone = event("RECURRENCE-ID:20270607T080000Z", *AT_TEN, uid="s")
    assert spans(calendar(lone)) == TEN


def test_more_dates_and_periods_are_part_of_a_series() -> None:
    lines = (*AT_TEN, "RDATE:20270610T100000Z", "RDATE;VALUE=PERIOD:20270611T100000Z/PT3H")
    assert spans(calendar(event(*lines))) == ["06-07 10:00/11:00", "06-10 10:00/11:00", "06-11 10:00/13:00"]


def test_a_series_of_days_that_began_long_ago_goes_on() -> None:
    body = calendar(event("DTSTART;VALUE=DATE:20200601", "RRULE:FREQ=YEARLY"))
    assert spans(body) == ["06-01 04:00/06-02 04:00"]


def test_until_in_another_form_than_the_start_is_understood() -> None:
    lines = ("DTSTART;TZID=America/New_York:20270607T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20270608")
    assert spans(calendar(event(*lines)))[0] == "06-07 14:00/15:00"


def test_entries_that_share_a_uid_by_mistake_all_count_and_an_older_version_does_not() -> None:
    eleven = ("DTSTART:20270607T120000Z", "DTEND:20270607T130000Z")
    assert spans(calendar(event(*AT_TEN, uid="x"), event(*eleven, uid="x"))) == [*TEN, "06-07 12:00/13:00"]
    assert spans(calendar(event(*AT_TEN, uid="x"), event(*AT_TEN, uid="x"))) == TEN
    assert spans(calendar(event(*AT_TEN, uid="x"), event(*eleven, "SEQUENCE:1", uid="x"))) == ["06-07 12:00/13:00"]
    assert spans(calendar(event(*AT_TEN, uid=""), event(*eleven, uid=""))) == [*TEN, "06-07 12:00/13:00"]


def test_a_zone_that_the_file_describes_is_used_and_a_broken_description_is_not() -> None:
    rules = (
        "BEGIN:VTIMEZONE", "TZID:Own Time", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0300",
        "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE",
    )  # fmt: skip
    entry = event("DTSTART;TZID=Own Time:20270607T100000", "DURATION:PT1H")
    body = calendar(entry, head=rules)
    assert [_words(span.start, span.end) for span in read_apart(body, NEW_YORK).spans] == ["06-07 07:00/08:00"]
    weekly = event("DTSTART;TZID=Own Time:20270607T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2")
    found = read_apart(calendar(weekly, head=rules), NEW_YORK).spans
    assert [_words(span.start, span.end) for span in found] == ["06-07 07:00/08:00", "06-14 07:00/08:00"]
    broken = tuple(line for line in rules if not line.startswith("TZOFFSETTO")) + ("BEGIN:VTIMEZONE", "END:VTIMEZONE")
    body = calendar(entry, head=tuple(line.replace("Own", "Torn") for line in broken))
    torn = body.replace(b"Own", b"Torn")
    assert [_words(span.start, span.end) for span in read_apart(torn, NEW_YORK).spans] == ["06-07 14:00/15:00"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"), ("Eastern Standard Time", "America/New_York"),
        ("europe/berlin", "Europe/Berlin"), ('"Europe/Berlin"', "Europe/Berlin"), ("UTC", "UTC"),
        ("/citadel.org/20210210_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Customized Time Zone", None), ("", None), ("../../etc/passwd", None),
    ],
)  # fmt: skip
def test_names_of_zones_in_many_words(text: str, name: str | None) -> None:
    assert zone_name(text) == name


def test_our_own_entries_are_told_apart_by_their_uid() -> None:
    body = calendar(event(*AT_TEN, uid="0190@daybook.test"), event("DTSTART:20270608T100000Z", "DURATION:PT1H"))
    assert [span.uid for span in read(body, NEW_YORK).spans] == ["0190@daybook.test", ""]


def test_a_list_of_busy_periods_is_read_like_entries() -> None:
    lines = (
        "BEGIN:VFREEBUSY", "FREEBUSY;FBTYPE=BUSY:20270607T100000Z/20270607T110000Z,20270608T100000Z/PT2H",
        "FREEBUSY;FBTYPE=FREE:20270609T100000Z/PT1H", "FREEBUSY:nonsense", "END:VFREEBUSY",
    )  # fmt: skip
    assert spans(calendar(head=lines)) == [*TEN, "06-08 10:00/12:00"]


@pytest.mark.parametrize(
    "broken",
    [
        ("DTSTART:tomorrow", "DURATION:PT1H"),
        ("DTEND:20270607T110000Z",),
        ("DTSTART:00010101T000000", "DTEND:99991231T235959"),
        ("DTSTART:20270607T100000Z", "RRULE:FREQ=WEEKLY;BYDAY=XX"),
    ],
)
def test_a_broken_entry_is_counted_and_costs_the_others_nothing(broken: tuple[str, ...]) -> None:
    found = read(calendar(event(*broken), event("DTSTART:20270608T100000Z", "DURATION:PT1H")), NEW_YORK)
    assert "06-08 10:00/11:00" in [_words(span.start, span.end) for span in found.spans]
    assert found.skipped == 1


def test_what_an_entry_is_about_cannot_break_it() -> None:
    text = ("SUMMARY;LANGUAGE=:\x00", "DESCRIPTION:a\n b", "GEO:north", "ATTACH;VALUE=BINARY:%%%", "X-APPLE;X=1")
    alarm = ("BEGIN:VALARM", "DTSTART:20270101T000000Z", "TRIGGER:soon", "END:VALARM")
    found = read(calendar(event(*AT_TEN, *text, *alarm)), NEW_YORK)
    assert [_words(span.start, span.end) for span in found.spans] == TEN
    assert found.skipped == 0


@pytest.mark.parametrize("ends", ["\n", "\r", "\r\n"])
def test_line_ends_marks_and_encodings_do_not_matter(ends: str) -> None:
    text = calendar(event(*AT_TEN, "LOCATION:Café")).decode().replace("\r\n", ends)
    assert spans(text.encode("latin-1")) == spans(text.encode("utf-8-sig")) == TEN
    assert spans(text.replace("20270607T10", f"2027{ends} 0607T10").encode()) == TEN


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<!doctype html><p>Sign in</p>", b"\xff\xfe\x00", b"BEGIN:VCARD\r\nEND:VCARD\r\n", b"BEGIN:VCALENDAR\r\n",
        calendar(event(*AT_TEN))[:-20], calendar(event(*AT_TEN)).replace(b"END:VEVENT\r\n", b""),
    ],
)  # fmt: skip
def test_what_is_no_calendar_or_only_part_of_one_is_refused(body: bytes) -> None:
    with pytest.raises(NotCalendar):
        read(body, NEW_YORK)


def test_an_empty_calendar_is_one() -> None:
    assert read(calendar(), NEW_YORK).spans == ()


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=5", "FREQ=HOURLY;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55"]
)
def test_rules_without_measure_are_refused(rule: str) -> None:
    with pytest.raises(TooMuch):
        read_apart(calendar(event("DTSTART:20270607T100000Z", "DURATION:PT1M", f"RRULE:{rule}")), NEW_YORK)


def test_a_rule_that_never_comes_true_ends_with_the_time_it_is_given() -> None:
    rule = "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"
    with pytest.raises(TooMuch):
        read_apart(calendar(event("DTSTART:20000607T100000Z", "DURATION:PT1M", rule)), NEW_YORK, cpu_seconds=1)


def test_too_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendarsync.gateways.ics.texts.MOST_ENTRIES", 3)
    with pytest.raises(TooMuch):
        read(calendar(*[event(*AT_TEN) for _ in range(4)]), NEW_YORK)


def test_a_process_of_its_own_finds_the_same() -> None:
    body = calendar(event(*SERIES), event("DTSTART:x", uid="9@daybook.test"), event(*AT_TEN, uid="1@daybook.test"))
    assert read_apart(body, NEW_YORK) == read(body, NEW_YORK)


def test_a_process_of_its_own_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    import subprocess

    real = subprocess.run

    def run(*args: object, **options: object) -> object:
        seen.update(options)
        return real(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", run)
    read_apart(calendar(), NEW_YORK)
    assert set(seen["env"]) == {"PYTHONPATH", "PYTHONTZPATH"}  # type: ignore[call-overload]


@given(st.binary(max_size=300) | st.text(alphabet="BEGINVDTSR:;=\r\n 20270607TZ-", max_size=300).map(str.encode))
def test_whatever_comes_is_read_or_refused(noise: bytes) -> None:
    for body in (
        noise,
        calendar(event(*AT_TEN)).replace(b"TRANSP", noise),
        calendar(event(*AT_TEN, noise.decode("latin-1"))),
    ):
        try:
            found = read(body, NEW_YORK)
        except (NotCalendar, TooMuch):
            continue
        assert all(NEW_YORK.since <= span.start < span.end <= NEW_YORK.until for span in found.spans)


@given(
    day=st.integers(0, 330),
    minute=st.integers(0, 1439),
    length=st.integers(1, 3000),
    weeks=st.integers(1, 5),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_every_week_is_what_counting_on_the_wall_clock_finds(
    day: int, minute: int, length: int, weeks: int, zone: str
) -> None:
    first = datetime(2027, 6, 2) + timedelta(days=day, minutes=minute)  # noqa: DTZ001  a wall clock's time
    lines = (
        f"DTSTART;TZID={zone}:{first:%Y%m%dT%H%M%S}",
        f"DURATION:PT{length}M",
        f"RRULE:FREQ=WEEKLY;COUNT={weeks}",
    )
    starts = [(first + timedelta(weeks=n)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for n in range(weeks)]
    found = read(calendar(event(*lines)), NEW_YORK).spans
    assert [span.start for span in found] == [start for start in starts if start < NEW_YORK.until]
