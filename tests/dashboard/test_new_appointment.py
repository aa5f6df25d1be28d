"""Staff book for a client: known or new, at a listed or a typed time, with whom they may."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from scheduling.enums import Source, Status
from scheduling.models import Appointment, Client, Service
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
PAGE = "/dashboard/appointments/new"
FREE = "2027-06-09T17:00:00Z"


def form(studio: Studio, **values: str) -> dict[str, str]:
    return {
        "nonce": str(uuid4()), "client": "new", "name": "Walter Walk-in", "service": str(studio.massage.pk),
        "day": "2027-06-09", "start": FREE, "source": "walk_in", **values,
    }  # fmt: skip


def test_a_new_client_at_a_listed_time(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    answer = browser.post(PAGE, form(studio, email="W@Example.test", phone="207 555 0123", staff_notes="Bad knee"))
    made = Appointment.objects.get()
    assert answer.headers["Location"] == f"/dashboard/appointments/{made.pk}/"
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
    assert f'value="{known.pk}" checked' in page


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
    browser, late = studio.client(client_for), form(studio, start="", custom="19:00")
    answer = browser.post(PAGE, late)
    assert answer.status_code == 409
    assert 'name="allow_outside_hours"' in answer.content.decode()
    assert Appointment.objects.count() == 0
    assert browser.post(PAGE, {**late, "allow_outside_hours": "on"}).status_code == 302


def test_a_typed_time_outside_the_hours_and_on_top_needs_both(studio: Studio, client_for: NewClient) -> None:
    studio.book("19:00", email="first@example.test")
    browser, late = studio.client(client_for), form(studio, start="", custom="19:30", provider=str(studio.ana.pk))
    answer = browser.post(PAGE, {**late, "allow_outside_hours": "on"})
    assert answer.status_code == 409
    assert 'name="allow_overlap"' in answer.content.decode()
    assert browser.post(PAGE, {**late, "allow_outside_hours": "on", "allow_overlap": "on"}).status_code == 302
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
    assert browser.post(PAGE, form(studio, provider=str(studio.ana.pk))).status_code == 302
    assert Appointment.objects.get().provider == studio.ana


def test_without_a_service_the_page_says_what_is_missing(studio: Studio, client_for: NewClient) -> None:
    Service.objects.update(active=False)
    assert "Nothing can be booked yet" in studio.client(client_for).get(PAGE).content.decode()
