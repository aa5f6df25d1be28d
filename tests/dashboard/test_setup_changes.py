"""Changing what can be booked, by whom and when, with the dashboard's forms: success, then each refusal."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from scheduling.enums import OverrideKind
from scheduling.models import Appointment, AvailabilityRule, Category, DateOverride, Provider, Service
from scheduling.selectors.hours import rules_of
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
SERVICE = {
    "name": "Swedish massage", "description": "Long, calm strokes.", "duration_minutes": "1 h 30 min", "price": "80.50",
    "hue": "violet", "step_minutes": "30", "capacity": "1", "buffer_before_minutes": "5", "buffer_after_minutes": "15 min",
    "min_notice_minutes": "2 h", "max_advance_days": "60", "location": "business", "visibility": "link",
    "buffers_within_hours": "on", "requires_approval": "on", "new_category": "Massage",
}  # fmt: skip


@pytest.fixture
def owner(studio: Studio, client_for: NewClient) -> Any:
    return studio.client(client_for)


def with_people(studio: Studio, **own: str) -> dict[str, str]:
    return {**SERVICE, f"gives-{studio.ana.pk}": "on", **own}


def test_a_service_is_made_with_everything_that_was_typed(studio: Studio, owner: Any) -> None:
    sent = with_people(studio, **{f"price-{studio.ana.pk}": "95", f"minutes-{studio.ana.pk}": "75"})
    answer = owner.post("/dashboard/services/new", sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard/services/")
    made = Service.objects.get(name="Swedish massage")
    assert (made.price, made.duration_minutes, made.min_notice_minutes) == (8050, 90, 120)
    assert (made.buffer_before_minutes, made.buffer_after_minutes, made.step_minutes) == (5, 15, 30)
    assert (made.visibility, made.requires_approval, made.phone_required) == ("link", True, False)
    assert str(made.category) == "Massage"
    (link,) = made.links.all()
    assert (link.provider, link.price, link.duration_minutes) == (studio.ana, 9500, 75)


def test_a_renamed_service_keeps_its_address_until_another_is_typed(studio: Studio, owner: Any) -> None:
    path = f"/dashboard/services/{studio.massage.pk}/"
    assert 'name="slug"' not in owner.get("/dashboard/services/new").content.decode()
    assert 'name="slug" value="deep-tissue-massage"' in owner.get(path).content.decode()
    sent = with_people(studio, slug="deep-tissue-massage", name="Firm massage")
    assert owner.post(path, sent).status_code == 303
    studio.massage.refresh_from_db()
    assert (studio.massage.name, studio.massage.slug) == ("Firm massage", "deep-tissue-massage")
    other = make.make_service(studio.business, "Swedish")
    taken = owner.post(path, {**sent, "slug": other.slug})
    assert (taken.status_code, "Another service has this address." in taken.content.decode()) == (422, True)
    assert owner.post(path, {**sent, "slug": "Firm"}).status_code == 303
    studio.massage.refresh_from_db()
    assert studio.massage.slug == "firm"


def test_a_second_service_joins_the_category_of_that_name(studio: Studio, owner: Any) -> None:
    owner.post("/dashboard/services/new", with_people(studio))
    owner.post("/dashboard/services/new", with_people(studio, name="Hot stone", new_category="massage"))
    assert Category.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "This field is required"),
        ("price", "9.999", "2 decimal places"),
        ("price", "-5", "Choose from 0"),
        ("duration_minutes", "soon", "1 h 30 min"),
        ("duration_minutes", "2", "Choose from 5 to 1440"),
        ("step_minutes", "7", "multiple of 5"),
        ("capacity", "0", "Choose from 1"),
    ],
)
def test_a_refused_service_keeps_what_was_typed(studio: Studio, owner: Any, field: str, value: str, words: str) -> None:
    answer = owner.post("/dashboard/services/new", with_people(studio, **{field: value}))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "data-error-summary" in page
    assert "Long, calm strokes." in page
    assert not Service.objects.filter(name="Swedish massage").exists()
    assert not Category.objects.exists()


def test_editing_keeps_what_was_not_touched_and_says_so(studio: Studio, owner: Any) -> None:
    page = owner.get(f"/dashboard/services/{studio.massage.pk}/").content.decode()
    assert 'value="95"' in page
    sent = {**with_people(studio), "name": "Deep tissue", "new_category": ""}
    answer = owner.post(f"/dashboard/services/{studio.massage.pk}/", sent, follow=True)
    assert "Saved: Deep tissue." in answer.content.decode()
    assert [link.provider for link in studio.massage.links.all()] == [studio.ana]


def test_the_preview_shows_the_card_as_clients_will_see_it(studio: Studio, owner: Any) -> None:
    sent = with_people(studio, **{f"gives-{studio.marco.pk}": "on", f"price-{studio.marco.pk}": "70"})
    card = owner.post("/dashboard/services/preview", sent).content.decode()
    assert "from $70" in card
    assert "1 h 30 min" in card
    assert owner.post("/dashboard/services/preview", {}).status_code == 200


def test_switching_off_can_be_undone(studio: Studio, owner: Any) -> None:
    page = owner.post(f"/dashboard/services/{studio.massage.pk}/switch", {"active": "0"}, follow=True).content.decode()
    studio.massage.refresh_from_db()
    assert studio.massage.active is False
    found = re.search(r'data-toast="([^"]+)"', page)
    assert found
    owner.post(found.group(1))
    studio.massage.refresh_from_db()
    assert studio.massage.active is True


def test_services_are_put_in_order(studio: Studio, owner: Any) -> None:
    second = make.make_service(studio.business, "Second", providers=[studio.ana])
    owner.post(f"/dashboard/services/{second.pk}/move", {"to": "up"})
    owner.post(f"/dashboard/services/{second.pk}/move", {"to": "up"})
    assert list(Service.objects.values_list("name", flat=True)) == ["Second", "Deep tissue massage"]


def test_a_booked_service_is_not_deleted_but_may_be_switched_off(studio: Studio, owner: Any) -> None:
    studio.book("13:00")
    answer = owner.post(f"/dashboard/services/{studio.massage.pk}/delete")
    assert answer.status_code == 409
    assert "Switch it off" in answer.content.decode()
    unused = make.make_service(studio.business, "Never booked")
    assert owner.post(f"/dashboard/services/{unused.pk}/delete").status_code == 303
    assert not Service.objects.filter(pk=unused.pk).exists()


def test_a_service_has_a_cancellation_policy_of_its_own_or_the_businesss(studio: Studio, owner: Any) -> None:
    address = f"/dashboard/services/{studio.massage.pk}/policy"
    own = {
        "own": "1",
        "hours-0": "72",
        "percent-0": "10",
        "fixed-0": "5",
        "hours-1": "",
        "percent-1": "",
        "fixed-1": "",
    }
    assert owner.post(address, own).status_code == 303
    assert "10% of the price plus $5.00 up to 72 h before the start" in owner.get(address).content.decode()
    assert owner.post(address, {**own, "percent-0": "101"}).status_code == 422
    assert owner.post(address, {**own, "hours-0": ""}).status_code == 422
    assert owner.post(address, {**own, "own": "0"}).status_code == 303
    assert "Free up to 48 h before the start" in owner.get(address).content.decode()


def test_a_person_joins_the_team_with_services(studio: Studio, owner: Any) -> None:
    sent = {"name": "Lena Fischer", "hue": "pink", "email": "Lena@Example.test", "phone": "207 555 0123",
            "services": [str(studio.massage.pk)], "timezone": "Europe/Berlin"}  # fmt: skip
    assert owner.post("/dashboard/team/new", sent).status_code == 303
    lena = Provider.objects.get(name="Lena Fischer")
    assert (lena.email, lena.phone, lena.timezone) == ("lena@example.test", "+12075550123", "Europe/Berlin")
    assert [link.service for link in lena.links.all()] == [studio.massage]
    refused = owner.post("/dashboard/team/new", {**sent, "phone": "12"})
    assert refused.status_code == 422
    assert "phone number" in refused.content.decode()


def test_a_persons_own_prices_survive_their_page(studio: Studio, owner: Any) -> None:
    link = studio.massage.links.get(provider=studio.ana)
    link.price = 12000
    link.save()
    sent = {"name": "Ana D.", "hue": "teal", "services": [str(studio.massage.pk)]}
    owner.post(f"/dashboard/team/{studio.ana.pk}/", sent)
    assert studio.massage.links.get(provider=studio.ana).price == 12000


def test_who_is_switched_off_leaves_appointments_to_reassign(studio: Studio, owner: Any) -> None:
    studio.book("13:00", provider=studio.ana)
    page = owner.post(f"/dashboard/team/{studio.ana.pk}/switch", {"active": "0"}, follow=True).content.decode()
    assert "1 appointment stays until you reassign it" in page
    assert f"to-{Appointment.objects.get().pk}" in page
    assert owner.post(f"/dashboard/team/{studio.ana.pk}/delete").status_code == 409
    assert owner.post(f"/dashboard/team/{studio.marco.pk}/delete").status_code == 303


def week(**ranges: str) -> dict[str, str]:
    """`week(d1="09:00-12:00 13:00-17:00")`: a week as the editor sends it; 0 is Sunday."""
    sent: dict[str, str] = {}
    for day, text in ranges.items():
        for place, span in enumerate(text.split()):
            start, _dash, end = span.partition("-")
            sent |= {f"start-{day[1:]}-{place}": start, f"end-{day[1:]}-{place}": end}
    return sent


def hours(rules: Any) -> list[tuple[int, int, int]]:
    return list(rules.values_list("weekday", "start_minute", "end_minute"))


def test_the_businesss_week_is_replaced(studio: Studio, owner: Any) -> None:
    sent = week(d1="9-12 13:00-5pm", d5="20:00-02:00", d6="10:00-24:00")
    assert owner.post("/dashboard/availability/business", sent).status_code == 303
    assert hours(rules_of()) == [(1, 540, 720), (1, 780, 1020), (5, 1200, 120), (6, 600, 1440)]
    assert "ends the next day" in owner.get("/dashboard/availability/business").content.decode()


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ("09:00-23:59", "Write 24:00"),
        ("09:00-09:00", "The end must differ"),
        ("09:00-", "Write both"),
        ("x-17:00", "Write both"),
    ],
)
def test_refused_hours_stay_on_the_page(studio: Studio, owner: Any, span: str, words: str) -> None:
    before = hours(rules_of())
    answer = owner.post("/dashboard/availability/business", week(d2=span, d3="08:15-11:45"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f"Tuesday: {words}" in page
    assert 'value="08:15"' in page
    assert hours(rules_of()) == before


def test_lines_are_added_copied_and_removed_without_saving(studio: Studio, owner: Any) -> None:
    address, before = "/dashboard/availability/business", hours(rules_of())
    added = owner.post(address, {**week(d1="08:00-10:00"), "do": "add-1"}).content.decode()
    assert 'name="start-1-1"' in added
    copied = owner.post(address, {**week(d1="08:00-10:00"), "do": "copy-1-all"}).content.decode()
    assert copied.count('value="08:00"') == 7 + 1  # and the list of suggestions
    dropped = owner.post(address, {**week(d1="08:00-10:00 11:00-12:00"), "do": "drop-1-0"}).content.decode()
    assert 'value="11:00"' in dropped
    assert 'name="start-1-1"' not in dropped
    assert hours(rules_of()) == before


def test_a_provider_has_own_hours_or_the_businesss(studio: Studio, owner: Any) -> None:
    address = f"/dashboard/availability/providers/{studio.ana.pk}/"
    assert owner.post(address, {**week(d1="10:00-14:00"), "own": "1"}).status_code == 303
    assert hours(rules_of(provider=studio.ana)) == [(1, 600, 840)]
    assert owner.post(address, {"own": "1"}).status_code == 422
    one = f"{address}services/{studio.massage.pk}/"
    assert owner.post(one, {**week(d1="11:00-12:00"), "own": "1"}).status_code == 303
    assert sorted(hours(rules_of(provider=studio.ana))) == [(1, 600, 840), (1, 660, 720)]
    assert owner.post(address, {"own": "0"}).status_code == 303
    assert hours(rules_of(provider=studio.ana)) == [(1, 660, 720)]


def test_hours_for_certain_dates_leave_the_others_alone(studio: Studio, owner: Any) -> None:
    address = "/dashboard/availability/business"
    summer = {**week(d6="10:00-13:00"), "effective_from": "2027-07-01", "effective_to": "2027-08-31"}
    assert owner.post(f"{address}?period=new", summer).status_code == 303
    (rule,) = AvailabilityRule.objects.filter(effective_from__isnull=False)
    assert (rule.weekday, rule.effective_from, rule.effective_to) == (6, date(2027, 7, 1), date(2027, 8, 31))
    assert rules_of().count() == 6
    assert owner.post(f"{address}?period=new", summer).status_code == 422
    wrong = owner.post(f"{address}?period=new", {**summer, "effective_from": "2027-09-01"})
    assert "The last day is before the first." in wrong.content.decode()
    page = owner.get(f"{address}?from=2027-07-01&to=2027-08-31").content.decode()
    assert 'value="2027-07-01"' in page
    assert owner.post(f"{address}?from=2027-07-01&to=2027-08-31", {"effective_from": "2027-07-01",
                      "effective_to": "2027-08-31"}).status_code == 303  # fmt: skip
    assert rules_of().count() == 5


def test_a_services_hours_limit_it(studio: Studio, owner: Any) -> None:
    address = f"/dashboard/availability/services/{studio.massage.pk}/"
    assert owner.post(address, {**week(d3="10:00-12:00"), "own": "1"}).status_code == 303
    assert hours(rules_of(service=studio.massage)) == [(3, 600, 720)]


def test_the_preview_shows_what_the_engine_offers(studio: Studio, owner: Any) -> None:
    page = owner.get("/dashboard/availability/business").content.decode()
    assert "What clients see" in page
    assert "29 times" in page  # Thursday 9 to 5, an hour long, every quarter


def test_a_closed_day_is_added_deleted_and_brought_back(studio: Studio, owner: Any) -> None:
    studio.book("13:00")
    sent = {"provider": "all", "kind": "closed", "date": "2027-06-09", "end_date": "2027-06-10", "note": "Away"}
    page = owner.post("/dashboard/availability/days/", sent, follow=True).content.decode()
    assert "1 appointment is booked then and stays" in page
    (made,) = DateOverride.objects.all()
    assert (made.kind, made.end_date, made.start_minute) == (OverrideKind.BLOCKED, date(2027, 6, 10), None)
    page = owner.post(f"/dashboard/availability/days/{made.pk}/delete", follow=True).content.decode()
    assert not DateOverride.objects.exists()
    found = re.search(r'data-toast="([^"]+)"', page)
    assert found
    assert owner.post(found.group(1)).status_code == 303
    (again,) = DateOverride.objects.all()
    assert (again.note, again.date, again.end_date) == ("Away", date(2027, 6, 9), date(2027, 6, 10))
    assert owner.post("/dashboard/availability/days/restore?kept=forged").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"date": ""}, "This field is required"),
        ({"end_date": "2027-06-01"}, "The last day is before the first"),
        ({"kind": "special"}, "Write a time such as 09:00"),
        ({"kind": "closed_hours", "start": "10:00", "end": "10:00"}, "must differ"),
        ({"kind": "closed_hours", "start": "10:00", "end": "23:59"}, "Write 24:00"),
    ],
)
def test_a_refused_special_day(studio: Studio, owner: Any, change: dict[str, str], words: str) -> None:
    sent = {"provider": "all", "kind": "closed", "date": "2027-06-09", "note": "Fair", **change}
    answer = owner.post("/dashboard/availability/days/", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not DateOverride.objects.exists()


def test_a_provider_closes_their_own_days_only(studio: Studio, client_for: NewClient) -> None:
    ana = studio.client(client_for, "provider", provider=studio.ana)
    sent = {"provider": str(studio.ana.pk), "kind": "special", "date": "2027-06-09", "start": "12:00", "end": "14:00"}
    assert ana.post("/dashboard/availability/days/", sent).status_code == 303
    assert ana.post("/dashboard/availability/days/", {**sent, "provider": "all"}).status_code == 422
    assert ana.post("/dashboard/availability/days/", {**sent, "provider": str(studio.marco.pk)}).status_code == 422
    business = make.make_block(None, "2027-06-11")
    assert ana.post(f"/dashboard/availability/days/{business.pk}/delete").status_code == 403
    assert DateOverride.objects.count() == 2


def test_why_a_time_is_closed(studio: Studio, owner: Any) -> None:
    booked = studio.book("13:00", provider=studio.ana)
    asked = f"/dashboard/availability/why?service={studio.massage.pk}&date=2027-06-09&time="
    page = owner.get(f"{asked}13:00&provider={studio.ana.pk}").content.decode()
    assert "Booked" in page
    assert f"/dashboard/appointments/{booked.pk}/" in page
    assert "Clients can book this time" in owner.get(f"{asked}15:00").content.decode()
    assert "Outside Ana Duarte’s hours" in owner.get(f"{asked}20:00").content.decode()
    assert owner.get(f"{asked}soon").status_code == 422
