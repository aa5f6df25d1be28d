"""Series at the desk: seen before they are booked, booked, shown, moved and cancelled."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages

from daybook.core.outbox import relay
from daybook.core.outbox.models import OutboxRow
from scheduling.enums import Status
from scheduling.models import Appointment, Series
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio

NewClient = Callable[..., Any]
PAGE = "/dashboard/appointments/new"
FIRST = "2027-06-16T13:00:00-04:00"
SERIES_QUERIES = 11


def form(studio: Studio, **values: str) -> dict[str, str]:
    return {
        "nonce": str(uuid4()), "client": "new", "name": "Nadia Okafor", "email": "nadia@example.test", "notify": "on",
        "service": str(studio.massage.pk), "provider": str(studio.ana.pk), "day": "2027-06-16", "source": "phone",
        "start": "2027-06-16T17:00:00Z", "repeat": "on", "every": "1", "unit": "week", "ends": "count", "count": "6",
        **values,
    }  # fmt: skip


def shown(page: str) -> dict[str, str]:
    """What the form says about the dates: which are ticked, and which time each takes."""
    found = dict(re.findall(r'type="hidden" name="(at-\d+|shown)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select class="[^"]*" name="(at-\d+)".*?>(.*?)</select>', page, re.DOTALL):
        found[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    return found | dict.fromkeys(re.findall(r'name="(date-\d+)" checked', page), "on")


def preview(browser: Any, values: dict[str, str], address: str = PAGE) -> tuple[str, dict[str, str]]:
    page = browser.post(address, {**values, "step": "dates"}).content.decode()
    return page, shown(page)


@pytest.fixture
def booked(studio: Studio, client_for: NewClient) -> list[Appointment]:
    """A series of six Wednesdays, 1 pm, with Ana; the client was told."""
    browser, values = studio.client(client_for, email="maker@example.test"), form(studio)
    _page, dates = preview(browser, values)
    browser.post(PAGE, {**values, **dates})
    relay.drain(now=make.at(NOW) + timedelta(minutes=1))
    return list(Appointment.objects.order_by("starts_at"))


def test_conflicts_are_seen_before_and_skipped(studio: Studio, client_for: NewClient) -> None:
    studio.book("2027-06-30T12:30:00-04:00", name="Xenia")
    make.make_block(None, "2027-07-07")
    browser, values = studio.client(client_for), form(studio)
    page, dates = preview(browser, values)
    assert Appointment.objects.count() == 1
    assert "Taken: Xenia, 12:30 – 1:30 pm" in page
    assert "Closed" in page
    assert sorted(name for name in dates if name.startswith("date-")) == ["date-0", "date-1", "date-4", "date-5"]
    answer = browser.post(PAGE, {**values, **dates})
    assert answer.headers["Location"] == "/dashboard/calendar/?view=day&date=2027-06-16"
    made = Appointment.objects.filter(series__isnull=False).order_by("starts_at")
    assert [row.starts_at - make.at(FIRST) for row in made] == [timedelta(weeks=n) for n in (0, 1, 4, 5)]
    assert Series.objects.get().count == 6


def test_a_conflict_is_booked_all_the_same_or_goes_nearby(studio: Studio, client_for: NewClient) -> None:
    studio.book("2027-06-23T12:30:00-04:00", name="Xenia")
    studio.book("2027-06-30T12:30:00-04:00", name="Yann", email="y@example.test")
    browser, values = studio.client(client_for), form(studio, count="3")
    page, dates = preview(browser, values)
    assert dates["at-1"].endswith("|v")
    nearby = re.findall(r'value="(2027-06-30T[^"]*\|)"', page)[0]
    browser.post(PAGE, {**values, **dates, "date-1": "on", "date-2": "on", "at-2": nearby})
    made = list(Appointment.objects.filter(series__isnull=False).order_by("starts_at"))
    assert [row.overlap_allowed for row in made] == [False, True, False]
    assert made[2].starts_at == make.at("2027-06-30T13:30:00-04:00")


def test_nothing_is_booked_that_was_not_shown(studio: Studio, client_for: NewClient) -> None:
    browser, values = studio.client(client_for), form(studio)
    assert browser.post(PAGE, values).status_code == 422
    _page, dates = preview(browser, values)
    changed = {**values, **dates, "every": "2"}
    answer = browser.post(PAGE, changed)
    assert "Look at the dates before you book them." in answer.content.decode()
    nobody = {name: value for name, value in dates.items() if not name.startswith("date-")}
    assert "Choose at least one date." in browser.post(PAGE, {**values, **nobody}).content.decode()
    assert Appointment.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"count": "61"}, "less than or equal to 60"),
        ({"count": ""}, "This field is needed."),
        ({"every": "0"}, "greater than or equal to 1"),
        ({"ends": "until", "until": "2027-06-17"}, "That is one date only"),
        ({"ends": "until", "until": "2029-06-17", "unit": "day"}, "At most 60 dates at once."),
        ({"ends": "count", "count": "60", "unit": "month"}, "more than two years"),
        ({"unit": "year"}, "valid choice"),
    ],
)
def test_what_makes_no_series_is_said(studio: Studio, client_for: NewClient, wrong: dict[str, str], words: str) -> None:
    browser = studio.client(client_for)
    assert words in preview(browser, form(studio, **wrong))[0]
    assert browser.post(PAGE, form(studio, **wrong)).status_code == 422


def test_short_months_are_announced(studio: Studio, client_for: NewClient) -> None:
    monthly = form(studio, day="2027-08-31", start="2027-08-31T17:00:00Z", unit="month", count="3")
    page, _dates = preview(studio.client(client_for), monthly)
    assert "Months without day 31 have their last day instead." in page
    assert "Thu 30 Sep" in page


def test_a_race_in_between_is_told_on_the_page_of_the_series(studio: Studio, client_for: NewClient) -> None:
    browser, values = studio.client(client_for), form(studio)
    _page, dates = preview(browser, values)
    taken = dates["at-2"].replace(str(studio.ana.pk), str(studio.marco.pk))
    studio.book("2027-06-30T13:00:00-04:00", studio.marco, name="Xenia")
    answer = browser.post(PAGE, {**values, **dates, "at-2": taken})
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "1 date did not work out" in page
    assert "Wed 30 Jun 2027, 1:00 pm, Marco Vitale: Another appointment takes this time" in page
    assert "5 appointments booked." in page


def test_the_same_form_sent_twice_makes_one_series(studio: Studio, client_for: NewClient) -> None:
    browser, values = studio.client(client_for), form(studio)
    _page, dates = preview(browser, values)
    first, second = (browser.post(PAGE, {**values, **dates}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert (Appointment.objects.count(), Series.objects.count()) == (6, 1)


def test_undo_takes_the_series_back(studio: Studio, client_for: NewClient) -> None:
    browser, values = studio.client(client_for), form(studio)
    _page, dates = preview(browser, values)
    browser.post(PAGE, {**values, **dates})
    series = Series.objects.get()
    answer = browser.post(f"/dashboard/appointments/series/{series.pk}/unbook", HTTP_HX_REQUEST="true")
    assert answer.headers["HX-Refresh"] == "true"
    assert set(Appointment.objects.values_list("status", flat=True)) == {Status.CANCELLED}
    relay.drain(now=make.at(NOW) + timedelta(hours=1))
    assert not OutboxRow.objects.filter(state="pending", kind__endswith=".series").exists()


def test_an_appointment_names_its_series(studio: Studio, client_for: NewClient, booked: list[Appointment]) -> None:
    browser = studio.client(client_for)
    for headers in ({}, {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "drawer"}):
        page = browser.get(f"/dashboard/appointments/{booked[2].pk}/", **headers).content.decode()
        assert "3 of 6 in a series" in page
        assert f"/dashboard/appointments/{booked[5].pk}/" in page
        assert f"/dashboard/appointments/{booked[2].pk}/series/cancel" in page


def test_this_and_the_following_are_cancelled_once_told(
    studio: Studio, client_for: NewClient, booked: list[Appointment]
) -> None:
    browser, address = studio.client(client_for), f"/dashboard/appointments/{booked[2].pk}/series/cancel"
    page = browser.get(address).content.decode()
    assert [int(n) for n in re.findall(r"<small>(\d) appointment", page)] == [1, 4, 6]
    run = re.findall(r'name="run" value="([^"]+)"', page)[0]
    values = {"run": run, "scope": "following", "notify": "1", "reason": "Ana is away"}
    for _ in range(2):
        answer = browser.post(address, values)
        assert answer.status_code in (200, 303)
    assert [row.status for row in Appointment.objects.order_by("starts_at")] == ["confirmed"] * 2 + ["cancelled"] * 4
    assert OutboxRow.objects.filter(kind="client.cancelled.series").count() == 1


def test_all_are_moved_after_a_look_at_each(studio: Studio, client_for: NewClient, booked: list[Appointment]) -> None:
    studio.book("2027-07-01T15:30:00-04:00", name="Xenia", email="x@example.test")
    browser, address = studio.client(client_for), f"/dashboard/appointments/{booked[1].pk}/series/move"
    values = {"scope": "following", "day": "2027-06-24", "start": "2027-06-24T19:00:00Z", "notify": "on"}
    page, dates = preview(browser, values, address)
    assert page.count('name="date-') == 5
    assert "Taken: Xenia, 3:30 – 4:30 pm" in page
    assert browser.post(address, values).status_code == 422
    answer = browser.post(address, {**values, **dates, "run": str(uuid4())})
    assert answer.status_code == 303
    starts = [
        row.starts_at - make.at(FIRST) for row in Appointment.objects.filter(series__isnull=False).order_by("starts_at")
    ]
    later = timedelta(days=1, hours=2)
    weeks = [timedelta(weeks=n) for n in range(6)]
    assert starts == [weeks[0], weeks[1] + later, weeks[2], *(week + later for week in weeks[3:])]
    (row,) = OutboxRow.objects.filter(kind="client.rescheduled.series")
    assert len(row.payload["appointments"]) == 4


def cancelled(browser: Any, row: Appointment) -> str:
    """All of its series are cancelled; the address that takes it back."""
    answer = browser.post(f"/dashboard/appointments/{row.pk}/series/cancel", {"run": str(uuid4()), "scope": "all"})
    [message] = get_messages(answer.wsgi_request)
    assert str(message) == "6 appointments cancelled."
    return str(message.extra_tags)


def test_a_cancelled_series_is_taken_back_and_names_what_was_taken(
    studio: Studio, client_for: NewClient, booked: list[Appointment]
) -> None:
    browser = studio.client(client_for)
    address = cancelled(browser, booked[0])
    studio.book("2027-06-30T13:00:00-04:00", name="Xenia", email="x@example.test")
    answer = browser.post(address, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    page = browser.get(answer.headers["HX-Redirect"]).content.decode()
    assert "5 appointments are as they were." in page
    assert "1 date did not work out" in page
    assert "Wed 30 Jun 2027, 1:00 pm, Ana Duarte: Another appointment takes this time" in page
    mine = Appointment.objects.filter(series__isnull=False)
    statuses = [row.status for row in mine.order_by("starts_at")]
    assert statuses == ["confirmed"] * 2 + ["cancelled"] + ["confirmed"] * 3
    again = browser.post(address)
    assert again.headers["Location"] == answer.headers["HX-Redirect"]
    assert [row.status for row in mine.order_by("starts_at")] == statuses


def test_nobody_else_takes_it_back(studio: Studio, client_for: NewClient, booked: list[Appointment]) -> None:
    address = cancelled(studio.client(client_for), booked[0])
    other = studio.client(client_for, email="second@example.test")
    page = other.get(other.post(address).headers["Location"]).content.decode()
    assert "This cannot be undone any more." in page
    assert set(Appointment.objects.values_list("status", flat=True)) == {Status.CANCELLED}


def test_moving_a_series_offers_to_take_it_back(
    studio: Studio, client_for: NewClient, booked: list[Appointment]
) -> None:
    browser, address = studio.client(client_for), f"/dashboard/appointments/{booked[0].pk}/series/move"
    values = {"scope": "all", "day": "2027-06-17", "start": "2027-06-17T19:00:00Z", "notify": "on"}
    _page, dates = preview(browser, values, address)
    answer = browser.post(address, {**values, **dates, "run": str(uuid4())})
    [message] = get_messages(answer.wsgi_request)
    browser.post(message.extra_tags)
    found = Appointment.objects.order_by("starts_at")
    assert [row.starts_at for row in found] == [row.starts_at for row in booked]


def test_who_sees_only_his_own_neither_sees_nor_changes_others(
    studio: Studio, client_for: NewClient, booked: list[Appointment]
) -> None:
    series = booked[0].series_id
    for name, provider, status in (("ana", studio.ana, 200), ("marco", studio.marco, 404)):
        browser = studio.client(client_for, "provider", provider=provider, email=f"{name}@example.test")
        assert browser.get(f"/dashboard/appointments/series/{series}/").status_code == status
    for address in ("series/cancel", "series/move", "unbook"):
        assert browser.post(f"/dashboard/appointments/{booked[0].pk}/{address}").status_code == 403, address
    other = form(studio, provider=str(studio.marco.pk))
    _page, dates = preview(browser, other)
    stolen = {name: value.replace(str(studio.marco.pk), str(studio.ana.pk)) for name, value in dates.items()}
    assert browser.post(PAGE, {**other, **stolen}).status_code == 422
    assert Appointment.objects.filter(series__isnull=False).exclude(series=series).count() == 0


def test_the_page_of_a_series_takes_the_same_queries_for_one_and_for_many(
    studio: Studio, client_for: NewClient, booked: list[Appointment], django_assert_num_queries: Any
) -> None:
    browser, address = studio.client(client_for), f"/dashboard/appointments/series/{booked[0].series_id}/"
    browser.get(address)
    with django_assert_num_queries(SERIES_QUERIES):
        assert browser.get(address).content.count(b"/dashboard/appointments/") > 6
    Appointment.objects.exclude(pk=booked[0].pk).delete()
    with django_assert_num_queries(SERIES_QUERIES):
        browser.get(address)


@pytest.mark.parametrize("start", ["9999-12-31T23:59:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:00-14:00"])
def test_instants_beyond_every_calendar_are_no_times(studio: Studio, client_for: NewClient, start: str) -> None:
    row, browser = studio.book(FIRST), studio.client(client_for)
    once = {name: value for name, value in form(studio, start=start).items() if name != "repeat"}
    assert browser.post(PAGE, once).status_code == 422
    assert browser.post(PAGE, {**once, "repeat": "on", "step": "dates"}).status_code == 200
    moved = browser.post(f"/dashboard/appointments/{row.pk}/reschedule", {"day": "2027-06-17", "start": start})
    assert moved.status_code == 422
    values = form(studio, count="3", start="2027-06-16T19:00:00Z")
    _page, dates = preview(browser, values)
    ticked = {name: value for name, value in dates.items() if not name.startswith("date-")}
    only = {**values, **ticked, "date-0": "on", "at-0": f"{start}|{studio.ana.pk}|ov"}
    assert browser.post(PAGE, only).status_code == 422
    assert Appointment.objects.count() == 1
