"""Two things at once: what was begun before somebody decided otherwise must not have the last word."""

from typing import Any

import pytest

from calendarsync.domain.events import Outside
from calendarsync.enums import State
from calendarsync.models import Attention, Connection, Mirror
from calendarsync.services import changes, choosing, findings, parting, reading, trouble
from calendarsync.services.accounts import NotNow, opened
from daybook.core.errors import Conflict
from daybook.core.models import Grant
from scheduling.models import Appointment, BusyTime
from scheduling.selectors import blocks
from scheduling.services import busy
from scheduling.services.busy import Busy
from tenants.services import closing
from tests.calendarsync.calendar_world import ANA, Desk
from tests.factories import STAFF, at


def begun(ana: Desk) -> tuple[Any, Any]:
    """A reading whose answers have come and are not written yet."""
    ana.outside("15:00", "16:00")
    calendar = reading._leased(ana.calendar.pk, ana.now)
    with opened(calendar.connection) as account:
        return calendar, reading._found(ana.business, account, calendar, ana.now, whole=False)


def test_g24_what_was_read_when_the_account_was_left_closes_nothing(ana: Desk) -> None:
    calendar, found = begun(ana)
    parting.leave(connection=ana.connection, events_go=False, now=ana.now)
    with pytest.raises(reading.Overtaken):
        reading._write(ana.business, calendar, found, ana.now)
    ana.drain()
    assert (Connection.objects.count(), BusyTime.objects.count()) == (0, 0)


def test_what_was_read_when_the_calendar_stopped_to_count_closes_nothing(ana: Desk) -> None:
    calendar, found = begun(ana)
    ana.choose(counts=[])
    with pytest.raises(reading.Overtaken):
        reading._write(ana.business, calendar, found, ana.now)
    ana.settle()
    assert ana.busy() == []


def test_a_choice_that_comes_after_the_account_was_left_brings_it_not_back(ana: Desk) -> None:
    seen = ana.connection
    parting.leave(connection=ana.connection, events_go=False, now=ana.now)
    chosen = choosing.Choice(counts=[], receives=None)
    with pytest.raises(Conflict):
        choosing.choose(business=ana.business, connection=seen, choice=chosen, now=ana.now)
    assert Connection.objects.get().state == State.LEAVING


def booked(ana: Desk) -> tuple[Appointment, Mirror]:
    row = ana.book("10:00")
    ana.settle()
    mirror = Mirror.objects.select_related("calendar__connection").get(block_id=row.block_id)
    return Appointment.objects.select_related("provider", "service", "client").get(pk=row.pk), mirror


def test_g13_an_appointment_moved_while_its_event_was_looked_at_is_judged_again(ana: Desk) -> None:
    row, mirror = booked(ana)
    there = Outside(mirror.event_id, etag="x", start=at("2027-06-07T14:00:00Z"), end=at("2027-06-07T15:00:00Z"))
    ana.move(row, "16:00")
    with pytest.raises(NotNow):
        changes._follow_move(ana.business, mirror, there, row, ana.now)
    with pytest.raises(NotNow):
        changes._follow_deletion(ana.business, mirror, Outside(mirror.event_id, cancelled=True), row, ana.now)
    fresh = Appointment.objects.get(pk=row.pk)
    assert (fresh.status, fresh.starts_at) == ("confirmed", at("2027-06-07T16:00:00Z"))


def test_an_appointment_paid_while_its_event_was_looked_at_is_not_cancelled(ana: Desk) -> None:
    row, mirror = booked(ana)
    Appointment.objects.filter(pk=row.pk).update(payment_status="paid")
    with pytest.raises(NotNow):
        changes._follow_deletion(ana.business, mirror, Outside(mirror.event_id, cancelled=True), row, ana.now)
    assert Appointment.objects.get(pk=row.pk).status == "confirmed"


