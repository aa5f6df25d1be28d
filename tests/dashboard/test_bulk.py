"""Many appointments at once: what is asked, what is done with each, what is said of it, and taking it back."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django_tenants.utils import tenant_context
from pytest_django import DjangoAssertNumQueries

from daybook.core.audit import entries
from scheduling.enums import Status
from scheduling.models import Appointment, AppointmentEvent
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
LIST, BULK = "/dashboard/appointments/", "/dashboard/appointments/bulk/"
HTMX = {"HX-Request": "true"}


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def status_of(appointment: Appointment) -> str:
    return Appointment.objects.get(pk=appointment.pk).status


def ids(*rows: Appointment) -> str:
    return ",".join(str(row.pk) for row in rows)


def form(*rows: Appointment, **more: str) -> dict[str, str]:
    return {"ids": ids(*rows), "nonce": str(uuid4()), "next": f"{LIST}?q=kim&tab=upcoming", **more}


def people(studio: Studio, count: int = 3, **values: Any) -> list[Appointment]:
    return [studio.book(f"{12 + n}:00", name=f"Client {n}", email=f"c{n}@example.test", **values) for n in range(count)]


def test_cancelling_asks_what_it_means_and_pins_what_it_shows(studio: Studio, client_for: NewClient) -> None:
    first, second, _ = people(studio)
    asked = studio.book("16:00", name="Ask Ing", email="", phone="+12075550100", status=Status.PENDING_APPROVAL)
    gone = studio.book("2027-06-10T10:00:00-04:00", name="Al Ready", status=Status.CANCELLED)
    rows = "&".join(f"ids={row.pk}" for row in (first, second, asked, gone))
    browser = studio.client(client_for)
    text = browser.get(f"{BULK}cancel?{rows}").content.decode()
    assert "Cancel 3 appointments?" in text
    assert "1 of them is a request: it is declined" in text
    assert "will not hear of it from us:</p>" in re.sub(r" *Ask Ing *", "", text)
    assert "1 is left as it is" in text
    assert f'value="{ids(first, second, asked)}"' in text
    drawer = browser.get(f"{BULK}cancel?{rows}", headers=HTMX).content.decode()
    assert "<html" not in drawer
    assert 'hx-target="#drawer"' in drawer
    assert status_of(first) == Status.CONFIRMED


def test_each_is_cancelled_by_its_own_service_and_all_come_back(studio: Studio, client_for: NewClient) -> None:
    rows = people(studio)
    browser = studio.client(client_for)
    answer = browser.post(f"{BULK}cancel", form(*rows, reason="Water pipe burst", notify="1"))
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{LIST}?q=kim&tab=upcoming"
    assert {status_of(row) for row in rows} == {Status.CANCELLED}
    events = AppointmentEvent.objects.filter(appointment__in=rows, action="cancelled")
    assert {(event.reason, event.actor_name) for event in events} == {("Water pipe burst", "Owner")}
    [message] = get_messages(answer.wsgi_request)
    assert str(message) == "3 cancelled"
    back = browser.post(message.extra_tags, headers=HTMX)
    assert (back.status_code, back.headers["HX-Redirect"]) == (204, f"{LIST}?q=kim&tab=upcoming")
    assert {status_of(row) for row in rows} == {Status.CONFIRMED}
    assert said(back)[-1] == "3 restored"
    sequences = [Appointment.objects.get(pk=row.pk).sequence for row in rows]
    browser.post(message.extra_tags, headers=HTMX)
    assert sequences == [Appointment.objects.get(pk=row.pk).sequence for row in rows]


def test_a_time_that_is_taken_meanwhile_stays_cancelled_and_is_named(studio: Studio, client_for: NewClient) -> None:
    first, second, _ = people(studio)
    browser = studio.client(client_for)
    [message] = get_messages(browser.post(f"{BULK}cancel", form(first, second)).wsgi_request)
    studio.book("12:00", name="Quick Er", email="quick@example.test")
    back = browser.post(message.extra_tags)
    assert "/bulk/" in back.headers["Location"]
    page = browser.get(back.headers["Location"]).content.decode()
    assert "1 restored." in page
    assert "1 stayed as it was" in page
    assert "Client 0" in page
    assert "Quick" not in page
    assert (status_of(first), status_of(second)) == (Status.CANCELLED, Status.CONFIRMED)


def test_what_does_not_work_is_named_with_its_reason(
    studio: Studio, client_for: NewClient, clock: Callable[[str], None]
) -> None:
    first, second = people(studio, 2, status=Status.PENDING_APPROVAL)
    gone = studio.book("16:00", name="Changed Mind", status=Status.PENDING_APPROVAL)
    browser = studio.client(client_for)
    fields = form(first, second, gone)
    Appointment.objects.filter(pk=gone.pk).update(status=Status.CANCELLED)
    Appointment.objects.filter(pk=second.pk).update(requested_at=make.at("2027-06-01T12:00:00Z"))  # over since long
    answer = browser.post(f"{BULK}confirm", {**fields, "ids": f"{fields['ids']},{uuid4()}"})
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "1 confirmed." in page
    assert "3 stayed as they were" in page
    assert page.count("the appointment has changed meanwhile") == 2
    assert "It is not there any more, or it is not yours." in page
    assert f'href="{LIST}?q=kim&amp;tab=upcoming"' in page
    states = [status_of(row) for row in (first, second, gone)]
    assert states == [Status.CONFIRMED, Status.EXPIRED, Status.CANCELLED]


def test_twice_the_same_form_acts_once(studio: Studio, client_for: NewClient) -> None:
    rows = people(studio)
    browser = studio.client(client_for)
    fields = form(*rows)
    browser.post(f"{BULK}cancel", fields)
    for row in rows:
        Appointment.objects.filter(pk=row.pk).update(status=Status.CONFIRMED)
    assert said(browser.post(f"{BULK}cancel", fields))[-1] == "3 cancelled"
    assert {status_of(row) for row in rows} == {Status.CONFIRMED}


def test_requests_are_confirmed_and_others_left_out(studio: Studio, client_for: NewClient) -> None:
    asked = people(studio, 2, status=Status.PENDING_APPROVAL)
    other = studio.book("16:00")
    browser = studio.client(client_for)
    text = browser.get(f"{BULK}confirm?ids={ids(*asked, other)}").content.decode()
    assert "Confirm 2 requests?" in text
    assert "1 is left as it is" in text
    answer = browser.post(f"{BULK}confirm", form(*asked))
    assert [(str(m), m.extra_tags) for m in get_messages(answer.wsgi_request)] == [("2 confirmed", "")]
    assert {status_of(row) for row in asked} == {Status.CONFIRMED}
    assert other.events.count() == 1


def test_all_that_match_are_the_list_with_its_filters(studio: Studio, client_for: NewClient) -> None:
    people(studio, 4)
    studio.book("12:00", studio.marco, name="Marco Own")
    browser = studio.client(client_for)
    text = browser.get(f"{BULK}cancel?all=1&q=client&tab=upcoming&ids={uuid4()}").content.decode()
    assert "Cancel 4 appointments?" in text
    assert "Marco Own" not in text
    assert "Cancel 5 appointments?" in browser.get(f"{BULK}cancel?all=1").content.decode()


def test_more_than_can_be_done_at_once_is_refused(
    studio: Studio, client_for: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduling.views import bulk

    rows = people(studio)
    monkeypatch.setattr(bulk, "MOST", 2)
    browser = studio.client(client_for)
    assert "At most 2 appointments at a time" in browser.get(f"{BULK}cancel?all=1").content.decode()
    assert browser.post(f"{BULK}cancel", form(*rows)).status_code == 422
    nobody = ",".join(str(uuid4()) for _ in range(3))
    assert browser.post(f"{BULK}cancel", {**form(rows[0]), "ids": nobody}).status_code == 422
    assert {status_of(row) for row in rows} == {Status.CONFIRMED}


@pytest.mark.parametrize("action", ["cancel", "confirm", "message"])
def test_nothing_selected_is_said(studio: Studio, client_for: NewClient, action: str) -> None:
    browser = studio.client(client_for)
    for query in ("", "?ids=nonsense", f"?ids={uuid4()}"):
        assert "No appointment is selected." in browser.get(f"{BULK}{action}{query}").content.decode()
    assert browser.post(f"{BULK}{action}").status_code == 422
    assert browser.get(f"{BULK}dance").status_code == 404


def test_a_provider_acts_on_his_own_only(studio: Studio, client_for: NewClient) -> None:
    mine, theirs = studio.book("12:00", name="Mia Mine"), studio.book("12:00", studio.marco, name="Theo Theirs")
    browser = studio.client(client_for, "provider", provider=studio.ana)
    text = browser.get(f"{BULK}cancel?ids={ids(mine, theirs)}").content.decode()
    assert "Theo" not in text
    assert "1 selected appointment is not there any more, or is not yours." in text
    browser.post(f"{BULK}cancel", form(mine, theirs))
    assert (status_of(mine), status_of(theirs)) == (Status.CANCELLED, Status.CONFIRMED)
    assert browser.post(f"{BULK}message", form(theirs, subject="Hi", text="Hi")).status_code == 422
    assert browser.get(f"{LIST}export").status_code == 403


def test_front_desk_with_its_own_calendar_only_acts_on_that(studio: Studio, client_for: NewClient) -> None:
    mine, theirs = studio.book("12:00", name="Mia Mine"), studio.book("12:00", studio.marco, name="Theo Theirs")
    member = studio.member("front_desk", provider=studio.ana)
    member.calendar = "own"
    member.save()
    browser = make.sign_in(client_for("acme"), member)
    assert "Theo" not in browser.get(f"{BULK}cancel?all=1").content.decode()
    browser.post(f"{BULK}cancel", form(mine, theirs))
    assert (status_of(mine), status_of(theirs)) == (Status.CANCELLED, Status.CONFIRMED)


def test_another_business_s_ids_are_nothing(studio: Studio, other_business: Business, client_for: NewClient) -> None:
    mine = studio.book("12:00", name="Mia Mine")
    with tenant_context(other_business):
        stranger = make.make_member(other_business)
    browser = make.sign_in(client_for("zen"), stranger)
    assert "No appointment is selected." in browser.get(f"{BULK}cancel?ids={mine.pk}").content.decode()
    assert browser.post(f"{BULK}cancel", form(mine)).status_code == 422
    assert mine.reference not in b"".join(browser.get(f"{LIST}export?ids={mine.pk}").streaming_content).decode()
    assert status_of(mine) == Status.CONFIRMED


def test_only_who_did_it_learns_of_it_and_takes_it_back(studio: Studio, client_for: NewClient) -> None:
    [mine] = people(studio, 1)
    fields = form(mine)
    studio.client(client_for).post(f"{BULK}cancel", fields)
    other = studio.client(client_for, "manager")
    assert said(other.post(f"{BULK}{fields['nonce']}/undo")) == ["This cannot be undone any more."]
    assert other.get(f"{BULK}{fields['nonce']}").status_code == 303
    assert status_of(mine) == Status.CANCELLED


@pytest.mark.parametrize("count", [1, 30])
def test_asking_costs_the_same_for_one_and_for_thirty(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    rows = [
        studio.book(f"2027-06-{10 + n // 6:02d}T{12 + n % 6}:00:00-04:00", email=f"c{n}@example.test")
        for n in range(count)
    ]
    browser = studio.client(client_for)
    browser.get(LIST)
    for action in ("cancel", "message"):
        with django_assert_num_queries(10):
            assert browser.get(f"{BULK}{action}?ids={ids(*rows)}").status_code == 200


def test_the_export_is_the_list_or_what_is_selected_in_it(studio: Studio, client_for: NewClient) -> None:
    evil = studio.book("12:00", name='=HYPERLINK("https://evil.example")', email="evil@example.test", source="phone")
    late = studio.book("2027-11-08T09:00:00-05:00", name="Late Winter", email="late@example.test")
    studio.book("13:00", studio.marco, name="Marco Own", email="own@example.test", status=Status.CANCELLED)
    Appointment.objects.filter(pk=late.pk).update(shared_notes="Bring\nshoes", staff_notes="@SUM(1)", price=12345)
    browser = studio.client(client_for)

    def lines(query: str) -> list[str]:
        answer = browser.get(f"{LIST}export?{query}")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert 'filename="appointments-acme-2027-06-09.csv"' in answer.headers["Content-Disposition"]
        return b"".join(answer.streaming_content).decode().split("\r\n")

    both = lines("tab=upcoming")
    assert both[0].startswith("\N{ZERO WIDTH NO-BREAK SPACE}Reference,Client,E-mail,Phone,Service,With,Start,End")
    assert f'{evil.reference},"\'=HYPERLINK(""https://evil.example"")",evil@example.test' in both[1]
    assert "2027-06-09 12:00,2027-06-09 13:00,America/New_York,UTC-04:00,Confirmed,Phone,Unpaid,95.00,USD" in both[1]
    assert "2027-11-08 09:00,2027-11-08 10:00,America/New_York,UTC-05:00" in both[2]
    assert both[2].endswith(',123.45,USD,2027-06-01 08:00,,"Bring\nshoes",\'@SUM(1)')
    assert len(both) == 4
    assert len(lines(f"tab=all&ids={late.pk}")) == 3
    assert len(lines("tab=all&q=marco")) == 3
    assert len(lines("tab=cancelled&all=1&ids=x")) == 3
    assert [(row.action, row.after) for row in entries(studio.business.pk)][-1] == (
        "appointments.exported",
        {"rows": 2},
    )
    assert studio.client(client_for, "front_desk").get(f"{LIST}export").status_code == 403


@pytest.mark.parametrize("count", [1, 30])
def test_exporting_takes_the_same_queries_for_one_and_for_thirty(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for n in range(count):
        studio.book(f"2027-06-{10 + n // 6:02d}T{12 + n % 6}:00:00-04:00", email=f"c{n}@example.test")
    browser = studio.client(client_for)
    browser.get(LIST)
    with django_assert_num_queries(11):
        assert len(b"".join(browser.get(f"{LIST}export").streaming_content).split(b"\r\n")) == count + 2
