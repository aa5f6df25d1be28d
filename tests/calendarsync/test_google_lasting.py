"""What goes on for long: a calendar whose time zone changes, and a vendor who is away for hours."""

from collections import Counter

from calendarsync.services import rows
from daybook.core.outbox.models import OutboxRow
from tests.calendarsync.calendar_world import ANA, Desk


def test_hc145_all_day_events_follow_the_calendar_to_another_time_zone(ana: Desk) -> None:
    ana.edit("create", summary="Away", start={"date": "2027-06-07"}, end={"date": "2027-06-08"}, transparency="opaque")
    ana.settle()
    assert ana.busy() == [("06-07 04:00", "06-08 04:00")]
    ana.google.set_time_zone(ANA, "Europe/Berlin")
    ana.wait(minutes=16)
    ana.drain()
    assert (ana.busy(), ana.calendar.timezone) == ([("06-06 22:00", "06-07 22:00")], "Europe/Berlin")
    lists = ana.requests("events.list")
    ana.wait(minutes=16)
    ana.drain()
    assert ana.requests("events.list") == lists + 1


def test_g17_hours_without_google_do_not_pile_up_work(ana: Desk) -> None:
    ana.google.fail(on="/calendar/v3/", status=503, times=100_000)
    row = ana.book("10:00")
    ana.outside("15:00", "16:00")
    for _quarter in range(8):
        ana.wait(minutes=16)
        ana.drain()
    waiting = OutboxRow.objects.filter(schema=ana.business.schema_name, state="pending")
    found = Counter(waiting.filter(kind__in=(rows.MATCH, rows.READ)).values_list("kind", flat=True))
    assert set(found) == {rows.MATCH, rows.READ}
    assert max(found.values()) <= 2  # one in hand, and the one that follows it
    ana.google.faults.clear()
    ana.wait(minutes=16)
    ana.settle()
    assert (len(ana.ours()), ana.busy()) == (1, [("06-07 15:00", "06-07 16:00")])
    assert ana.event_of(row)["summary"].startswith("Kim Lee")
