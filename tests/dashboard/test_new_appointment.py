"""Staff book for a client: known or new, at a listed or a typed time, with whom they may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from daybook.core.outbox import relay
from daybook.core.outbox.models import OutboxRow
from scheduling.enums import Source, Status
from scheduling.models import Appointment, Client, Service
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio

NewClient = Callable[..., Any]
PAGE = "/dashboard/appointments/new"
FREE = "2027-06-09T17:00:00Z"
FOUND, PAGE_QUERIES = 9, 15
NINETEEN = "2027-06-09T23:00:00+00:00"


def form(studio: Studio, **values: str) -> dict[str, str]:
    return {
        "nonce": str(uuid4()), "client": "new", "name": "Walter Walk-in", "service": str(studio.massage.pk),
        "day": "2027-06-09", "start": FREE, "source": "walk_in", **values,
    }  # fmt: skip


def test_a_new_client_at_a_listed_time(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    answer = browser.post(PAGE, form(studio, email="W@Example.test", phone="207 555 0123", staff_notes="Bad knee"))
    made = Appointment.objects.get()
    assert answer.headers["Location"] == "/dashboard/calendar/?view=day&date=2027-06-09"
    assert made.starts_at == make.at("2027-06-09T13:00:00-04:00")
    assert (made.status, made.source, made.staff_notes) == (Status.CONFIRMED, Source.WALK_IN, "Bad knee")
    assert (made.client_email, made.client_phone) == ("w@example.test", "+12075550123")
    assert made.price == 9500


def test_a_name_is_enough(studio: Studio, client_for: NewClient) -> None:
    studio.client(client_for).post(PAGE, form(studio))
    assert Client.objects.get().name == "Walter Walk-in"


def test_a_known_client_is_found_and_taken(studio: Studio, client_for: NewClient) -> None:
    known = Client.objects.create(name="Nadia Okafor", phone="+12075550199")
    browser = studio.client(client_for)
    page = browser.post(PAGE, form(studio, step="search", client_q="0199")).content.decode()
    assert f'value="{known.pk}"' in page
    assert "Walter Walk-in" in page
    browser.post(PAGE, form(studio, client=str(known.pk), name=""))
    assert Appointment.objects.get().client == known
    assert Client.objects.count() == 1


def test_a_client_chosen_on_another_page_is_preselected(studio: Studio, client_for: NewClient) -> None:
    known = Client.objects.create(name="Nadia Okafor")
    page = studio.client(client_for).get(f"{PAGE}?client={known.pk}").content.decode()
    assert f'name="client" value="{known.pk}"' in page
    assert "No visit yet" in page


def test_the_same_form_sent_twice_books_once(studio: Studio, client_for: NewClient) -> None:
    browser, twice = studio.client(client_for), form(studio)
    first, second = browser.post(PAGE, twice), browser.post(PAGE, twice)
    assert first.headers["Location"] == second.headers["Location"]
    assert Appointment.objects.count() == 1


def test_showing_times_books_nothing_and_keeps_what_was_typed(studio: Studio, client_for: NewClient) -> None:
    page = (
        studio.client(client_for)
        .post(PAGE, form(studio, step="times", day="2027-06-10", email="half@"))
        .content.decode()
    )
    assert "2027-06-10T13:00:00Z" in page
    assert 'value="half@"' in page
    assert Appointment.objects.count() == 0


def test_no_free_time_names_the_next_date(studio: Studio, client_for: NewClient) -> None:
    page = studio.client(client_for).get(f"{PAGE}?day=2027-06-12").content.decode()
    assert "No free times on this date. The next one is on Monday, 14 June." in page


def test_a_time_taken_meanwhile_keeps_the_form(studio: Studio, client_for: NewClient) -> None:
    for person in (studio.ana, studio.marco):
        studio.book("13:00", person, email=f"{person.hue}@example.test")
    answer = studio.client(client_for).post(PAGE, form(studio, email="w@example.test"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "taken meanwhile" in page
    assert 'value="w@example.test"' in page
    assert f'value="{FREE}"' not in page
    assert 'value="2027-06-09T18:00:00Z"' in page


def test_a_typed_time_outside_the_hours_needs_a_yes(studio: Studio, client_for: NewClient) -> None:
    browser, late = studio.client(client_for), form(studio, start="", custom="19:00", looked_at=NINETEEN)
    answer = browser.post(PAGE, late)
    assert answer.status_code == 409
    assert 'name="allow_outside_hours"' in answer.content.decode()
    assert Appointment.objects.count() == 0
    assert "Outside the hours" in answer.content.decode()
    warned_of_another = {**late, "allow_outside_hours": "on", "custom": "19:15"}
    assert browser.post(PAGE, warned_of_another).status_code == 409
    assert browser.post(PAGE, {**late, "allow_outside_hours": "on"}).status_code == 303


def test_a_typed_time_outside_the_hours_and_on_top_needs_both(studio: Studio, client_for: NewClient) -> None:
    studio.book("19:00", email="first@example.test")
    late = form(studio, start="", custom="19:30", provider=str(studio.ana.pk), looked_at="2027-06-09T23:30:00+00:00")
    browser = studio.client(client_for)
    answer = browser.post(PAGE, {**late, "allow_outside_hours": "on"})
    assert answer.status_code == 409
    assert 'name="allow_overlap"' in answer.content.decode()
    assert "Kim Lee, 7:00 – 8:00 pm" in answer.content.decode()
    assert browser.post(PAGE, {**late, "allow_outside_hours": "on", "allow_overlap": "on"}).status_code == 303
    assert Appointment.objects.filter(overlap_allowed=True).count() == 1


def test_what_is_wrong_is_said_at_its_field(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    for wrong, words in (
        ({"name": ""}, "Choose a client, or type a name."),
        ({"email": "nobody"}, "Enter an e-mail address"),
        ({"phone": "12"}, "phone number"),
        ({"start": ""}, "Choose a time, or type one."),
        ({"service": str(uuid4())}, "valid choice"),
        ({"source": "moon"}, "valid choice"),
        ({"provider": str(uuid4())}, "valid choice"),
        ({"price": "much"}, "Write an amount"),
        ({"length": "3"}, "5 minutes to 24 hours"),
        ({"length": "long"}, "Write minutes"),
    ):
        answer = browser.post(PAGE, form(studio, **wrong))
        assert answer.status_code == 422, wrong
        assert words in answer.content.decode(), wrong
    assert Appointment.objects.count() == 0


def test_a_client_of_nowhere_is_not_found(studio: Studio, client_for: NewClient) -> None:
    assert studio.client(client_for).post(PAGE, form(studio, client=str(uuid4()))).status_code == 404


def test_a_provider_books_for_himself_only(studio: Studio, client_for: NewClient) -> None:
    Client.objects.create(name="Nadia Okafor", email="nadia@example.test")
    browser = studio.client(client_for, "provider", provider=studio.ana)
    page = browser.post(PAGE, form(studio, step="search", client_q="nadia")).content.decode()
    assert "nadia@example.test" not in page
    assert str(studio.marco.pk) not in page
    assert browser.post(PAGE, form(studio, provider=str(studio.marco.pk))).status_code == 422
    assert browser.post(PAGE, form(studio)).status_code == 422
    assert browser.post(PAGE, form(studio, provider=str(studio.ana.pk))).status_code == 303
    assert Appointment.objects.get().provider == studio.ana


def test_without_a_service_the_page_says_what_is_missing(studio: Studio, client_for: NewClient) -> None:
    Service.objects.update(active=False)
    assert "Nothing can be booked yet" in studio.client(client_for).get(PAGE).content.decode()


def test_price_length_and_notes_of_this_appointment_only(studio: Studio, client_for: NewClient) -> None:
    typed = {"price": "80.50", "length": "1 h 30 min", "staff_notes": "Bad knee", "shared_notes": "Bring a towel"}
    studio.client(client_for).post(PAGE, form(studio, **typed))
    made = Appointment.objects.get()
    assert (made.price, made.duration_minutes, made.ends_at - made.starts_at) == (8050, 90, timedelta(minutes=90))
    assert (made.staff_notes, made.shared_notes) == ("Bad knee", "Bring a towel")
    assert Service.objects.get().price == 9500


def test_the_length_decides_which_times_are_free(studio: Studio, client_for: NewClient) -> None:
    page = studio.client(client_for).get(f"{PAGE}?day=2027-06-10&length=2 h").content.decode()
    assert "2027-06-10T19:00:00Z" in page
    assert "2027-06-10T20:00:00Z" not in page


def test_what_the_calendar_asks_for_is_filled_in(studio: Studio, client_for: NewClient) -> None:
    address = f"{PAGE}?day=2027-06-11&time=14:15&provider={studio.marco.pk}"
    page = studio.client(client_for).get(address).content.decode()
    assert 'value="2027-06-11"' in page
    assert 'name="custom" value="14:15"' in page
    assert f'value="{studio.marco.pk}" selected' in page
    assert "Fri 11 Jun, 2:15 – 3:15 pm" in page
    assert "allow_o" not in page


def test_a_warning_stands_there_before_anything_is_sent(studio: Studio, client_for: NewClient) -> None:
    studio.book("14:00")
    address = f"{PAGE}?day=2027-06-09&time=14:15&provider={studio.ana.pk}"
    page = studio.client(client_for).get(address).content.decode()
    assert "Taken: Kim Lee, 2:00 – 3:00 pm" in page
    assert 'name="allow_overlap"' in page
    assert 'name="allow_outside_hours"' not in page
    assert "Free nearby:" in page


def test_book_again_takes_client_service_provider_and_length(studio: Studio, client_for: NewClient) -> None:
    old = studio.book("13:00", studio.marco, duration_minutes=90)
    browser = studio.client(client_for)
    page = browser.get(f"{PAGE}?again={old.pk}").content.decode()
    assert f'name="client" value="{old.client_id}"' in page
    assert f'value="{studio.marco.pk}" selected' in page
    assert 'name="length" value="90"' in page
    page = browser.get(f"{PAGE}?again={old.pk}&repeat=1").content.decode()
    assert 'value="2027-06-16"' in page
    assert 'name="custom" value="13:00"' in page
    assert page.count('name="date-') == 6
    assert browser.get(f"{PAGE}?again={uuid4()}&entry={uuid4()}").status_code == 200


def test_it_leads_back_to_where_it_was_opened(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    origin = f"http://{studio.business.slug}.localhost"
    page = browser.get(PAGE, HTTP_REFERER=f"{origin}/dashboard/clients/?q=x").content.decode()
    assert 'name="next" value="/dashboard/clients/?q=x"' in page
    for where in ("https://evil.test/dashboard/", f"{origin}{PAGE}", "//evil.test/dashboard/"):
        assert 'name="next" value=""' in browser.get(PAGE, HTTP_REFERER=where).content.decode()
    assert browser.post(PAGE, form(studio, next="//evil.test/")).headers["Location"].startswith("/dashboard/calendar/")
    week = "/dashboard/calendar/?view=week&date=2027-01-01&with=x"
    answer = browser.post(PAGE, form(studio, next=week, start="2027-06-10T17:00:00Z"))
    assert answer.headers["Location"] == "/dashboard/calendar/?view=week&with=x&date=2027-06-10"


def test_a_taken_time_offers_the_next_ones(studio: Studio, client_for: NewClient) -> None:
    studio.book("13:00")
    taken = form(studio, provider=str(studio.ana.pk))
    answer = studio.client(client_for).post(PAGE, taken)
    assert answer.status_code == 409
    assert "The next free times" in answer.content.decode()


def test_in_a_drawer_only_the_drawer_is_answered(studio: Studio, client_for: NewClient) -> None:
    browser, drawer = studio.client(client_for), {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "drawer"}
    page = browser.get(PAGE, **drawer).content.decode()
    assert 'id="drawer-title"' in page
    assert "<html" not in page
    assert browser.post(PAGE, form(studio, name=""), **drawer).content.decode().count("drawer-title") == 1
    answer = browser.post(PAGE, form(studio), **drawer)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/dashboard/calendar/?view=day&date=2027-06-09")


def test_clients_are_found_while_typing(studio: Studio, client_for: NewClient) -> None:
    studio.book("09:00", email="kim@example.test", status=Status.COMPLETED)
    Client.objects.filter(email="kim@example.test").update(phone="+12075550199", blocked_at=make.at(NOW))
    browser = studio.client(client_for)
    for search in ("kim", "KIM@EX", "0199"):
        page = browser.get(f"{PAGE}/clients", {"q": search}).content.decode()
        assert "Kim Lee" in page, search
    assert "Last visit Wed 9 Jun 2027" in page
    assert "Blocked from online booking" in page
    assert "New client “nobody &lt;b&gt;”" in browser.get(f"{PAGE}/clients", {"q": "nobody <b>"}).content.decode()
    assert browser.get(f"{PAGE}/clients").content.decode().strip() == ""


def test_finding_clients_takes_the_same_queries_for_one_and_for_many(
    studio: Studio, client_for: NewClient, django_assert_num_queries: Any
) -> None:
    browser = studio.client(client_for)
    browser.get(f"{PAGE}/clients")
    Client.objects.create(name="Kim 0")
    with django_assert_num_queries(FOUND):
        assert browser.get(f"{PAGE}/clients", {"q": "kim"}).content.count(b"data-value") == 1
    Client.objects.bulk_create(Client(name=f"Kim {n}") for n in range(1, 30))
    with django_assert_num_queries(FOUND):
        assert browser.get(f"{PAGE}/clients", {"q": "kim"}).content.count(b"data-value") == 8


def test_undo_takes_it_back_silently_until_the_client_was_told(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    browser.post(PAGE, form(studio, email="w@example.test", notify="on"))
    made = Appointment.objects.get()
    pending = OutboxRow.objects.filter(state="pending", kind__in=("client.confirmed", "members.new"))
    assert {row.next_at for row in pending} == {make.at(NOW) + timedelta(seconds=15)}
    answer = browser.post(f"/dashboard/appointments/{made.pk}/unbook", HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")
    made.refresh_from_db()
    assert (made.status, pending.all().count()) == (Status.CANCELLED, 0)
    assert not OutboxRow.objects.filter(kind="members.cancelled").exists()


def test_undo_asks_once_the_client_was_told(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    browser.post(PAGE, form(studio, email="w@example.test", notify="on"))
    made = Appointment.objects.get()
    relay.drain(now=make.at(NOW) + timedelta(minutes=1))
    answer = browser.post(f"/dashboard/appointments/{made.pk}/unbook", HTTP_HX_REQUEST="true")
    assert answer.headers["HX-Redirect"] == f"/dashboard/appointments/{made.pk}/cancel"
    made.refresh_from_db()
    assert made.status == Status.CONFIRMED


def test_the_page_takes_a_fixed_number_of_queries(
    studio: Studio, client_for: NewClient, django_assert_num_queries: Any
) -> None:
    browser = studio.client(client_for)
    browser.get(PAGE)
    for rows in range(2):
        with django_assert_num_queries(PAGE_QUERIES):
            browser.get(f"{PAGE}?day=2027-06-10&time=14:00&repeat=1")
        for hour in range(9, 16 * (1 - rows)):
            studio.book(f"2027-06-10T{hour:02}:00:00-04:00", email=f"c{hour}@example.test")
