"""The waiting list as a client meets it, with a browser that knows no scripts."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from daybook.core.outbox import relay
from scheduling.models import Appointment, Client, WaitlistEntry, WaitlistOffer
from scheduling.services import waitlist
from tenants.enums import BusinessStatus
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import at
from tests.scheduling.waiting_world import TUESDAY_NOON, Waiting, world
from tests.widget.pages import fields, only_form, send

KIM = {"name": "Kim Lee", "email": "kim@example.test", "provider": "any", "hours": "any",
       "first_date": "2027-06-07", "last_date": "2027-06-07"}  # fmt: skip
Clock = Callable[[Any], None]


@pytest.fixture
def here(business: Business, clock: Clock) -> Waiting:
    clock(TUESDAY_NOON)
    found = world(business)
    business.email = "hello@harborpine.example"
    business.save()
    return found


@pytest.fixture
def http(here: Waiting) -> HostClient:
    return HostClient("acme.localhost")


def join(http: HostClient, **typed: Any) -> Any:
    """Fill in the form and send it."""
    page = http.get("/book/cut/wait")
    return send(http, "/book/cut/wait", {**fields(page, "wait"), **KIM, **typed})


def path(entry: WaitlistEntry, here: Waiting, offer: WaitlistOffer | None = None) -> str:
    rest = f"/offer/{offer.pk}" if offer else ""
    return f"/w/{entry.pk}{rest}?t={waitlist.entry_token(here.business.pk, entry)}"


def offered(here: Waiting, clock: Clock) -> tuple[WaitlistEntry, WaitlistOffer]:
    """Kim has been offered the hour at eleven."""
    kim = here.join("Kim", notes="By the window")
    clock(here.now)
    here.free(11)
    here.drain()
    return kim, here.offer_of(kim)


def test_the_booking_page_leads_to_the_list(http: HostClient, here: Waiting) -> None:
    page = http.get("/book/cut/?month=2027-06").content.decode()
    assert "Don’t see your time?" in page
    assert 'href="/book/cut/wait?month=2027-06"' in page
    page = http.get("/book/cut/?month=2027-07").content.decode()
    assert "We write to you as soon as a time is free." in page
    here.business.waitlist_open = False
    here.business.save()
    assert "/wait" not in http.get("/book/cut/").content.decode()


def test_joining_says_so_and_tells_nothing_else(http: HostClient) -> None:
    answer = join(http, weekdays=["1", "3"], last_date="2027-06-30", hours="between", start="10:00", end="12:30")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/book/cut/wait?said=joined")
    entry = WaitlistEntry.objects.get()
    assert (entry.name, entry.email, entry.provider_id, entry.state) == ("Kim Lee", "kim@example.test", None, "waiting")
    assert (entry.weekdays, entry.start_minute, entry.end_minute) == ([1, 3], 600, 750)
    page = http.get(answer.headers["Location"])
    assert "You are on the waiting list" in page.content.decode()
    assert str(entry.pk) not in page.content.decode()
    assert http.cookies == {}


def test_the_same_form_twice_joins_once_and_the_same_person_too(http: HostClient, here: Waiting) -> None:
    page = http.get("/book/cut/wait")
    for _ in range(2):
        assert send(http, "/book/cut/wait", {**fields(page, "wait"), **KIM}).status_code == 303
    first = join(http, email="KIM@example.test", hours="morning", name="Somebody Else")
    assert first.status_code == 303
    entry = WaitlistEntry.objects.get()
    assert (entry.name, entry.start_minute, entry.end_minute) == ("Kim Lee", 0, 720)
    assert [note for _, note in here.notes()] == ["joined", "changed"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": "K"}, "The name needs 2 to 100 characters."),
        ({"email": "kim"}, "Enter an e-mail address such as name@example.com."),
        ({"last_date": "2027-06-01", "first_date": "2027-06-02"}, "The last day is before the first."),
        ({"first_date": "2027-05-01", "last_date": "2027-05-31"}, "This day is over."),
        ({"last_date": "2030-01-01"}, "Choose a year at most."),
        ({"weekdays": ["2"]}, "None of these weekdays lies between the dates."),
        ({"hours": "between", "start": "12:00", "end": "11:00"}, "The end must be after the start."),
        ({"hours": "between"}, "Enter a time such as 9:30."),
        ({"first_date": "soon"}, "Enter a valid date."),
        ({"phone": "12"}, "This phone number does not exist."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(http: HostClient, typed: dict[str, Any], says: str) -> None:
    answer = join(http, notes="By the window", **typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "By the window" in page
    assert not WaitlistEntry.objects.exists()


def test_forms_of_others_are_refused(http: HostClient) -> None:
    page = http.get("/book/cut/wait")
    data = {**fields(page, "wait"), **KIM}
    assert http.post("/book/cut/wait", data, headers={"origin": "http://evil.example"}).status_code == 403
    assert send(http, "/book/cut/wait", {**data, "token": "x"}).status_code == 403
    assert not WaitlistEntry.objects.exists()


def test_a_closed_list_takes_nobody(http: HostClient, here: Waiting) -> None:
    page = http.get("/book/cut/wait")
    here.business.waitlist_open = False
    here.business.save()
    assert send(http, "/book/cut/wait", {**fields(page, "wait"), **KIM}).status_code == 404
    assert "The waiting list is closed" in http.get("/book/cut/wait").content.decode()
    here.business.waitlist_open, here.business.status = True, BusinessStatus.SUSPENDED
    here.business.save()
    assert http.get("/book/cut/wait").status_code == 403


def test_a_blocked_client_is_asked_to_call_like_anybody_else_would_be(http: HostClient, here: Waiting) -> None:
    Client.objects.create(name="Kim", email="Kim@example.test", blocked_at=here.now)
    answer = join(http)
    assert answer.status_code == 409
    assert "asks you to contact it" in answer.content.decode()
    assert 'value="kim@example.test"' in answer.content.decode()
    assert not WaitlistEntry.objects.exists()


def test_nobody_s_mailbox_is_filled(http: HostClient, here: Waiting) -> None:
    codes = [join(http, notes=str(n)).status_code for n in range(6)]
    assert codes == [303] * 5 + [429]
    assert len(here.notes()) == 5


def test_a_phone_where_the_service_wants_one(http: HostClient, here: Waiting) -> None:
    here.cut.phone_required = True
    here.cut.save()
    assert "Enter a phone number." in join(http).content.decode()
    assert join(http, phone="207 555 0123").status_code == 303
    assert WaitlistEntry.objects.get().phone == "+12075550123"


def test_one_s_own_place_shows_changes_and_ends(http: HostClient, here: Waiting) -> None:
    kim = here.join("Kim")
    url = path(kim, here)
    page = http.get(url)
    assert "You are on the waiting list" in page.content.decode()
    data = {**fields(page, "place"), "do": "change", "first_date": "2027-06-07", "last_date": "2027-06-21",
            "hours": "evening", "notes": "Late"}  # fmt: skip
    assert send(http, url, data).status_code == 303
    kim.refresh_from_db()
    assert (kim.last_date.isoformat(), kim.start_minute, kim.notes) == ("2027-06-21", 1020, "Late")
    assert "Mon 7 Jun – Mon 21 Jun" in http.get(url).content.decode()
    wrong = send(http, url, {**data, "last_date": "2027-01-01"})
    assert wrong.status_code == 422
    assert 'value="2027-01-01"' in wrong.content.decode()
    assert send(http, url, {**fields(page, "place"), "do": "leave"}).status_code == 303
    assert "You are off the waiting list" in http.get(url).content.decode()
    assert send(http, url, data).status_code == 409
    assert send(http, url, {**fields(page, "place"), "do": "back"}).status_code == 303
    assert "You are on the waiting list" in http.get(url).content.decode()


def test_looking_changes_nothing(http: HostClient, here: Waiting, clock: Clock) -> None:
    kim, offer = offered(here, clock)
    for url in (path(kim, here), path(kim, here, offer), path(kim, here, offer) + "&answer=no"):
        assert http.get(url).status_code == 200
        assert http.head(url).status_code == 200
    assert here.offers() == [("Kim", 11, "open")]


@pytest.mark.parametrize("token", ["", "x", None])
def test_only_the_token_opens_it(http: HostClient, here: Waiting, clock: Clock, token: str | None) -> None:
    kim, offer = offered(here, clock)
    lee = here.join("Lee")
    wrong = waitlist.entry_token(here.business.pk, lee) if token is None else token
    missing = http.get(f"/w/{lee.pk}?t=none")
    for url in (f"/w/{kim.pk}?t={wrong}", f"/w/{kim.pk}/offer/{offer.pk}?t={wrong}"):
        answer = http.get(url)
        assert (answer.status_code, answer.content) == (404, missing.content)
        assert http.post(url, {"do": "leave"}).status_code == 404
    theirs = f"/w/{lee.pk}/offer/{offer.pk}?t={waitlist.entry_token(here.business.pk, lee)}"
    assert http.get(theirs).status_code == 404


def test_the_link_dies_ninety_days_after_the_last_date(http: HostClient, here: Waiting, clock: Clock) -> None:
    kim = here.join("Kim")
    clock(at("2027-09-05T12:00:00Z"))
    assert http.get(path(kim, here)).status_code == 200
    clock(at("2027-09-06T12:00:00Z"))
    assert http.get(path(kim, here)).status_code == 404


def test_yes_books_it_with_what_is_known(http: HostClient, here: Waiting, clock: Clock) -> None:
    kim, offer = offered(here, clock)
    url = path(kim, here, offer)
    page = http.get(url)
    html = page.content.decode()
    assert 'value="Kim Doe"' in html
    assert 'value="kim@example.test"' in html
    assert "Kept for you until <b>Tue 1 Jun, 1:01 pm</b>" in html
    typed = {"name": "Kim Doe", "email": "kim@example.test", "notes": "By the window", "do": "book"}
    answer = send(http, url, {**fields(page, "take"), **typed})
    assert answer.status_code == 303
    manage = answer.headers["Location"]
    assert manage.startswith("/a/")
    assert "You are booked" in http.get(manage).content.decode()
    booked = Appointment.objects.get(pk=offer.appointment_id)
    assert (booked.status, booked.source, booked.notes) == ("confirmed", "waitlist", "By the window")
    again = send(http, url, {**fields(page, "take"), **typed})
    assert again.status_code == 303
    assert again.headers["Location"].startswith("/a/")
    assert http.get(url).headers["Location"].startswith("/a/")
    assert "You have a time" in http.get(path(kim, here)).content.decode()


def test_what_is_missing_is_said_and_the_time_stays(http: HostClient, here: Waiting, clock: Clock) -> None:
    kim, offer = offered(here, clock)
    url = path(kim, here, offer)
    answer = send(http, url, {**fields(http.get(url), "take"), "name": "", "email": "kim@example.test", "do": "book"})
    assert answer.status_code == 422
    assert "The name needs 2 to 100 characters." in answer.content.decode()
    assert here.offers() == [("Kim", 11, "open")]


def test_no_thanks_frees_it(http: HostClient, here: Waiting, clock: Clock) -> None:
    kim, offer = offered(here, clock)
    url = path(kim, here, offer)
    page = http.get(url + "&answer=no")
    assert "Give this time to the next person?" in page.content.decode()
    answer = send(http, url, {**fields(page, "decline"), "do": "decline"})
    assert answer.status_code == 303
    assert "You stay on the list" in http.get(answer.headers["Location"]).content.decode()
    assert here.offers() == [("Kim", 11, "declined")]
    assert "not kept for you any more" in http.get(url).content.decode()
    late = send(http, url, {**fields(page, "decline"), "do": "decline"})
    assert late.status_code == 409


def test_an_offer_that_went_to_the_next_says_so(http: HostClient, here: Waiting, clock: Clock) -> None:
    kim, offer = offered(here, clock)
    here.join("Lee")
    url, page = path(kim, here, offer), http.get(path(kim, here, offer))
    clock(here.now + timedelta(hours=2))
    relay.drain(now=here.now + timedelta(hours=2), schema=here.business.schema_name, impatient=True)
    assert [row[0] for row in here.offers()] == ["Kim", "Lee"]
    for answer in (http.get(url), send(http, url, {**fields(page, "take"), "name": "Kim Doe", "do": "book"})):
        assert "not kept for you any more" in answer.content.decode()
        assert "still on the waiting list" in answer.content.decode()
    assert Appointment.objects.filter(status="confirmed", source="waitlist").count() == 0


def test_the_pages_set_no_cookie_and_carry_no_script_of_their_own(
    http: HostClient, here: Waiting, clock: Clock
) -> None:
    kim, offer = offered(here, clock)
    for url in ("/book/cut/wait", path(kim, here), path(kim, here, offer)):
        answer = http.get(url)
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?![^>]*src=)", answer.content.decode())
    assert http.cookies == {}
    assert only_form(http.get("/book/cut/wait"))["token"]
