"""The page of a provider's calendars."""

from typing import Any

import pytest
from django.db import connection as django_connection
from django.test.utils import CaptureQueriesContext

from calendarsync.models import Feed, Subscription
from calendarsync.services import subscriptions
from daybook.core.audit import entries
from scheduling.models import BusyTime, Provider
from tests.calendarsync.feeds_world import FeedHost, event
from tests.factories import NOW, STAFF, make_member, make_provider, sign_in

connection: Any = django_connection  # django-tenants' methods have no types
TEN = ("DTSTART:20270607T140000Z", "DTEND:20270607T150000Z")


@pytest.fixture
def ana(business: Any, clock: Any, valkey: Any) -> Provider:
    clock(NOW)
    business.timezone = "America/New_York"
    business.save()
    return make_provider(business, "Ana Duarte")


@pytest.fixture
def rosa(business: Any, client_for: Any) -> Any:
    return sign_in(client_for("acme"), make_member(business, "owner"))


def page_of(provider: Provider) -> str:
    return f"/dashboard/team/{provider.pk}/calendars/"


def test_a_calendar_is_added_and_the_page_says_what_was_found(ana: Provider, rosa: Any, host: FeedHost) -> None:
    host.publish(event(*TEN), event("DTSTART:20270609T140000Z", "DURATION:PT1H"))
    answer = rosa.post(page_of(ana), {"url": host.url, "name": "Outlook"}, follow=True)
    assert answer.redirect_chain == [(page_of(ana), 303)]
    text = answer.content.decode()
    assert "Outlook: 2 busy times, the next begins Mon 7 Jun, 10:00 am." in text
    assert "next: Mon 7 Jun, 10:00 am" in text
    assert "calendar.ics" not in text, "the outside address may be a secret: only its host is shown"


def test_without_a_name_it_is_called_by_its_host(ana: Provider, rosa: Any, host: FeedHost) -> None:
    text = rosa.post(page_of(ana), {"url": host.url}, follow=True).content.decode()
    assert "localhost: no busy times ahead." in text


