"""When calendars are read: notifications, channels, polls, and one reading at a time."""

from datetime import timedelta

from calendarsync.models import Calendar, Channel
from daybook.core.outbox.models import OutboxRow
from tests.calendarsync.calendar_world import Desk, notify


def test_hc148_g02_g03_notifications_that_are_forged_old_or_many(ana: Desk) -> None:
    ana.push()
    ana.outside("15:00", "16:00")
    (genuine,) = [one.headers for one in ana.google.channels.held]
    ana.google.channels.held.clear()
    rows = OutboxRow.objects.filter(kind="calendar.read", state="pending")
    forged = [
        {**genuine, "X-Goog-Channel-Token": "guess"},
        {**genuine, "X-Goog-Channel-ID": f"{ana.business.pk.hex}-unknown"},
        {**genuine, "X-Goog-Channel-ID": "0" * 64},
        {**genuine, "X-Goog-Channel-ID": "nonsense"},
        {**genuine, "X-Goog-Channel-ID": "x" * 5000},
        {**genuine, "X-Goog-Message-Number": "-1"},
        {**genuine, "X-Goog-Message-Number": "9" * 40},
        {**genuine, "X-Goog-Resource-State": "sync"},
        {},
    ]
    assert [notify(headers) for headers in forged] == [200] * len(forged)
    assert rows.count() == 0
    number = int(genuine["X-Goog-Message-Number"]) + 1
    fresh = {**genuine, "X-Goog-Message-Number": str(number)}
    assert [notify(fresh) for _copy in range(50)] == [200] * 50
    assert rows.count() == 1
    for more in range(1, 50):
        notify({**genuine, "X-Goog-Message-Number": str(number + more)})
    assert rows.count() == 1
    before = ana.requests("events.list")
    ana.wait(minutes=0.1)
    ana.drain()
    assert (ana.requests("events.list") - before, len(ana.busy())) == (1, 1)


def test_hc148_a_burst_is_read_at_most_once_in_some_seconds(ana: Desk) -> None:
    ana.push()
    for _burst in range(5):
        ana.google.burst(20)
        ana.push()
        ana.drain()
    assert ana.requests("events.list") <= 1


def test_g02_a_stopped_channel_is_not_listened_to(ana: Desk) -> None:
    ana.push()
    ana.google.burst(1)
    late = ana.google.channels.held.pop().headers
    ana.choose(counts=[], receives=None)
    ana.drain()
    assert (Channel.objects.count(), ana.google.channels.open_channels()) == (0, [])
    assert notify(late) == 200
    assert OutboxRow.objects.filter(kind="calendar.read", state="pending").count() == 0


def test_hc151_g04_a_channel_is_followed_before_it_ends_and_the_old_one_stopped(ana: Desk) -> None:
    first = Channel.objects.get()
    assert first.name.startswith(ana.business.pk.hex)
    ana.at(first.expires_at - timedelta(hours=30))
    ana.drain()
    assert Channel.objects.get().name == first.name
    ana.at(first.expires_at - timedelta(hours=23))
    ana.drain()
    second = Channel.objects.get()
    assert second.name != first.name
    assert [channel.id for channel in ana.google.channels.open_channels()] == [second.name]


def test_g04_workers_that_were_down_for_long_read_and_watch_again(ana: Desk) -> None:
    ana.google.notifications("drop")
    ana.wait(days=40)
    ana.outside("15:00", "16:00", day="2027-07-20")
    ana.drain()
    assert len(ana.busy()) == 1
    assert len(ana.google.channels.open_channels()) == 1


def test_polls_are_spread_and_never_farther_apart_than_a_quarter_of_an_hour(ana: Desk) -> None:
    gaps = set()
    for _look in range(6):
        due = OutboxRow.objects.get(kind="calendar.keep", state="pending").next_at
        gaps.add(due - ana.now)
        ana.at(due)
        ana.drain()
    assert len(gaps) > 1
    assert all(timedelta(minutes=12) < gap <= timedelta(minutes=15) for gap in gaps)


def test_one_reading_of_a_calendar_at_a_time(ana: Desk) -> None:
    from django.utils import timezone

    ana.outside("15:00", "16:00")
    Calendar.objects.update(lease=ana.provider.pk, leased_until=timezone.now() + timedelta(minutes=5))
    ana.push()
    ana.wait(minutes=0.1)
    ana.drain()
    assert (ana.busy(), ana.requests("events.list")) == ([], 0)
    Calendar.objects.update(leased_until=timezone.now() - timedelta(seconds=1))  # its worker has died
    ana.wait(minutes=1)
    ana.drain()
    assert len(ana.busy()) == 1
