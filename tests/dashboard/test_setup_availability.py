"""Hours and special days: undo, copying to chosen days, the mini month, time off with what is booked in it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from daybook.core import audit
from scheduling.models import DateOverride
from scheduling.selectors.hours import rules_of
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
WEEK = {f"{name}-{day}-0": time for day in range(1, 6) for name, time in (("start", "09:00"), ("end", "17:00"))}


@pytest.fixture
def owner(studio: Studio, client_for: NewClient) -> Any:
    return studio.client(client_for)


def undo_of(page: str) -> str:
    found = re.search(r'data-toast="([^"]+)"', page)
    assert found
    return found.group(1).replace("&amp;", "&")


def test_hours_are_copied_to_chosen_days_and_the_step_is_undone(studio: Studio, owner: Any) -> None:
    sent = {**WEEK, "start-1-0": "07:00", "to-1-3": "on", "to-1-6": "on", "do": "copy-1-chosen"}
    page = owner.post("/dashboard/availability/business", sent).content.decode()
    starts = dict(re.findall(r'name="start-(\d)-0" value="([\d:]+)"', page))
    assert starts == {"1": "07:00", "2": "09:00", "3": "07:00", "4": "09:00", "5": "09:00", "6": "07:00"}
    former = re.search(r'name="former" value="([^"]+)"', page)
    assert former
    kept = {**WEEK, "start-6-0": "07:00", "end-6-0": "17:00", "former": former.group(1).replace("&quot;", '"')}
    page = owner.post("/dashboard/availability/business", {**kept, "do": "undo"}).content.decode()
    starts = dict(re.findall(r'name="start-(\d)-0" value="([\d:]+)"', page))
    assert starts == {"1": "07:00", **dict.fromkeys("2345", "09:00")}
    for nonsense in ("", "[", "[[1]]", '[["x", []]]', "7"):
        assert (
            owner.post("/dashboard/availability/business", {**kept, "former": nonsense, "do": "undo"}).status_code
            == 200
        )
    assert rules_of().filter(start_minute=540).count() == 5  # nothing was saved


def test_saved_hours_are_taken_back_with_their_periods(studio: Studio, owner: Any) -> None:
    make.make_rule(studio.ana, 1, "08:00", "12:00")
    make.make_rule(studio.ana, 2, "08:00", "12:00", service=studio.massage)
    before = list(rules_of(provider=studio.ana).values_list("weekday", "start_minute", "service_id"))
    address = f"/dashboard/availability/providers/{studio.ana.pk}/"
    page = owner.post(address, {**WEEK, "own": "1", "do": "save"}, follow=True).content.decode()
    assert rules_of(provider=studio.ana).count() == 6
    page = owner.post(undo_of(page), follow=True).content.decode()
    assert "The hours are as they were." in page
    assert list(rules_of(provider=studio.ana).values_list("weekday", "start_minute", "service_id")) == before
    entry = audit.entries(studio.business.pk).first()
    assert entry is not None
    assert (entry.action, entry.object_name, entry.object_id) == ("hours.changed", "Ana Duarte", str(studio.ana.pk))
    assert entry.after["list"] == ["Mon 08:00–12:00"]
    assert len(entry.before["list"]) == 5


def test_an_undo_is_the_businesss_own_and_for_those_who_may(studio: Studio, owner: Any, client_for: NewClient) -> None:
    page = owner.post("/dashboard/availability/business", {**WEEK, "do": "save"}, follow=True).content.decode()
    address = undo_of(page)
    provider = studio.client(client_for, "provider", provider=studio.ana)
    assert provider.post(address).status_code == 403
    assert owner.post(address[:-3] + "xyz").status_code == 404


# The mini month


def test_the_month_marks_each_date_and_says_what_is_special(studio: Studio, owner: Any) -> None:
    make.make_block(None, "2027-06-24")
    make.make_block(studio.ana, "2027-06-22", "09:00", "12:00")
    make.make_exception(studio.ana, "2027-06-12", "10:00", "14:00")
    page = owner.get(f"/dashboard/availability/days/?for={studio.ana.pk}&day=2027-06-12").content.decode()
    assert 'aria-label="Thursday, 24 June: closed all day"' in page
    assert 'aria-label="Tuesday, 22 June: closed 09:00 – 12:00"' in page
    assert 'aria-label="Saturday, 12 June: open 10:00 – 14:00 only"' in page
    assert 'aria-label="Sunday, 13 June: no weekly hours"' in page
    assert 'aria-label="Monday, 14 June: 09:00 – 17:00"' in page
    assert "day=2027-07-12" in page
    everybody = owner.get("/dashboard/availability/days/?day=2027-06-22").content.decode()
    assert "Tuesday, 22 June: 1 person differs" in everybody
    assert 'value="2027-06-22"' in everybody


@pytest.mark.parametrize(
    "query", ["day=x", "day=0001-01-01", "day=9999-12-31", "for=x", "day=2100-12-31", "day=2000-01-01"]
)
def test_addresses_that_mean_nothing_show_today(studio: Studio, owner: Any, query: str) -> None:
    assert owner.get(f"/dashboard/availability/days/?{query}").status_code == 200


def test_time_off_tells_what_is_booked_in_it_and_leads_to_reassigning(studio: Studio, owner: Any) -> None:
    studio.book("2027-06-16T10:00:00-04:00")
    studio.book("2027-06-16T10:00:00-04:00", provider=studio.marco)
    sent = {"provider": str(studio.ana.pk), "kind": "closed", "date": "2027-06-14", "end_date": "2027-06-20"}
    answer = owner.post("/dashboard/availability/days/", {**sent, "note": "Holiday"})
    assert answer.headers["Location"] == f"/dashboard/availability/days/?for={studio.ana.pk}&day=2027-06-14"
    page = owner.get(answer.headers["Location"]).content.decode()
    assert "1 appointment is booked in it." in page
    reassign = f"/dashboard/team/{studio.ana.pk}/appointments?from=2027-06-14&amp;to=2027-06-20"
    assert reassign in page
    listed = owner.get(reassign.replace("&amp;", "&")).content.decode()
    assert "What is booked from Mon 14 Jun 2027 to Sun 20 Jun 2027." in listed
    assert listed.count('id="to-') == 1
    made = DateOverride.objects.get()
    entry = audit.entries(studio.business.pk).get(action="special_day.made")
    assert (entry.object_id, entry.after["note"], entry.after["provider"]) == (str(made.pk), "Holiday", "Ana Duarte")


def test_a_provider_sees_the_month_of_himself_only(studio: Studio, client_for: NewClient) -> None:
    make.make_block(studio.marco, "2027-06-24")
    ana = studio.client(client_for, "provider", provider=studio.ana)
    for asked in ("all", str(studio.marco.pk)):
        page = ana.get(f"/dashboard/availability/days/?for={asked}&day=2027-06-24").content.decode()
        assert "Marco" not in page
        assert "Thursday, 24 June: 09:00 – 17:00" in page


def test_the_pages_ask_as_often_for_one_special_day_as_for_thirty(studio: Studio, owner: Any) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(f"/dashboard/availability/{path}").status_code == 200
        return len(queries)

    paths = ["days/?day=2027-06-15", "business", f"providers/{studio.ana.pk}/"]
    make.make_block(studio.ana, "2027-06-15")
    before = [count(path) for path in paths]
    for _ in range(29):
        make.make_block(studio.ana, "2027-06-15", "10:00", "11:00")
        make.make_rule(studio.ana, 6, "10:00", "11:00")
    assert [count(path) for path in paths] == before
    assert before[0] == 20
