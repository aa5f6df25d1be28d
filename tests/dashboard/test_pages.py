"""Who may open which page of the dashboard, and what it costs the database."""

from collections.abc import Callable
from typing import Any

import pytest
from django_tenants.utils import tenant_context
from pytest_django import DjangoAssertNumQueries

from scheduling.enums import Status
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
PAGES = [
    "/dashboard/",
    "/dashboard/calendar/",
    "/dashboard/calendar/?view=day",
    "/dashboard/appointments/",
    "/dashboard/appointments/new",
]
BELOW = ["", "reschedule", "cancel", "decline"]


@pytest.mark.parametrize("role", ["owner", "manager", "front_desk", "provider"])
def test_every_role_opens_the_daily_pages(studio: Studio, client_for: NewClient, role: str) -> None:
    mine = studio.book("10:00", name="Mia Mine")
    browser = studio.client(client_for, role, provider=studio.ana)
    for page in [*PAGES, *(f"/dashboard/appointments/{mine.pk}/{name}" for name in BELOW)]:
        answer = browser.get(page)
        assert answer.status_code == 200, page
        assert answer.headers["Cache-Control"] == "no-store"
        assert "style-src-attr 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_strangers_are_sent_to_sign_in(studio: Studio, client_for: NewClient) -> None:
    for page in PAGES:
        answer = client_for("acme").get(page)
        assert answer.status_code == 302
        assert "/go/acme/?next=%2Fdashboard%2F" in answer.headers["Location"]


def test_a_session_of_another_business_opens_nothing(
    studio: Studio, other_business: Business, client_for: NewClient
) -> None:
    mine = studio.book("10:00")
    stranger = make.sign_in(client_for("acme"), make.make_member(other_business))
    assert stranger.get(f"/dashboard/appointments/{mine.pk}/").status_code == 302
    at_home = make.sign_in(client_for("zen"), make.make_member(other_business, "manager"))
    assert at_home.get(f"/dashboard/appointments/{mine.pk}/").status_code == 404
    assert at_home.post(f"/dashboard/appointments/{mine.pk}/complete").status_code == 404


def test_a_provider_sees_and_changes_only_his_own(studio: Studio, client_for: NewClient) -> None:
    mine, theirs = studio.book("11:00", name="Mia Mine"), studio.book("11:00", studio.marco, name="Theo Theirs")
    browser = studio.client(client_for, "provider", provider=studio.ana)
    for page in PAGES[:4]:
        text = browser.get(page).content.decode()
        assert "Mia Mine" in text, page
        assert "Theo Theirs" not in text, page
        assert "Marco" not in text, page
    for name in BELOW:
        assert browser.get(f"/dashboard/appointments/{theirs.pk}/{name}").status_code == 403
    for name in ("complete", "cancel", "reschedule", "notes"):
        assert browser.post(f"/dashboard/appointments/{theirs.pk}/{name}").status_code == 403
    assert browser.post(f"/dashboard/appointments/{mine.pk}/complete").status_code == 302


def test_a_provider_without_a_link_to_the_team_sees_nothing(studio: Studio, client_for: NewClient) -> None:
    studio.book("10:00", name="Mia Mine")
    browser = studio.client(client_for, "provider")
    for page in PAGES:
        answer = browser.get(page)
        assert answer.status_code == 200
        assert b"Mia Mine" not in answer.content


def test_a_form_without_its_token_is_refused(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("10:00")
    browser = make.sign_in(client_for("acme", enforce_csrf_checks=True), studio.member("owner"))
    assert browser.post(f"/dashboard/appointments/{mine.pk}/complete").status_code == 403
    mine.refresh_from_db()
    assert mine.status == Status.CONFIRMED


def test_what_a_member_may_not_do_is_not_offered(studio: Studio, client_for: NewClient) -> None:
    owner = studio.client(client_for, "owner").get("/dashboard/").content.decode()
    provider = studio.client(client_for, "provider", provider=studio.ana).get("/dashboard/").content.decode()
    assert "Finish setting up" in owner
    assert "Finish setting up" not in provider


@pytest.mark.parametrize(("page", "queries"), [(0, 35), (1, 16), (2, 16), (3, 14)])
@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_queries_does_not_depend_on_the_rows(
    studio: Studio,
    client_for: NewClient,
    django_assert_num_queries: DjangoAssertNumQueries,
    page: int,
    queries: int,
    rows: int,
) -> None:
    for number in range(rows):
        day, hour = divmod(number, 5)
        status = Status.PENDING_APPROVAL if number % 3 == 0 else Status.CONFIRMED
        studio.book(
            f"2027-06-{9 + day % 3:02d}T{12 + hour}:00:00-04:00", [studio.ana, studio.marco][day // 3], status=status
        )
    browser = studio.client(client_for)
    browser.get(PAGES[page])
    with django_assert_num_queries(queries):
        assert browser.get(PAGES[page]).status_code == 200


def test_the_calendar_costs_the_same_for_a_big_team(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        person = make.make_provider(studio.business, f"Person {number}")
        make.make_service(studio.business, f"Service {number}", providers=[person])
        make.open_week(person)
        make.make_busy(person, "2027-06-09T12:00:00-04:00", "2027-06-09T13:00:00-04:00")
    browser = studio.client(client_for)
    browser.get("/dashboard/calendar/?view=day")
    with django_assert_num_queries(16):
        browser.get("/dashboard/calendar/?view=day")


def test_the_page_of_an_appointment_costs_the_same_whatever_happened_to_it(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mine = studio.book("15:00")
    browser = studio.client(client_for)
    address = f"/dashboard/appointments/{mine.pk}/"
    browser.get(address)
    for _ in range(2):
        with django_assert_num_queries(25):
            browser.get(address)
        for action in ("cancel", "restore") * 3:
            browser.post(f"{address}{action}")
        browser.get(address)  # shows the messages


def test_the_business_is_the_one_of_the_host(studio: Studio, other_business: Business, client_for: NewClient) -> None:
    with tenant_context(other_business):
        make.make_appointment(
            other_business,
            make.make_service(other_business, providers=[zoe := make.make_provider(other_business, "Zoe")]),
            zoe,
            "2027-06-09T12:00:00+00:00",
            name="Client of zen",
            now=make.at("2027-06-01T12:00:00+00:00"),
        )
    studio.book("12:00", name="Client of acme")
    browser = studio.client(client_for)
    for page in PAGES[:4]:
        text = browser.get(page).content.decode()
        assert "Client of acme" in text
        assert "Client of zen" not in text
