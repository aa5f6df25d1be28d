"""Dropping cards and blocking time: who may, what is refused, what is undone; month, list, the tag and what it costs."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context
from pytest_django import DjangoAssertNumQueries

from scheduling.enums import Status
from scheduling.models import Appointment, DateOverride
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio

NewClient = Callable[..., Any]
HTMX = {"HX-Request": "true"}
BACK = "view=day&date=2027-06-10"
TEN = "2027-06-10T10:00:00-04:00"


def move_url(appointment: Appointment) -> str:
    return f"/dashboard/calendar/appointments/{appointment.pk}/move"


def drop(browser: Any, appointment: Appointment, clock: str, **values: Any) -> Any:
    hour, minute = clock.split(":")
    place = {"day": "2027-06-10", "minute": int(hour) * 60 + int(minute), "notify": "1", "back": BACK, **values}
    return browser.post(move_url(appointment), place, headers=HTMX)


def toast(answer: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads(answer.headers["HX-Trigger"])["toast"]
    return found


def start(appointment: Appointment) -> str:
    appointment.refresh_from_db()
    return f"{appointment.starts_at - timedelta(hours=4):%d %H:%M} {appointment.provider.name}"


def test_a_drop_is_asked_about_with_names_and_times(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book(TEN, name="Nadia Okafor")
    query = {"day": "2027-06-10", "minute": 690, "provider": studio.marco.pk, "length": 60, "back": BACK}
    text = studio.client(client_for).get(move_url(mine), query, headers=HTMX).content.decode()
    assert "10:00 – 11:00 am" in text
    assert "11:30 am – 12:30 pm, Marco Vitale" in text
    assert 'name="notify" value="1" role="switch" checked' in text
    assert start(mine) == "10 10:00 Ana Duarte"


def test_a_drop_moves_and_answers_the_calendar_as_it_is_now(studio: Studio, client_for: NewClient) -> None:
    mine, browser = studio.book(TEN, name="Nadia Okafor"), studio.client(client_for)
    answer = drop(browser, mine, "14:00", provider=studio.marco.pk, length=90)
    assert answer.status_code == 200
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#cal", "outerHTML")
    assert '<div id="cal"' in answer.content.decode()
    assert toast(answer)["text"] == "Nadia Okafor: moved to Thu 10 Jun, 2:00 pm."
    assert start(mine) == "10 14:00 Marco Vitale"
    assert mine.duration_minutes == 90
    undone = browser.post(toast(answer)["undo"], headers=HTMX)
    assert toast(undone)["text"] == "Nadia Okafor: back where it was."
    assert (start(mine), mine.duration_minutes) == ("10 10:00 Ana Duarte", 60)
    again = browser.post(toast(answer)["undo"], headers=HTMX)
    assert (again.status_code, again.headers["HX-Reswap"]) == (409, "none")


def test_a_conflict_is_409_until_it_is_meant(studio: Studio, client_for: NewClient) -> None:
    mine, browser = studio.book(TEN), studio.client(client_for)
    studio.book("2027-06-10T12:00:00-04:00", name="Other", email="other@example.test")
    refused = drop(browser, mine, "12:30")
    assert refused.status_code == 409
    assert "Another appointment takes this time" in refused.content.decode()
    assert 'name="allow_overlap" value="1"' in refused.content.decode()
    assert start(mine) == "10 10:00 Ana Duarte"
    assert drop(browser, mine, "12:30", allow_overlap="1").status_code == 200
    assert start(mine) == "10 12:30 Ana Duarte"
    assert mine.overlap_allowed


def test_closed_hours_need_a_word_open_ones_do_not(studio: Studio, client_for: NewClient) -> None:
    mine, browser = studio.book(TEN), studio.client(client_for)
    asked = browser.get(move_url(mine), {"day": "2027-06-10", "minute": 1140, "back": BACK}, headers=HTMX)
    assert "Ana Duarte is not available then" in asked.content.decode()
    assert 'name="allow_outside_hours" value="1"' in asked.content.decode()
    assert drop(browser, mine, "19:00").status_code == 409
    assert drop(browser, mine, "19:00", allow_outside_hours="1").status_code == 200
    assert drop(browser, mine, "13:05").status_code == 200  # open, though clients are offered quarter hours only


def test_a_blocked_or_busy_time_needs_a_word(studio: Studio, client_for: NewClient) -> None:
    mine, browser = studio.book(TEN), studio.client(client_for)
    make.make_block(studio.ana, "2027-06-10", "12:00", "13:00")
    make.make_busy(studio.ana, "2027-06-10T15:00:00-04:00", "2027-06-10T16:00:00-04:00")
    assert drop(browser, mine, "12:00").status_code == 409
    assert drop(browser, mine, "14:30").status_code == 409
    assert drop(browser, mine, "13:00").status_code == 200


def test_a_class_keeps_its_length_and_a_stranger_does_not_give_it(studio: Studio, client_for: NewClient) -> None:
    yoga = make.make_service(studio.business, "Yoga", providers=[studio.ana], capacity=8)
    seat = make.make_appointment(studio.business, yoga, studio.ana, TEN, now=make.at(NOW))
    browser = studio.client(client_for)
    longer = drop(browser, seat, "10:00", length=90)
    assert (longer.status_code, "lasts as long as its class" in longer.content.decode()) == (422, True)
    other = drop(browser, seat, "12:00", provider=studio.marco.pk)
    assert (other.status_code, "does not offer this service" in other.content.decode()) == (422, True)


@pytest.mark.parametrize("bad", [{"day": "soon"}, {"minute": 1440}, {"minute": -5}, {"length": 0}, {"provider": "x"}])
def test_what_is_no_place(studio: Studio, client_for: NewClient, bad: dict[str, Any]) -> None:
    mine = studio.book(TEN)
    assert drop(studio.client(client_for), mine, "12:00", **bad).status_code == 422


def test_a_provider_moves_only_his_own_and_only_to_himself(studio: Studio, client_for: NewClient) -> None:
    mine, theirs = studio.book(TEN), studio.book(TEN, studio.marco, name="Theo", email="theo@example.test")
    browser = studio.client(client_for, "provider", provider=studio.ana)
    assert drop(browser, mine, "12:00").status_code == 200
    assert drop(browser, mine, "13:00", provider=studio.marco.pk).status_code == 404
    assert drop(browser, theirs, "12:00").status_code == 403
    assert browser.post(f"/dashboard/calendar/appointments/{theirs.pk}/undo?after=1").status_code == 403
    assert start(theirs) == "10 10:00 Marco Vitale"


def test_another_business_s_people_and_blocks_do_not_exist(
    studio: Studio, other_business: Business, client_for: NewClient
) -> None:
    mine, browser = studio.book(TEN), studio.client(client_for)
    with tenant_context(other_business):
        stranger = make.make_provider(other_business, "Stranger")
        block = make.make_block(stranger, "2027-06-10", "12:00", "13:00")
    assert drop(browser, mine, "12:00", provider=stranger.pk).status_code == 404
    assert browser.get(f"/dashboard/calendar/blocks/{block.pk}/").status_code == 404
    assert browser.post(f"/dashboard/calendar/blocks/{block.pk}/delete").status_code == 404


def test_without_htmx_a_drop_is_a_form_and_a_page(studio: Studio, client_for: NewClient) -> None:
    mine, browser = studio.book(TEN, name="Nadia"), studio.client(client_for)
    assert browser.get(move_url(mine)).headers["Location"].endswith(f"/{mine.pk}/reschedule")
    done = browser.post(move_url(mine), {"day": "2027-06-10", "minute": 720, "back": BACK})
    assert done.headers["Location"] == f"/dashboard/calendar/?{BACK}"
    assert "Nadia: moved to Thu 10 Jun, 12:00 pm." in browser.get(done.headers["Location"]).content.decode()


def block(browser: Any, url: str = "/dashboard/calendar/blocks/new", **values: str) -> Any:
    fields = {"provider": "all", "date": "2027-06-10", "start": "12:00", "end": "13:00", "note": "Lunch", "back": BACK}
    return browser.post(url, {**fields, **values}, headers=HTMX)


def test_time_is_blocked_changed_freed_and_put_back(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    studio.book("2027-06-10T12:30:00-04:00")
    made = block(browser)
    assert toast(made)["text"] == "Blocked: Thu 10 Jun, 12:00 – 1:00 pm. 1 appointment is booked then and stays."
    row = DateOverride.objects.get()
    assert (row.provider, row.start_minute, row.end_minute) == (None, 720, 780)
    url = f"/dashboard/calendar/blocks/{row.pk}/"
    assert 'value="12:00"' in browser.get(url).content.decode()
    changed = block(browser, url, end="00:00", provider=str(studio.ana.pk))
    row.refresh_from_db()
    assert (row.provider, row.end_minute) == (studio.ana, 1440)
    browser.post(toast(changed)["undo"], headers=HTMX)
    row.refresh_from_db()
    assert (row.provider, row.end_minute) == (None, 780)
    freed = browser.post(f"{url}delete", {"back": BACK}, headers=HTMX)
    assert not DateOverride.objects.exists()
    browser.post(toast(freed)["undo"], headers=HTMX)
    assert DateOverride.objects.get().note == "Lunch"


def test_a_block_of_a_provider_elsewhere_is_kept_on_his_own_clock(studio: Studio, client_for: NewClient) -> None:
    studio.ana.timezone = "Europe/Madrid"
    studio.ana.save()
    browser = studio.client(client_for)
    block(browser, provider=str(studio.ana.pk), start="17:00", end="19:00")
    row = DateOverride.objects.get()
    assert (row.date.isoformat(), row.start_minute, row.end_minute) == ("2027-06-10", 1380, 60)
    shown = browser.get(f"/dashboard/calendar/blocks/{row.pk}/").content.decode()
    assert 'value="17:00"' in shown
    assert 'value="19:00"' in shown


@pytest.mark.parametrize("bad", [{"end": "11:00"}, {"end": "12:00"}, {"start": ""}, {"date": "x"}, {"provider": "x"}])
def test_what_is_no_block(studio: Studio, client_for: NewClient, bad: dict[str, str]) -> None:
    assert block(studio.client(client_for), **bad).status_code == 422
    assert not DateOverride.objects.exists()


def test_a_provider_blocks_only_his_own_time(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for, "provider", provider=studio.ana)
    assert block(browser, provider=str(studio.ana.pk)).status_code == 200
    assert block(browser).status_code == 422
    assert block(browser, provider=str(studio.marco.pk)).status_code == 422
    for other in (
        make.make_block(None, "2027-06-10", "15:00", "16:00"),
        make.make_block(studio.marco, "2027-06-11", "9:00", "10:00"),
    ):
        assert browser.get(f"/dashboard/calendar/blocks/{other.pk}/").status_code == 403
        assert browser.post(f"/dashboard/calendar/blocks/{other.pk}/delete").status_code == 403
    text = browser.get(f"/dashboard/calendar/?{BACK}").content.decode()
    assert text.count("is-block") == 2
    assert len(set(re.findall(r'href="/dashboard/calendar/blocks/([0-9a-f-]{36})/"', text))) == 1
    assert studio.client(client_for, "front_desk").get("/dashboard/calendar/blocks/new").status_code == 403


def test_a_month_counts_names_three_and_leads_to_the_day(studio: Studio, client_for: NewClient) -> None:
    for hour in range(9, 14):
        studio.book(f"2027-06-10T{hour:02d}:00:00-04:00", name=f"Client {hour}", email=f"{hour}@example.test")
    text = studio.client(client_for).get("/dashboard/calendar/?view=month&date=2027-06-20").content.decode()
    assert text.count("<tr>") == 6  # weekdays, five weeks
    assert "Client 9" in text
    assert "Client 11" in text
    assert "Client 12" not in text
    assert "2 more" in text
    assert "view=day&amp;date=2027-06-10" in text
    assert "31%</span>" not in text
    assert ", 31% booked" in text  # five of the sixteen hours of two people
    assert "June 2027" in text


def test_a_list_goes_by_dates_and_pages(studio: Studio, client_for: NewClient) -> None:
    studio.book(TEN, name="Soon")
    studio.book("2027-06-23T10:00:00-04:00", name="In two weeks", email="later@example.test")
    studio.book("2027-06-24T10:00:00-04:00", name="Next Page", email="next@example.test")
    browser = studio.client(client_for)
    text = browser.get("/dashboard/calendar/?view=list&date=2027-06-10").content.decode()
    assert (
        text.index("Thursday, 10 June")
        < text.index("Soon")
        < text.index("Wednesday, 23 June")
        < text.index("In two weeks")
    )
    assert "Next Page" not in text
    assert "view=list&amp;date=2027-06-24" in text
    assert "Next Page" in browser.get("/dashboard/calendar/?view=list&date=2027-06-24").content.decode()
    assert "Nothing takes place from" in browser.get("/dashboard/calendar/?view=list&date=2027-08-01").content.decode()


def test_nothing_is_sent_while_nothing_changes(
    studio: Studio, client_for: NewClient, clock: Callable[[str], None]
) -> None:
    mine, browser = studio.book(TEN), studio.client(client_for)
    address = f"/dashboard/calendar/?{BACK}"
    tag = browser.get(address, headers=HTMX).headers["ETag"]

    def look() -> str:
        """The tag that follows; the old one is sent along."""
        nonlocal tag
        answer = browser.get(address, headers={**HTMX, "If-None-Match": tag})
        new = answer.headers["ETag"]
        assert (answer.status_code, bool(answer.content)) == ((304, False) if new == tag else (200, True))
        before, tag = tag, str(new)
        return "same" if before == tag else "new"

    assert look() == "same"
    drop(browser, mine, "12:00")
    assert look() == "new"
    block(browser)
    assert look() == "new"
    studio.book("2027-08-10T10:00:00-04:00", name="Far away", email="far@example.test")
    assert look() == "same"
    held = studio.book("2027-06-10T15:00:00-04:00", status=Status.HELD, now=make.at("2027-06-09T14:50:30+00:00"))
    assert look() == "new"
    clock("2027-06-09T15:00:40+00:00")  # within the same minute the hold of ten minutes ends
    assert held.hold_expires_at is not None
    assert look() == "new"
    assert look() == "same"
    clock("2027-06-09T15:01:00+00:00")
    assert look() == "new"


def test_a_provider_is_not_told_that_others_have_changed(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for, "provider", provider=studio.ana)
    tag = browser.get(f"/dashboard/calendar/?{BACK}", headers=HTMX).headers["ETag"]
    studio.book(TEN, studio.marco)
    same = browser.get(f"/dashboard/calendar/?{BACK}", headers={**HTMX, "If-None-Match": tag})
    assert same.status_code == 304


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize("view", ["day", "week", "month", "list"])
def test_what_a_view_costs(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries, view: str, rows: int
) -> None:
    for number in range(rows):
        day, hour = divmod(number, 8)
        studio.book(f"2027-06-{9 + day:02d}T{9 + hour:02d}:00:00-04:00", email=f"{number}@example.test")
    browser = studio.client(client_for)
    address = f"/dashboard/calendar/?view={view}&date=2027-06-09"
    tag = browser.get(address, headers=HTMX).headers["ETag"]
    with django_assert_num_queries(16):
        browser.get(address)
    with django_assert_num_queries(14):
        browser.get(address, headers=HTMX)
    with django_assert_num_queries(8):
        assert browser.get(address, headers={**HTMX, "If-None-Match": tag}).status_code == 304
