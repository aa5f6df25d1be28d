"""Feeds: addresses as people paste them, when to ask again, times that are one."""

from datetime import UTC, datetime, timedelta

import pytest

from calendarsync.domain.feeds import clean_address, joined, must_tell, next_look


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://a.example/b.ics", "https://a.example/b.ics"),
        ("  https://a.example/b.ics?x=1 ", "https://a.example/b.ics?x=1"),
        ("webcal://p01-caldav.icloud.com/published/2/abc", "https://p01-caldav.icloud.com/published/2/abc"),
        ("WEBCAL://a.example/", "https://a.example/"),
        ("webcals://a.example/", "https://a.example/"),
        ("https://a.example/Büro/%20b.ics?c=d%2Fe#f", "https://a.example/B%C3%BCro/%20b.ics?c=d%2Fe"),
        ("http://a.example/", None), ("ftp://a.example/", None), ("file:///etc/passwd", None), ("a.example", None),
        ("https://", None), ("https://user:pw@a.example/", None), ("https://a.example/\r\nX: y", None),
        ("https://a.example/a b", None), ("https://[", None), ("https://a.example:x/", None), ("", None),
        ("https://a.example/" + "x" * 2000, None),
    ],
)  # fmt: skip
def test_addresses_as_people_paste_them(text: str, address: str | None) -> None:
    assert clean_address(text) == address


def test_when_to_ask_again_and_when_to_tell() -> None:
    now = datetime(2027, 6, 1, tzinfo=UTC)
    usual = [next_look(now, failures=n, wait=0, salt=59) - now for n in (0, 3, 4, 40)]
    assert usual == [timedelta(minutes=14, seconds=59)] * 2 + [timedelta(minutes=59, seconds=59)] * 2
    assert next_look(now, failures=1, wait=3600, salt=0) == now + timedelta(hours=1)
    day = timedelta(hours=24)
    assert must_tell(now, failing_since=now - day, told_at=None)
    assert not must_tell(now, failing_since=now - day + timedelta(seconds=1), told_at=None)
    assert not must_tell(now, failing_since=now - day, told_at=now)
    assert not must_tell(now, failing_since=None, told_at=None)


def test_times_that_overlap_are_one_and_those_that_touch_are_two() -> None:
    def t(hour: int) -> datetime:
        return datetime(2027, 6, 7, hour, tzinfo=UTC)

    assert joined([(t(12), t(14)), (t(9), t(11)), (t(10), t(12)), (t(9), t(10)), (t(15), t(15))]) == [
        (t(9), t(12)), (t(12), t(14)),
    ]  # fmt: skip