@pytest.mark.parametrize(
    ("url", "words"), [("", "required"), ("not an address", "https:// or webcal://"), ("x" * 3000, "at most 2000")]
)
def test_what_is_typed_wrong_is_said_and_kept(ana: Provider, rosa: Any, host: FeedHost, url: str, words: str) -> None:
    answer = rosa.post(page_of(ana), {"url": url, "name": "My Outlook"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    assert 'value="My Outlook"' in text
    assert not Subscription.objects.exists()


def test_a_calendar_that_cannot_be_read_is_said_and_what_was_typed_is_kept(
    ana: Provider, rosa: Any, host: FeedHost
) -> None:
    host.status = 404
    answer = rosa.post(page_of(ana), {"url": host.url, "name": "My Outlook"})
    assert answer.status_code == 422
    assert "There is no calendar at this address. It was taken down, or it has a new address. (404)" in (
        answer.content.decode()
    )
    assert f'value="{host.url}"' in answer.content.decode()


def test_hc210_an_address_of_our_own_network_is_refused_on_the_page(ana: Provider, rosa: Any) -> None:
    answer = rosa.post(page_of(ana), {"url": "https://169.254.169.254/latest/meta-data/"})
    assert answer.status_code == 422
    assert "may not ask this address" in answer.content.decode()


def test_looking_now_pausing_going_on_and_removing(business: Any, ana: Provider, rosa: Any, host: FeedHost) -> None:
    row = subscriptions.add(business=business, provider=ana, name="Outlook", url=host.url, now=NOW, by=STAFF)
    host.publish(event(*TEN))
    said = [
        rosa.post(f"{page_of(ana)}{row.pk}/{action}", follow=True).content.decode()
        for action in ("refresh", "pause", "refresh", "resume")
    ]
    assert "Outlook: 1 busy time, it begins Mon 7 Jun, 10:00 am." in said[0]
    assert "Paused: Outlook. Its times are open now." in said[1]
    assert "It is not read, and its times are open." in said[2]
    assert "Outlook: 1 busy time" in said[3]
    host.status = 410
    assert (
        "There is no calendar at this address"
        in rosa.post(f"{page_of(ana)}{row.pk}/refresh", follow=True).content.decode()
    )
    assert BusyTime.objects.count() == 1
    assert "Removed: Outlook" in rosa.post(f"{page_of(ana)}{row.pk}/remove", follow=True).content.decode()
    assert BusyTime.objects.count() == Subscription.objects.count() == 0
    assert rosa.post(f"{page_of(ana)}{row.pk}/remove").status_code == 404


def test_a_calendar_that_has_a_new_address_gets_it(business: Any, ana: Provider, rosa: Any, host: FeedHost) -> None:
    row = subscriptions.add(business=business, provider=ana, name="Outlook", url=host.url, now=NOW, by=STAFF)
    Subscription.objects.filter(pk=row.pk).update(problem="gone", status=404, failing_since=NOW, told_at=NOW)
    host.publish(event(*TEN))
    address = f"{page_of(ana)}{row.pk}/address"
    refused = rosa.post(address, {"url": host.url})
    assert refused.status_code == 422
    assert "This calendar is in the list already." in refused.content.decode()
    host.status = 404
    refused = rosa.post(address, {"url": f"{host.url}?new"})
    assert (refused.status_code, BusyTime.objects.count()) == (422, 0)
    assert f'value="{host.url}?new"' in refused.content.decode()
    assert "There is no calendar at this address" in refused.content.decode()
    host.status = 200
    text = rosa.post(address, {"url": f"{host.url}?new"}, follow=True).content.decode()
    assert "Outlook: 1 busy time, it begins Mon 7 Jun, 10:00 am." in text
    assert "Needs attention" not in text
    moved = Subscription.objects.get()
    assert (moved.pk, moved.url, moved.turn, moved.problem) == (row.pk, f"{host.url}?new", 1, "")
    line = entries(business.pk).get(action="calendar_subscription.moved")
    assert "calendar.ics" not in str((line.before, line.after))


def test_whoever_asks_too_often_is_told_and_loses_nothing(
    business: Any, ana: Provider, rosa: Any, host: FeedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = subscriptions.add(business=business, provider=ana, name="Outlook", url=host.url, now=NOW, by=STAFF)
    monkeypatch.setattr(subscriptions, "ASKED_A_MINUTE", 0)
    answer = rosa.post(page_of(ana), {"url": f"{host.url}?more", "name": "My Outlook"})
    assert answer.status_code == 422
    assert 'value="My Outlook"' in answer.content.decode()
    for action in ("refresh", "resume"):
        text = rosa.post(f"{page_of(ana)}{row.pk}/{action}", follow=True).content.decode()
        assert "Too many requests. Please wait a moment." in text


def test_a_calendar_that_stays_broken_needs_attention(business: Any, ana: Provider, rosa: Any, host: FeedHost) -> None:
    row = subscriptions.add(business=business, provider=ana, name="Outlook", url=host.url, now=NOW, by=STAFF)
    assert "Needs attention" not in rosa.get(page_of(ana)).content.decode()
    Subscription.objects.filter(pk=row.pk).update(problem="gone", status=404, failing_since=NOW, told_at=NOW, skipped=2)
    text = rosa.get(page_of(ana)).content.decode()
    assert "Needs attention" in text
    assert "It has not been read since Tue 1 Jun, 8:00 am; what is known stays closed." in text
    assert "2 entries could not be read and do not count." in text
    assert "1 of 1 needs attention" in rosa.get("/dashboard/team/calendars/").content.decode()


def test_the_own_address_is_made_renewed_and_switched_off(ana: Provider, rosa: Any, client_for: Any) -> None:
    reader = client_for("acme")

    def press(action: str, **data: str) -> str:
        answer = rosa.post(f"{page_of(ana)}feed/{action}", data, follow=True)
        assert answer.redirect_chain == [(page_of(ana), 303)]
        return str(answer.content.decode())

    def path(text: str) -> str:
        return "/calendar/" + text.split("/calendar/")[1].split("<")[0]

    assert "/calendar/" not in rosa.get(page_of(ana)).content.decode().replace("/dashboard/calendar/", "")
    first = path(press("on").replace("/dashboard/calendar/", ""))
    assert reader.get(first).status_code == 200
    press("privacy", privacy="busy")
    assert Feed.objects.get().privacy == "busy"
    press("privacy", privacy="everything")
    assert Feed.objects.get().privacy == "busy", "what nobody offered changes nothing"
    second = path(press("renew").replace("/dashboard/calendar/", ""))
    assert [reader.get(one).status_code for one in (first, second)] == [404, 200]
    press("off")
    assert reader.get(second).status_code == 404
    assert rosa.post(f"{page_of(ana)}feed/nonsense").status_code == 404


def test_hc211_a_provider_has_the_page_for_himself_only(
    business: Any, ana: Provider, client_for: Any, host: FeedHost
) -> None:
    ben = make_provider(business, "Ben")
    own = sign_in(client_for("acme"), make_member(business, "provider", provider=ana))
    desk = sign_in(client_for("acme"), make_member(business, "front_desk"))
    row = subscriptions.add(business=business, provider=ben, name="Outlook", url=host.url, now=NOW, by=STAFF)
    assert own.post(page_of(ana), {"url": host.url}).status_code == 303
    assert own.post(f"{page_of(ana)}feed/on").status_code == 303
    for path in (page_of(ben), f"{page_of(ben)}feed/on", f"{page_of(ben)}{row.pk}/remove"):
        assert own.post(path, {"url": host.url}).status_code == 403
    assert own.post(f"{page_of(ana)}{row.pk}/remove").status_code == 404, (
        "another provider's calendar by one's own page"
    )
    assert [desk.get(page_of(who)).status_code for who in (ana, ben)] == [403, 403]
    assert Subscription.objects.filter(pk=row.pk).exists()


def test_the_page_is_reached_from_the_team_and_from_ones_own_hours(
    business: Any, ana: Provider, rosa: Any, client_for: Any
) -> None:
    assert page_of(ana) in rosa.get(f"/dashboard/team/{ana.pk}/").content.decode()
    own = sign_in(client_for("acme"), make_member(business, "provider", provider=ana))
    assert page_of(ana) in own.get(f"/dashboard/availability/providers/{ana.pk}/").content.decode()


def test_the_page_takes_the_same_queries_for_one_calendar_and_for_three(
    business: Any, ana: Provider, rosa: Any, host: FeedHost
) -> None:
    host.publish(event(*TEN))
    counts = []
    for number in range(3):
        url = f"{host.url}?{number}"
        subscriptions.add(business=business, provider=ana, name=f"No {number}", url=url, now=NOW, by=STAFF)
        rosa.get(page_of(ana))
        with CaptureQueriesContext(connection) as queries:
            rosa.get(page_of(ana))
        counts.append(len(queries))
    assert len(set(counts)) == 1
