"""Leaving an account, and accounts that are taken away from us."""

from typing import Any

from django_tenants.utils import tenant_context

from calendarsync.enums import State
from calendarsync.models import Connection, Mirror
from calendarsync.services import parting, trouble
from daybook.core.models import Grant
from daybook.core.outbox.models import OutboxRow
from daybook.sandbox.google.server import GoogleSandbox
from scheduling.models import Appointment
from tenants.models import Business
from tests.calendarsync.calendar_world import ANA, Desk, connected
from tests.factories import make_member


def test_hc149_g14_a_revoked_token_is_said_once_and_what_is_known_stays(ana: Desk, mailbox: Any) -> None:
    owner = make_member(ana.business)
    ana.outside("15:00", "16:00")
    ana.settle()
    ana.google.revoke(ANA)
    for _round in range(4):
        ana.wait(minutes=15)
        ana.book(f"{10 + _round}:00", email=f"k{_round}@example.test")
        ana.drain()
    assert ana.connection.state == State.RECONNECT
    assert ana.busy() == [("06-07 15:00", "06-07 16:00")]
    for to in (owner.user.email, ana.provider.email):
        mails = [mail for mail in mailbox.mailbox.search(to=to) if "has to be connected again" in mail.subject]
        assert len(mails) == 1, to
        assert f"/dashboard/team/{ana.provider.pk}/calendars/" in mails[0].text
    assert OutboxRow.objects.filter(state="dead").count() == 0
    before = len(ana.google.requests)
    ana.wait(hours=2)
    ana.drain()
    assert len(ana.google.requests) == before
    ana.connect()
    ana.settle()
    assert (ana.connection.state, len(ana.ours())) == (State.ACTIVE, 4)


def test_g14_bookings_go_on_or_pause_as_the_business_chose(ana: Desk) -> None:
    ana.outside("15:00", "16:00")
    ana.settle()
    ana.google.revoke(ANA)
    ana.wait(minutes=15)
    ana.drain()
    assert ana.busy("paused:") == []
    trouble.choose_when_broken("pause", now=ana.now)
    assert len(ana.busy("paused:")) == 1
    trouble.choose_when_broken("keep", now=ana.now)
    assert ana.busy("paused:") == []
    trouble.choose_when_broken("pause", now=ana.now)
    ana.connect()
    assert (ana.busy("paused:"), len(ana.busy())) == ([], 1)


def test_g16_a_calendar_that_is_gone_is_said_and_the_others_work_on(ana: Desk, mailbox: Any) -> None:
    owner = make_member(ana.business)
    family = ana.google.add_calendar(ANA, "Family")
    ana.connect()
    ana.choose(counts=[ANA, family])
    ana.drain()
    ana.edit("create", calendar=family, start="2027-06-07T15:00:00Z", end="2027-06-07T16:00:00Z", summary="x")
    ana.settle()
    ana.google.forget_calendar(family)
    row = ana.book("10:00")
    ana.wait(minutes=15)
    ana.drain()
    ana.drain()
    assert ana.connection.state == State.ACTIVE
    assert trouble.is_broken(ana.connection.pk)
    assert ana.busy() == [("06-07 15:00", "06-07 16:00")]
    assert len(ana.ours()) == 1
    assert Appointment.objects.get(pk=row.pk).status == "confirmed"
    mails = [mail for mail in mailbox.mailbox.search(to=owner.user.email) if "has to be connected" in mail.subject]
    assert len(mails) == 1
    ana.choose(counts=[ANA])
    assert (trouble.is_broken(ana.connection.pk), ana.busy()) == (False, [])


def test_g16_a_receiving_calendar_whose_access_was_lowered(ana: Desk) -> None:
    studio = ana.google.add_calendar("boss@gmail.example", "Studio")
    ana.google.share(studio, ANA, "writer")
    ana.connect(shared=True)
    ana.choose(counts=[ANA], receives=studio)
    ana.drain()
    ana.google.share(studio, ANA, "reader")
    row = ana.book("10:00")
    ana.drain()
    assert Appointment.objects.get(pk=row.pk).status == "confirmed"
    assert trouble.is_broken(ana.connection.pk)
    ana.choose(receives=ANA)
    ana.drain()
    assert len(ana.ours()) == 1


