"""Why there is no time: a day's grid of times with everything that closes each, and where it is changed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.models import Provider, Service
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
DAY = "2027-06-09"


@pytest.fixture
def owner(studio: Studio, client_for: NewClient) -> Any:
    return studio.client(client_for)


def asked(studio: Studio, browser: Any, day: str = DAY, **query: str) -> str:
    data = {"service": str(studio.massage.pk), "provider": str(studio.ana.pk), "date": day, "time": "", **query}
    answer = browser.get("/dashboard/availability/why", data)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_each_time_has_all_its_reasons_in_order_with_links(studio: Studio, owner: Any) -> None:
    Service.objects.filter(pk=studio.massage.pk).update(min_notice_minutes=180, buffer_after_minutes=15)
    studio.massage.refresh_from_db()
    booked = studio.book("13:00")
    make.make_block(studio.ana, DAY, "12:30", "13:30")
    make.make_busy(studio.ana, f"{DAY}T16:00:00-04:00", f"{DAY}T16:30:00-04:00")
    page = asked(studio, owner, time="13:15")
    at = page[page.index('id="asked"') : page.index("Hours on that day")]
    reasons = [at.index(words) for words in ("Closed 12:30", "Too soon: clients book at least 3 h", "Booked: Kim Lee")]
    assert reasons == sorted(reasons)
    assert f"/dashboard/availability/days/?day={DAY}&amp;for={studio.ana.pk}" in at
    assert f"/dashboard/services/{studio.massage.pk}/#id_min_notice_minutes" in at
    assert f"/dashboard/appointments/{booked.pk}/" in at
    assert "Too close to Kim Lee" in page
    assert "Busy in an outside calendar, 4:00 – 4:30 pm: test" in page
    assert f"/dashboard/calendar/?view=day&amp;date={DAY}" in page
    assert "would not lie within Ana Duarte’s hours, 9:00 am – 5:00 pm" in page


def test_settings_close_whole_days(studio: Studio, owner: Any) -> None:
    Service.objects.filter(pk=studio.massage.pk).update(max_advance_days=10, daily_cap=1)
    assert "it can be booked 10 days ahead, until Sat 19 Jun" in asked(studio, owner, "2027-06-22")
    studio.book("13:00")
    assert "Ana Duarte has the most of this service that a day may have: 1." in asked(studio, owner)


def test_hours_are_told_with_where_they_come_from(studio: Studio, owner: Any) -> None:
    assert "The business’s weekly hours." in asked(studio, owner)
    make.make_rule(studio.ana, 2, "10:00", "12:00")
    page = asked(studio, owner)  # a Wednesday; hers are on Tuesdays only
    assert "no hours" in page
    assert f"/dashboard/availability/providers/{studio.ana.pk}/" in page
    make.make_exception(studio.ana, DAY, "14:00", "16:00")
    page = asked(studio, owner, time="12:00")
    assert "Outside Ana Duarte’s hours, 2:00 – 4:00 pm." in page
    assert "Special hours 14:00 – 16:00 (Ana Duarte)" in page
    make.make_rule(None, 3, "09:00", "11:00", service=studio.massage)
    page = asked(studio, owner, time="12:00", provider=str(studio.marco.pk))
    assert "Deep tissue massage has hours of its own: 09:00 – 11:00." in page


def test_what_closes_the_whole_service_or_person(studio: Studio, owner: Any) -> None:
    Service.objects.filter(pk=studio.massage.pk).update(active=False, visibility="staff")
    page = asked(studio, owner)
    assert "Deep tissue massage is switched off" in page
    assert "Only staff book Deep tissue massage" in page
    Provider.objects.update(active=False)
    assert "Ana Duarte is switched off" in asked(studio, owner)
    assert "Nobody who is switched on gives this service" in asked(studio, owner, provider="")
    other = make.make_service(studio.business, "Reiki", providers=[studio.marco])
    assert "Ana Duarte does not give Reiki" in asked(studio, owner, service=str(other.pk))


def test_what_it_calls_open_can_be_booked(studio: Studio, owner: Any) -> None:
    """The page and the times that clients are offered are one answer."""
    studio.book("13:00")
    make.make_rule(studio.marco, 3, "12:00", "16:00")
    page = asked(studio, owner, provider="")
    cells = re.findall(r'class="why-time( is-open)?".*?<span>([^<]+)</span>', page, re.DOTALL)
    clients = owner.get(f"/book/{studio.massage.slug}/", {"date": DAY}).content.decode()
    offered = re.findall(r"\d{1,2}:\d\d [ap]m", clients[clients.index('id="times"') :])
    assert [text for open_, text in cells if open_] == list(dict.fromkeys(offered))


def test_a_provider_asks_about_himself_only(studio: Studio, client_for: NewClient) -> None:
    booked = studio.book("13:00", provider=studio.marco)
    ana = studio.client(client_for, "provider", provider=studio.ana)
    page = asked(studio, ana)
    assert "Marco" not in page
    assert "Change the service" not in page
    refused = ana.get(
        "/dashboard/availability/why",
        {"service": str(studio.massage.pk), "provider": str(studio.marco.pk), "date": DAY},
    )
    assert refused.status_code == 422
    assert str(booked.pk) not in refused.content.decode()
    for provider in ("", str(studio.marco.pk)):
        answer = ana.get(
            "/dashboard/availability/why", {"service": str(studio.massage.pk), "provider": provider, "date": DAY}
        )
        assert answer.status_code == 422


def test_the_day_asks_the_database_as_often_for_one_person_as_for_thirty(studio: Studio, owner: Any) -> None:
    Service.objects.filter(pk=studio.massage.pk).update(daily_cap=9)
    studio.massage.refresh_from_db()
    Provider.objects.filter(pk=studio.marco.pk).delete()

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            asked(studio, owner, provider="")
        return len(queries)

    studio.book("13:00")
    assert count() == 19
    for number in range(29):
        person = make.make_provider(studio.business, f"Person {number}")
        studio.massage.links.create(provider=person)
        studio.book("12:00", provider=person)
        make.make_block(person, DAY, "09:00", "10:00")
    assert count() == 19


@pytest.mark.parametrize("query", [{"date": "0001-01-01"}, {"service": "x"}, {"time": "soon"}, {"date": ""}])
def test_nonsense_is_answered_beside_its_field(studio: Studio, owner: Any, query: dict[str, str]) -> None:
    data = {"service": str(studio.massage.pk), "provider": "", "date": DAY, "time": "", **query}
    answer = owner.get("/dashboard/availability/why", data)
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()
