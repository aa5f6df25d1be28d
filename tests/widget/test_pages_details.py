"""From a held time to a booking."""

from collections.abc import Callable

import pytest

from scheduling.models import Appointment, Client
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import make_appointment
from tests.widget.pages import NOW, Shop, book, booked_page, fields, hold, make_shop, send

START = "2026-11-05T15:00Z"
TYPED = {"name": "Nadia Okafor", "email": "nadia@example.test", "phone": "", "notes": "Left shoulder"}


@pytest.fixture
def shop(business: Business, clock: Callable[[str], None]) -> Shop:
    clock(NOW)
    return make_shop(business)


@pytest.fixture
def client(shop: Shop, client_for: Callable[[str], HostClient]) -> HostClient:
    return client_for(shop.business.slug)


@pytest.fixture
def url(client: HostClient) -> str:
    return str(hold(client, START).headers["Location"])


def test_details_show_what_is_held_and_for_how_long(client: HostClient, url: str) -> None:
    page = client.get(url).content.decode()
    for words in (
        "Thu 5 Nov, 10:00 – 11:00 am",
        "Ana Duarte",
        "$95",
        "24 Mercer St, Portland",
        "Book Thu 5 Nov, 10:00 am",
    ):
        assert words in page
    assert 'data-expires="2026-11-04T14:51:00+00:00" data-now="2026-11-04T14:41:00+00:00"' in page
    assert "Held for <b data-left>10:00</b>" in page
    assert "Free to change or cancel until Thu 5 Nov, 8:00 am." in page
    assert 'type="checkbox"' not in page  # nothing is paid online, so there is nothing to accept
    assert client.get(url).headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in client.get(url).headers["Content-Security-Policy"]


def test_details_name_what_each_field_is_for(client: HostClient, url: str) -> None:
    page = client.get(url).content.decode()
    for name in ("name", "email", "tel"):
        assert f'autocomplete="{name}"' in page


def test_booking_leads_to_its_page(client: HostClient, shop: Shop) -> None:
    answer = book(client, START, notes="Left shoulder")
    booking = Appointment.objects.get()
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"/a/{booking.reference}?t=")
    assert (booking.status, booking.client_email, booking.notes) == ("confirmed", "nadia@example.test", "Left shoulder")
    page = client.get(answer.headers["Location"]).content.decode()
    assert "You are booked" in page
    assert "A confirmation is on its way to nadia@example.test." in page