def test_g24_disconnecting_leaves_the_events_or_takes_them_out(ana: Desk) -> None:
    ana.book("10:00")
    ana.outside("15:00", "16:00")
    ana.settle()
    parting.leave(connection=ana.connection, events_go=False, now=ana.now)
    assert ana.busy() == []
    ana.drain()
    assert (Connection.objects.count(), ana.google.channels.open_channels(), Grant.objects.count()) == (0, [], 0)
    assert not any(grant.alive for grant in ana.google.accounts.grants)
    assert len(ana.all_events()) == 2
    ana.book("12:00", email="lee@example.test")
    ana.drain()
    assert len(ana.all_events()) == 2
    ana.connect()
    ana.choose()
    ana.settle()
    assert len(ana.ours()) == 2  # what was left there is taken on again, not doubled
    assert (len(ana.all_events()), ana.busy(), ana.open()) == (3, [("06-07 15:00", "06-07 16:00")], [])
    parting.leave(connection=ana.connection, events_go=True, now=ana.now)
    ana.drain()
    assert [event["summary"] for event in ana.all_events()] == ["Dentist"]


def test_g24_what_was_cancelled_while_nobody_was_connected_goes_on_the_next_connection(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.drain()
    parting.leave(connection=ana.connection, events_go=False, now=ana.now)
    ana.drain()
    ana.cancel(row)
    ana.connect()
    ana.choose()
    ana.settle()
    assert (ana.all_events(), ana.busy(), ana.open()) == ([], [], [])


def test_g24_an_account_that_is_lost_already_can_be_left(ana: Desk) -> None:
    ana.google.revoke(ANA)
    parting.leave(connection=ana.connection, events_go=True, now=ana.now)
    ana.drain()
    assert not Connection.objects.exists()


def test_g24_no_token_is_kept_when_google_stays_away(ana: Desk) -> None:
    ana.google.fail(status=503, times=10_000)
    parting.leave(connection=ana.connection, events_go=True, now=ana.now)
    ana.drain()
    assert Connection.objects.count() == 1
    ana.wait(hours=21)
    ana.drain()
    assert not Connection.objects.exists()


def test_g15_another_account_takes_the_place_of_the_former(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.outside("15:00", "16:00")
    ana.choose(privacy="service")
    ana.settle()
    ana.connect("other@gmail.example")
    assert (ana.connection.account, ana.connection.privacy) == ("other@gmail.example", "service")
    assert ana.busy() == []
    ana.choose()
    ana.settle()
    assert [e["summary"] for e in ana.all_events()] == ["Dentist"]
    ana.email = "other@gmail.example"
    assert [e["summary"] for e in ana.ours()] == ["Cut by Ana"]
    assert Mirror.objects.filter(block_id=row.pk).count() == 1


def test_hc156_the_same_account_at_two_businesses(
    business: Business, other_business: Business, google: GoogleSandbox
) -> None:
    here = connected(business, google)
    with tenant_context(other_business):
        there = connected(other_business, google)
        there.book("12:00")
        there.drain()
    here.book("10:00")
    here.settle()
    assert here.busy() == [("06-07 12:00", "06-07 13:00")]  # the person is busy there
    assert len(here.all_events()) == 2
    parting.leave(connection=here.connection, events_go=True, now=here.now)
    here.drain()
    with tenant_context(other_business):
        there.book("14:00", email="lee@example.test")
        there.drain()
        assert there.connection.state == State.ACTIVE
        assert len(there.ours()) == 2
        assert Grant.objects.count() == 1


def test_hc156_the_same_account_for_two_providers(business: Business, google: GoogleSandbox) -> None:
    ana = connected(business, google)
    twin = connected(business, google, name="Ana Evening")
    ana.book("10:00")
    twin.book("10:00", email="lee@example.test")
    ana.settle()
    twin.settle()
    assert len(ana.all_events()) == 2
    parting.leave(connection=twin.connection, events_go=True, now=ana.now)
    ana.drain()
    ana.book("12:00", email="max@example.test")
    ana.settle()
    assert (ana.connection.state, len(ana.ours())) == (State.ACTIVE, 2)
