"""Whoever is no member any more: his calendars are read and written no more, the provider can be booked as before."""

from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from calendarsync.models import Connection, Feed, Subscription
from calendarsync.services import feeds, subscriptions
from daybook.core.actors import Actor, ActorKind
from daybook.core.audit.records import entries
from tenants.models import Membership
from tenants.services import members
from tests.calendarsync.calendar_world import ANA, Desk, connected, desk
from tests.calendarsync.feeds_world import FeedHost, event
from tests.factories import CLIENT, STAFF, make_member, sign_in

MEMBERS = "/dashboard/team/members/"


@pytest.fixture
def boss(ana: Desk) -> Membership:
    return make_member(ana.business)


@pytest.fixture
def leaver(ana: Desk) -> Membership:
    """Ana, who signs in by another address than that of her Google account."""
    return make_member(ana.business, "provider", email="ana@team.example", provider=ana.provider)


def second(ana: Desk, email: str, name: str) -> Membership:
    """Another member who is the same provider."""
    found = make_member(ana.business, "manager", email=email, provider=ana.provider)
    found.user.name = name
    found.user.save()
    return found


def left(ana: Desk) -> bool:
    return not Connection.objects.exclude(state="leaving").filter(provider=ana.provider).exists()


def test_who_leaves_takes_his_google_calendar_along(ana: Desk, boss: Membership, leaver: Membership) -> None:
    ana.book("10:00")
    ana.outside("15:00", "16:00")
    ana.settle()
    (said,) = members.deactivate(leaver, by=boss)
    assert "Google Calendar is disconnected" in said
    assert (left(ana), ana.busy()) == (True, [])
    ana.drain()
    assert (Connection.objects.count(), ana.google.channels.open_channels(), len(ana.all_events())) == (0, [], 2)
    assert not any(grant.alive for grant in ana.google.accounts.grants)
    assert "calendar.disconnected" in [line.action for line in entries(ana.business.pk)]
    before = len(ana.google.requests)
    ana.book("15:00", email="lee@example.test", by=CLIENT)
    ana.wait(hours=1)
    ana.drain()
    assert len(ana.google.requests) == before
    assert members.deactivate(leaver, by=boss) == []


def test_the_list_of_members_says_so_before_and_after(
    ana: Desk, boss: Membership, leaver: Membership, client_for: Any
) -> None:
    owner = sign_in(client_for(ana.business.slug), boss)
    page = owner.get(MEMBERS).content.decode()
    assert f"lets go of the calendars of {leaver.user.get_full_name()}:" in page
    answer = owner.post(f"{MEMBERS}{leaver.pk}/switch", {"active": "0"}, follow=True)
    assert "Ana Duarte: Google Calendar is disconnected" in answer.content.decode()
    assert "lets go of the calendars" not in owner.get(MEMBERS).content.decode()
    owner.post(f"{MEMBERS}{leaver.pk}/switch?active=1")
    assert left(ana)


def test_an_account_by_the_leavers_own_address_goes_wherever_it_is_connected(ana: Desk, boss: Membership) -> None:
    manager = make_member(ana.business, "manager", email=ANA.upper())
    members.deactivate(manager, by=boss)
    assert left(ana)


def test_others_keep_theirs(ana: Desk, boss: Membership) -> None:
    marco = desk(ana.business, ana.google, name="Marco Vitale")
    other = make_member(ana.business, "provider", email="marco@team.example", provider=marco.provider)
    front = make_member(ana.business, "front_desk")
    assert members.deactivate(other, by=boss) == members.deactivate(front, by=boss) == []
    assert not left(ana)


@pytest.mark.parametrize(
    ("email", "name", "stays"),
    [("twin@team.example", "Somebody", False), (ANA, "Somebody", True), ("twin@team.example", STAFF.name, True)],
)
def test_two_who_are_one_provider(
    ana: Desk, boss: Membership, leaver: Membership, email: str, name: str, stays: bool
) -> None:
    """The account stays if it is the other's by its address, or by the name of who connected it."""
    second(ana, email, name)
    Connection.objects.update(connected_by=STAFF.name)
    members.deactivate(leaver, by=boss)
    assert left(ana) != stays


def test_an_owner_who_leaves(ana: Desk, boss: Membership) -> None:
    owner = make_member(ana.business, "owner", email=ANA, provider=ana.provider)
    members.deactivate(owner, by=owner)
    assert left(ana)


def test_the_own_address_stops_working_and_calendars_by_address_are_paused(
    ana: Desk, boss: Membership, leaver: Membership, host: FeedHost
) -> None:
    by = Actor(ActorKind.MEMBER)
    feeds.switch_on(business=ana.business, provider=ana.provider, now=ana.now, by=by)
    host.publish(event("DTSTART:20270607T120000Z", "DTEND:20270607T130000Z"))
    subscriptions.add(business=ana.business, provider=ana.provider, name="iCloud", url=host.url, now=ana.now, by=by)
    assert len(ana.busy("ics:")) == 1
    said = members.deactivate(leaver, by=boss)
    assert len(said) == 3
    assert (Feed.objects.count(), Subscription.objects.get().state, ana.busy("ics:")) == (0, "paused", [])


def test_what_another_of_the_same_provider_listens_to_goes_on(
    ana: Desk, boss: Membership, leaver: Membership, host: FeedHost
) -> None:
    second(ana, ANA, "Ana Duarte")
    subscriptions.add(
        business=ana.business,
        provider=ana.provider,
        name="iCloud",
        url=host.url,
        now=ana.now,
        by=Actor(ActorKind.MEMBER),
    )
    assert members.deactivate(leaver, by=boss) == []
    assert Subscription.objects.get().state == "active"


def test_owners_who_did_not_do_it_are_told_by_mail(
    ana: Desk, boss: Membership, leaver: Membership, mailbox: Any
) -> None:
    manager = make_member(ana.business, "manager")
    members.deactivate(leaver, by=manager)
    ana.drain()
    (mail,) = [mail for mail in mailbox.mailbox.search() if "is disconnected" in mail.subject]
    assert (mail.recipients, mail.subject) == ([boss.user.email], "Google Calendar of Ana Duarte is disconnected")
    assert f"/dashboard/team/{ana.provider.pk}/calendars/" in str(mail.text)


def test_who_does_it_needs_no_mail(ana: Desk, boss: Membership, leaver: Membership, mailbox: Any) -> None:
    members.deactivate(leaver, by=boss)
    ana.drain()
    assert [mail.subject for mail in mailbox.mailbox.search() if "is disconnected" in mail.subject] == []


def test_the_list_costs_the_same_for_many(ana: Desk, boss: Membership, leaver: Membership, client_for: Any) -> None:
    owner = sign_in(client_for(ana.business.slug), boss)

    def queries() -> int:
        with CaptureQueriesContext(database) as seen:
            assert owner.get(MEMBERS).status_code == 200
        return len(seen)

    queries()
    before = queries()
    for name in ("Marco Vitale", "Lea Roth"):
        other = connected(ana.business, ana.google, name=name, email=f"{name[:3].lower()}@gmail.example")
        make_member(ana.business, "provider", email=f"{name[:3].lower()}@team.example", provider=other.provider)
    assert queries() == before