def test_service_with_approval_is_requested(client: HostClient, shop: Shop) -> None:
    shop.massage.requires_approval = True
    shop.massage.save()
    url = hold(client, START).headers["Location"]
    assert "Request Thu 5 Nov, 10:00 am" in client.get(url).content.decode()
    page = client.get(book(client, "2026-11-05T16:00Z").headers["Location"]).content.decode()
    assert "Waiting for an answer" in page


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "K"}, "The name needs 2 to 100 characters."),
        ({"name": ""}, "The name needs 2 to 100 characters."),
        ({"name": "x" * 101}, "The name needs 2 to 100 characters."),
        ({"email": "nobody"}, "Enter an e-mail address such as name@example.com."),
        ({"email": ""}, "Enter an e-mail address such as name@example.com."),
        ({"phone": "12"}, "This phone number does not exist."),
        ({"notes": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_wrong_details_are_said_and_nothing_is_lost(
    client: HostClient, url: str, wrong: dict[str, str], message: str
) -> None:
    form = fields(client.get(url), "details") | TYPED | wrong
    answer = send(client, url, form | {"do": "book"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert "data-error-summary" in page
    assert 'aria-invalid="true"' in page
    for name, value in (TYPED | wrong).items():
        assert value[:100] in page, name
    assert Appointment.objects.get().status == "held"


def test_hc198_line_breaks_in_a_name_are_refused(client: HostClient, url: str) -> None:
    form = fields(client.get(url), "details") | TYPED | {"name": "Bob\r\nBcc: x@y.example"}
    assert send(client, url, form | {"do": "book"}).status_code == 422


def test_phone_is_asked_for_where_the_service_needs_it(client: HostClient, shop: Shop, url: str) -> None:
    shop.massage.phone_required = True
    shop.massage.save()
    form = fields(client.get(url), "details") | TYPED | {"do": "book"}
    assert b"Enter a phone number." in send(client, url, form).content
    assert send(client, url, form | {"phone": "(207) 555-0123"}).status_code == 303
    assert Appointment.objects.get().client_phone == "+12075550123"


def test_hc250_double_click_books_once(client: HostClient, url: str) -> None:
    form = fields(client.get(url), "details") | TYPED | {"do": "book"}
    first, second = send(client, url, form), send(client, url, form)
    assert first.headers["Location"].split("&")[0] == second.headers["Location"].split("&")[0]
    assert (Appointment.objects.count(), Client.objects.count()) == (1, 1)


def test_hc250_two_tabs_book_once_and_say_so(client: HostClient, url: str) -> None:
    one, two = (fields(client.get(url), "details") for _ in range(2))
    send(client, url, one | TYPED | {"do": "book"})
    answer = send(client, url, two | TYPED | {"name": "Nadia O.", "do": "book"})
    page = client.get(answer.headers["Location"]).content.decode()
    assert "This was done already; nothing happened twice." in page
    assert Appointment.objects.get().client_name == "Nadia Okafor"


def test_hc250_back_to_the_form_after_booking_leads_to_the_booking(client: HostClient, url: str) -> None:
    send(client, url, fields(client.get(url), "details") | TYPED | {"do": "book"})
    answer = client.get(url)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/a/")


def test_extending_keeps_what_was_typed(client: HostClient, url: str, clock: Callable[[str], None]) -> None:
    form = fields(client.get(url), "details") | TYPED
    clock("2026-11-04T14:50Z")
    page = send(client, url, form | {"do": "extend"}).content.decode()
    assert 'data-expires="2026-11-04T15:00:00+00:00"' in page
    assert 'value="Nadia Okafor"' in page
    assert "data-error-summary" not in page


def test_extending_by_script_swaps_the_countdown_only(client: HostClient, url: str) -> None:
    form = fields(client.get(url), "details") | TYPED
    answer = send(client, url, form | {"do": "extend"}, **{"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div id="hold">')


def test_hc252_hold_that_ended_while_typing_is_said_by_the_server_and_held_again(
    client: HostClient, url: str, clock: Callable[[str], None]
) -> None:
    form = fields(client.get(url), "details") | TYPED
    clock("2026-11-04T14:52Z")
    assert "Your time is not held any more" in client.get(url).content.decode()
    page = send(client, url, form | {"do": "again"})
    html = page.content.decode()
    assert "Thu 5 Nov, 10:00 – 11:00 am is held for you." in html
    assert 'value="Nadia Okafor"' in html
    assert "Left shoulder" in html
    assert 'data-expires="2026-11-04T15:02:00+00:00"' in html
    new_url = html.split('id="details" method="post" action="')[1].split('"')[0].replace("&amp;", "&")
    assert send(client, new_url, fields(page, "details") | TYPED | {"do": "book"}).status_code == 303
    assert sorted(Appointment.objects.values_list("status", flat=True)) == ["confirmed", "expired"]


def test_hc252_submitting_after_the_end_books_when_the_time_is_free(
    client: HostClient, url: str, clock: Callable[[str], None]
) -> None:
    form = fields(client.get(url), "details") | TYPED
    clock("2026-11-04T15:30Z")
    assert send(client, url, form | {"do": "book"}).status_code == 303
    assert Appointment.objects.get().status == "confirmed"


@pytest.mark.parametrize("do", ["book", "again"])
def test_hc252_time_lost_while_typing_keeps_the_form_and_offers_others(
    client: HostClient, shop: Shop, url: str, clock: Callable[[str], None], do: str
) -> None:
    form = fields(client.get(url), "details") | TYPED
    clock("2026-11-04T14:52Z")
    make_appointment(shop.business, shop.massage, shop.ana, START, email="other@example.test")
    answer = send(client, url, form | {"do": do})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "This time is not available any more." in page
    assert 'value="Nadia Okafor"' in page
    assert 'name="offer" value="2026-11-05T16:00Z"' in page
    held = send(client, url, fields(answer, "details") | TYPED | {"offer": "2026-11-05T16:00Z"}).content.decode()
    assert "Thu 5 Nov, 11:00 am – 12:00 pm is held for you." in held
    assert 'value="Nadia Okafor"' in held


def test_choosing_another_time_releases_the_hold(client: HostClient, url: str) -> None:
    answer = send(client, url, fields(client.get(url), "details") | {"do": "release"})
    assert answer.headers["Location"] == "/book/deep-tissue-massage/?date=2026-11-05"
    assert Appointment.objects.get().status == "cancelled"
    assert 'value="2026-11-05T15:00Z"' in client.get(answer.headers["Location"]).content.decode()


def test_released_hold_is_held_again_with_one_click(client: HostClient, url: str) -> None:
    form = fields(client.get(url), "details")
    send(client, url, form | {"do": "release"})
    assert "Your time is not held any more" in client.get(url).content.decode()
    answer = send(client, url, fields(client.get(url), "details") | TYPED | {"do": "book"})
    assert answer.status_code == 409
    assert "Hold it again" in answer.content.decode()


def test_wrong_hold_is_a_dead_link(client: HostClient, shop: Shop) -> None:
    bodies = {client.get(f"/book/deep-tissue-massage/details{query}").content for query in ("", "?hold=x", "?hold=")}
    assert len(bodies) == 1
    assert b"This link does not work any more" in bodies.pop()


def test_looking_changes_nothing(client: HostClient, url: str) -> None:
    before = Appointment.objects.values().get()
    client.get(url)
    client.head(url)
    assert Appointment.objects.values().get() == before


def test_hc194_markup_in_details_is_inert(client: HostClient, shop: Shop) -> None:
    evil = "<img src=x onerror=alert(1)>"
    page = client.get(booked_page(client, START, name=evil, notes=evil)).content.decode()
    assert "<img src=x" not in page


def test_client_in_another_zone_sees_both_clocks(client: HostClient, shop: Shop) -> None:
    shop.massage.location = "phone"
    shop.massage.save()
    url = hold(client, START, "/book/deep-tissue-massage/?tz=Europe/Berlin").headers["Location"]
    page = client.get(url).content.decode()
    assert page.index("Thu 5 Nov, 4:00 – 5:00 pm") < page.index("Thu 5 Nov, 10:00 – 11:00 am")
    assert "Central European Time — Berlin" in page


def test_in_person_the_clock_of_the_business_comes_first(client: HostClient) -> None:
    url = hold(client, START, "/book/deep-tissue-massage/?tz=Europe/Berlin").headers["Location"]
    page = client.get(url).content.decode()
    assert page.index("Thu 5 Nov, 10:00 – 11:00 am") < page.index("Thu 5 Nov, 4:00 – 5:00 pm")