@pytest.mark.parametrize("counting", [True, False])
def test_g11_an_event_carried_to_any_calendar_of_the_account_is_not_a_deleted_one(ana: Desk, counting: bool) -> None:
    family = ana.google.add_calendar(ANA, "Family")
    ana.connect()
    ana.choose(counts=[ANA, family] if counting else [ANA])
    row, mirror = booked(ana)
    ana.edit("to_calendar", mirror.event_id, destination=family)
    if counting:  # the first look is at its own calendar, the others fail
        ana.google.fail(on="events.get", status=500, skip=1, times=1)
    ana.settle()
    assert Appointment.objects.get(pk=row.pk).status == "confirmed"
    ana.wait(minutes=16)
    ana.settle()
    assert (Appointment.objects.get(pk=row.pk).status, len(ana.ours()), ana.all_events(family)) == ("confirmed", 1, [])


def test_an_answer_and_the_time_it_opens_are_one(ana: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row, mirror = booked(ana)
    ana.choose(on_change="ask")
    ana.edit("move", mirror.event_id, start="2027-06-07T14:00:00Z")
    ana.settle()
    assert (ana.open(), ana.busy("asked:")) == (["moved"], [("06-07 14:00", "06-07 15:00")])
    asked = Attention.objects.get(answer="").pk
    with monkeypatch.context() as crash:
        crash.setattr(busy, "_difference", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            findings.end(asked, now=ana.now)
    assert ana.open() == ["moved"]
    findings.end(asked, now=ana.now)
    assert (ana.open(), ana.busy("asked:")) == ([], [])
    assert Appointment.objects.get(pk=row.pk).starts_at == at("2027-06-07T10:00:00Z")


def test_hc178_closing_the_business_leaves_the_accounts_and_stops_the_channels(ana: Desk) -> None:
    row, _mirror = booked(ana)
    assert len(ana.google.channels.open_channels()) == 1
    closing.close(ana.business, typed=ana.business.name, by=STAFF, now=ana.now)
    ana.drain()
    assert (Connection.objects.count(), Grant.objects.count(), Mirror.objects.count()) == (0, 0, 0)
    assert (ana.google.channels.open_channels(), len(ana.all_events())) == ([], 1)
    assert Appointment.objects.get(pk=row.pk).status == "confirmed"


def test_thousands_of_times_are_compared_with_the_booked_ones_by_one_small_query(ana: Desk) -> None:
    row, _mirror = booked(ana)
    days = [Busy(at("2027-06-08T10:00:00Z"), at("2027-06-08T11:00:00Z"), str(number)) for number in range(5000)]
    spans = [(one.start, one.end) for one in days]
    assert blocks.touching(ana.provider.pk, spans, now=ana.now) == []
    hit = (at("2027-06-07T10:59:00Z"), at("2027-06-07T12:00:00Z"))
    assert [one[0] for one in blocks.touching(ana.provider.pk, [*spans, hit], now=ana.now)] == [row.block_id]
    beside = [(at("2027-06-07T09:00:00Z"), at("2027-06-07T10:00:00Z")), (at("2027-06-07T11:00:00Z"), hit[1])]
    assert blocks.touching(ana.provider.pk, [*beside, *spans], now=ana.now) == []
    long = (at("2027-06-01T09:00:00Z"), at("2027-06-07T10:01:00Z"))
    assert len(blocks.touching(ana.provider.pk, [long, *beside], now=ana.now)) == 1


def test_g14_access_lost_and_the_pause_that_follows_are_one(ana: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    trouble.choose_when_broken("pause", now=ana.now)
    with monkeypatch.context() as crash:
        crash.setattr(busy, "_difference", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            trouble.lost(connection=ana.connection, why="invalid_grant", now=ana.now)
    assert ana.connection.state == State.ACTIVE
    trouble.lost(connection=ana.connection, why="invalid_grant", now=ana.now)
    assert (ana.connection.state, len(ana.busy("paused:"))) == (State.RECONNECT, 1)
