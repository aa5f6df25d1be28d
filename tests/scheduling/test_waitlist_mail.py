"""What people on the waiting list are told: when it is true, once, in their zone and language."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from scheduling.models import Message, WaitlistEntry
from scheduling.services import waitlist, waitlist_offers
from tenants.enums import BusinessStatus
from tenants.models import Business
from tests.factories import CLIENT, STAFF, at
from tests.scheduling.waiting_world import MONDAY, Waiting, world


@pytest.fixture
def here(business: Business) -> Waiting:
    found = world(business, price=9500)
    business.address, business.email = "24 Mercer St, Portland", "hello@harborpine.example"
    business.save()
    return found


def sent(here: Waiting, now: Any = None) -> list[EmailMultiAlternatives]:
    """What the worker sends to people on the list when it runs."""
    before = len(mail.outbox)
    here.drain(now)
    return [m for m in mail.outbox[before:] if not m.to[0].startswith("guest")]  # type: ignore[misc]


def text(message: EmailMultiAlternatives) -> str:
    return str(message.body)


def test_joining_is_confirmed_with_the_wish_and_the_link(here: Waiting) -> None:
    kim = here.join("Kim", hours=(0, 720), weekdays=[3, 5], last=MONDAY + timedelta(days=13), notes="Hurry")
    [letter] = sent(here)
    assert (letter.to, letter.subject) == (["kim@example.test"], "Waiting list: Cut")
    assert letter.reply_to == ["hello@harborpine.example"]
    told = (
        "Mon 7 Jun – Sun 20 Jun",
        "Wed, Fri",
        "Mornings",
        "Anyone",
        "60 min",
        "Hurry",
        "typed your address by mistake",
    )
    for words in told:
        assert words in text(letter), words
    link = f"http://acme.localhost/w/{kim.pk}?t={waitlist.entry_token(here.business.pk, kim)}"
    assert re.sub(r":\d+/", "/", text(letter)).count(link) == 1
    html = str(letter.alternatives[0][0])
    assert "Change or leave" in html
    assert "style=" in html
    here.join("Kim", hours=(720, 1020))
    [letter] = sent(here)
    assert letter.subject == "Waiting list: your wish was changed, Cut"


def test_an_offer_says_what_when_and_until_when(here: Waiting) -> None:
    kim = here.join("Kim")
    sent(here)
    here.free(11)
    [letter] = sent(here)
    assert letter.subject == "Free for you: Cut, Mon 7 Jun 11:00 am"
    offer = here.offer_of(kim)
    for words in (
        "Monday, 7 June 2027, 11:00 am – 12:00 pm",
        "It is kept for you until Tue 1 Jun, 1:01 pm EDT.",
        "Cut, 60 min",
        "Ana Duarte",
        "24 Mercer St, Portland",
        "$95.00",
        "Book this time:",
        f"/w/{kim.pk}/offer/{offer.pk}?t=",
        "No, thanks:",
        "&answer=no",
    ):
        assert words in text(letter), words
    assert "&amp;answer" not in text(letter)
    assert letter.extra_headers["References"] == f"<wait.{kim.pk}@{letter.extra_headers['References'].split('@')[1]}"
    [kept] = Message.objects.filter(appointment=offer.appointment)
    assert (kept.kind, kept.state, kept.recipient) == ("client.waitlist_offer", "sent", "kim@example.test")
    assert sent(here, here.now + timedelta(minutes=1)) == []


def test_times_are_told_in_the_client_s_zone_where_it_differs(here: Waiting) -> None:
    kim = here.join("Kim")
    WaitlistEntry.objects.filter(pk=kim.pk).update(timezone="America/Los_Angeles")
    sent(here)
    here.free(11)
    [letter] = sent(here)
    assert "11:00 am – 12:00 pm" in text(letter)
    assert "8:00 – 9:00 am" in text(letter)


def test_an_offer_that_is_over_is_not_mailed_any_more(here: Waiting) -> None:
    kim = here.join("Kim")
    sent(here)
    here.free(11)
    here.match()
    waitlist_offers.decline(business=here.business, offer=here.offer_of(kim), now=here.now, by=CLIENT)
    assert sent(here) == []


def test_what_was_offered_and_taken_back_is_said_only_to_who_heard_of_it(here: Waiting) -> None:
    kim = here.join("Kim")
    sent(here)
    start = at("2027-06-08T15:00:00-04:00")
    facts: dict[str, Any] = {
        "business": here.business,
        "entry": kim,
        "provider_id": None,
        "by": STAFF,
        "allow_outside_hours": True,
    }
    waitlist_offers.offer_by_staff(start=start, now=here.now, **facts)
    waitlist_offers.withdraw(business=here.business, offer=here.offer_of(kim), now=here.now, by=STAFF)
    assert sent(here) == []
    here.now += timedelta(minutes=1)
    waitlist_offers.offer_by_staff(start=start, now=here.now, **facts)
    sent(here)
    waitlist_offers.withdraw(business=here.business, offer=here.offer_of(kim), now=here.now, by=STAFF)
    [letter] = sent(here)
    assert letter.subject == "Not free any more: Cut, Tue 8 Jun, 3:00 pm EDT"
    assert "You stay on the waiting list." in text(letter)


def test_who_ignored_three_offers_is_told_that_it_is_over(here: Waiting) -> None:
    here.join("Kim")
    for hour in (10, 11, 12):
        here.free(hour)
        sent(here)
        letters = sent(here, here.now + timedelta(minutes=70))
    [letter] = letters
    assert letter.subject == "You are no longer on the waiting list: Cut"
    assert "We kept 3 times for you and heard nothing." in text(letter)
    assert "Put me back on the list" in text(letter)


def test_a_paused_business_writes_to_nobody(here: Waiting) -> None:
    here.join("Kim")
    here.business.status = BusinessStatus.SUSPENDED
    here.business.save()
    assert sent(here) == []
    here.business.status = BusinessStatus.ACTIVE
    here.business.save()
    assert [str(m.subject) for m in sent(here)] == ["Waiting list: Cut"]


def test_who_left_before_the_mail_went_gets_none(here: Waiting) -> None:
    kim = here.join("Kim")
    waitlist.leave(business=here.business, entry=kim, now=here.now, by=CLIENT)
    assert sent(here) == []


def test_names_of_strangers_are_text(here: Waiting) -> None:
    here.join("Kim", notes="<b>hi</b> <script>x</script>")
    [letter] = sent(here)
    html = str(letter.alternatives[0][0])
    assert "&lt;b&gt;hi&lt;/b&gt;" in html
    assert "<script>" not in html
