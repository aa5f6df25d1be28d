"""Staff's pages of the waiting list: reading, narrowing, steering, and who may."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from daybook.core import audit
from scheduling.models import Appointment, WaitlistEntry
from scheduling.services import waitlist_offers
from tenants.enums import Role, WaitlistOrder
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import STAFF, at, make_member, sign_in
from tests.scheduling.waiting_world import TUESDAY_NOON, Waiting, world

LIST = "/dashboard/waitlist/"


@pytest.fixture
def here(business: Business, clock: Callable[[Any], None]) -> Waiting:
    clock(TUESDAY_NOON + timedelta(minutes=5))
    return world(business)


@pytest.fixture
def rosa(here: Waiting) -> HostClient:
    """The owner's browser."""
    client: HostClient = sign_in(HostClient("acme.localhost"), make_member(here.business))
    return client


def names(rosa: HostClient, query: str = "") -> list[str]:
    answer = rosa.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    return [item["entry"].name.split()[0] for item in answer.context["rows"]]


def test_the_list_in_order_with_wishes_and_offers(rosa: HostClient, here: Waiting) -> None:
    here.join("Kim", hours=(0, 720), weekdays=[1], last=date(2027, 6, 14))
    here.join("Lee", provider=here.ana, notes="By the window")
    here.free(11)
    here.drain()
    page = rosa.get(LIST).content.decode()
    assert names(rosa) == ["Kim", "Lee"]
    assert "Mon 7 Jun – Mon 14 Jun · Monday · Mornings" in page
    assert "Mon 7 Jun · Any day · Any time" in page
    assert "with Ana Duarte" in page
    assert "By the window" in page
    assert "Mon 7 Jun, 11:00 am – 12:00 pm" in page
    assert "kept until Tue 1 Jun, 1:01 pm" in page
    assert '<span class="nav-count">2' in page


def test_tabs_filters_and_search(rosa: HostClient, here: Waiting) -> None:
    kim, lee = here.join("Kim", phone="+12075550142"), here.join("Lee", provider=here.ana)
    gone = here.join("Gone")
    rosa.post(f"{LIST}{gone.pk}/remove")
    assert names(rosa) == ["Kim", "Lee"]
    assert names(rosa, "tab=left") == ["Gone"]
    assert names(rosa, "tab=nonsense&service=x") == ["Kim", "Lee"]
    assert names(rosa, "q=lee@example") == ["Lee"]
    assert names(rosa, "q=0142") == ["Kim"]
    assert names(rosa, f"provider={here.ana.pk}") == ["Kim", "Lee"]  # Kim takes anyone
    assert names(rosa, f"service={kim.pk}") == ["Kim", "Lee"]
    assert names(rosa, f"service={here.cut.pk}&q=lee") == ["Lee"]
    assert "Nobody found" in rosa.get(f"{LIST}?q=nobody").content.decode()
    assert lee.state == "waiting"


def test_an_empty_list_says_what_it_is_for(rosa: HostClient) -> None:
    page = rosa.get(LIST).content.decode()
    assert "Nobody is waiting" in page
    assert "nav-count" not in page


def test_removing_can_be_undone(rosa: HostClient, here: Waiting) -> None:
    kim = here.join("Kim")
    answer = rosa.post(f"{LIST}{kim.pk}/remove", follow=True)
    assert "Kim Doe is off the list." in answer.content.decode()
    assert f"{LIST}{kim.pk}/restore" in answer.content.decode()
    assert here.state(kim) == "left"
    rosa.post(f"{LIST}{kim.pk}/restore")
    assert here.state(kim) == "waiting"


def test_up_and_down_in_the_own_order_only(rosa: HostClient, here: Waiting) -> None:
    for name in ("Kim", "Lee", "Noa"):
        here.join(name)
    assert "Move Kim Doe down" not in rosa.get(LIST).content.decode()
    here.business.waitlist_order = WaitlistOrder.PRIORITY
    here.business.save()
    assert "Move Kim Doe down" in rosa.get(LIST).content.decode()
    noa = WaitlistEntry.objects.get(name="Noa Doe")
    rosa.post(f"{LIST}{noa.pk}/move", {"to": "up"})
    assert names(rosa) == ["Kim", "Noa", "Lee"]
    rosa.post(f"{LIST}{noa.pk}/move", {"to": "down"})
    rosa.post(f"{LIST}{noa.pk}/move", {"to": "down"})
    assert names(rosa) == ["Kim", "Lee", "Noa"]


def test_offering_one_of_the_times_that_fit(rosa: HostClient, here: Waiting) -> None:
    here.join("Kim")
    lee = here.join("Lee")
    here.free(11)
    page = rosa.get(f"{LIST}{lee.pk}/offer").content.decode()
    assert 'value="2027-06-07T15:00:00Z"' in page
    answer = rosa.post(f"{LIST}{lee.pk}/offer", {"day": "2027-06-07", "start": "2027-06-07T15:00:00Z"}, follow=True)
    assert "Offered to Lee Doe" in answer.content.decode()
    assert here.offers() == [("Lee", 11, "open")]
    held = here.offer_of(lee).appointment
    assert "Offered to somebody on the waiting list" in rosa.get(f"/dashboard/appointments/{held.pk}/").content.decode()
    day = rosa.get("/dashboard/calendar/?view=day&date=2027-06-07").content.decode()
    assert "Offered to Lee Doe" in day
    again = rosa.post(f"{LIST}{lee.pk}/offer", {"day": "2027-06-07", "custom": "14:00"})
    assert again.status_code == 409


def test_offering_any_other_time(rosa: HostClient, here: Waiting) -> None:
    kim = here.join("Kim")
    url = f"{LIST}{kim.pk}/offer"
    assert "No free time fits at present." in rosa.get(url).content.decode()
    assert rosa.post(url, {"day": "2027-06-07"}).status_code == 422
    taken = rosa.post(url, {"day": "2027-06-07", "custom": "11:30"})
    assert taken.status_code == 409
    assert "Another appointment takes this time." in taken.content.decode()
    near = rosa.post(url, {"day": "2027-06-01", "custom": "12:10"})
    assert near.status_code == 422
    assert "too near" in near.content.decode()
    rosa.post(url, {"day": "2027-06-08", "custom": "15:30"})
    assert here.offer_of(kim).appointment.starts_at == at("2027-06-08T15:30:00-04:00")


def test_taking_an_offer_back(rosa: HostClient, here: Waiting) -> None:
    kim = here.join("Kim")
    waitlist_offers.offer_by_staff(
        business=here.business, entry=kim, start=at("2027-06-08T15:00:00-04:00"), provider_id=None, now=here.now,
        by=STAFF, allow_outside_hours=True,
    )  # fmt: skip
    assert "Take it back" in rosa.get(LIST).content.decode()
    rosa.post(f"{LIST}{kim.pk}/withdraw")
    assert here.offers() == [("Kim", 15, "withdrawn")]
    assert rosa.post(f"{LIST}{kim.pk}/withdraw").status_code == 303  # twice does nothing


def test_a_person_who_called_is_put_on_the_list(rosa: HostClient, here: Waiting) -> None:
    typed = {"name": "Walk In", "phone": "207 555 0142", "service": str(here.cut.pk), "provider": "any", "hours": "any",
             "first_date": "2027-06-07", "last_date": "2027-06-10", "weekdays": ["1"]}  # fmt: skip
    wrong = rosa.post(f"{LIST}new", {**typed, "name": ""})
    assert wrong.status_code == 422
    assert 'value="207 555 0142"' in wrong.content.decode()
    assert rosa.post(f"{LIST}new", typed).status_code == 303
    entry = WaitlistEntry.objects.get()
    assert (entry.name, entry.phone, entry.email, entry.added_by) == ("Walk In", "+12075550142", "", "Owner")
    page = rosa.get(f"{LIST}{entry.pk}/").content.decode()
    assert "nothing is offered by itself" in page
    assert f"/dashboard/appointments/new?entry={entry.pk}" in page
    form = rosa.get(f"/dashboard/appointments/new?entry={entry.pk}").content.decode()
    assert 'value="Walk In"' in form  # booking for them begins with what is known


def test_a_closed_list_still_takes_whom_staff_put_on_it(rosa: HostClient, here: Waiting) -> None:
    here.business.waitlist_open = False
    here.business.save()
    assert "Clients cannot join at present." in rosa.get(LIST).content.decode()
    typed = {"name": "Walk In", "service": str(here.cut.pk), "provider": str(here.ana.pk), "hours": "evening",
             "first_date": "2027-06-07", "last_date": "2027-06-10"}  # fmt: skip
    assert rosa.post(f"{LIST}new", typed).status_code == 303


def test_the_wish_can_be_changed_and_the_history_is_there(rosa: HostClient, here: Waiting) -> None:
    kim = here.join("Kim")
    here.free(11)
    here.drain()
    here.drain(here.now + timedelta(hours=2))
    url = f"{LIST}{kim.pk}/"
    page = rosa.get(url).content.decode()
    assert "Mon 7 Jun, 11:00 am – 12:00 pm" in page
    assert "Expired" in page
    changed = {"first_date": "2027-06-07", "last_date": "2027-06-21", "hours": "evening", "notes": "Called again"}
    assert rosa.post(url, changed).status_code == 303
    kim.refresh_from_db()
    assert (kim.last_date, kim.start_minute, kim.notes) == (date(2027, 6, 21), 1020, "Called again")
    assert rosa.post(url, {**changed, "last_date": "2026-01-01"}).status_code == 422


def test_settings_are_kept_with_a_line_of_the_audit_log(rosa: HostClient, here: Waiting) -> None:
    typed = {"waitlist_open": "on", "waitlist_offer_minutes": "240", "waitlist_order": "priority"}
    assert rosa.post(f"{LIST}settings", typed).status_code == 303
    here.business.refresh_from_db()
    assert (here.business.waitlist_offer_minutes, here.business.waitlist_order) == (240, "priority")
    line = audit.entries(here.business.pk)[0]
    assert (line.action, line.after) == (
        "waitlist.changed", {"waitlist_offer_minutes": 240, "waitlist_order": "priority"}
    )  # fmt: skip
    rosa.post(f"{LIST}settings", {**typed, "waitlist_offer_minutes": "7"})
    here.business.refresh_from_db()
    assert here.business.waitlist_offer_minutes == 240


def test_who_may_see_and_who_may_steer(here: Waiting) -> None:
    kim = here.join("Kim")
    desk = sign_in(HostClient("acme.localhost"), make_member(here.business, Role.FRONT_DESK))
    ana = sign_in(HostClient("acme.localhost"), make_member(here.business, Role.PROVIDER, provider=here.ana))
    assert desk.get(LIST).status_code == 200
    assert "How the list works" not in desk.get(LIST).content.decode()
    assert desk.post(f"{LIST}{kim.pk}/remove").status_code == 303
    assert ana.get(LIST).status_code == 403
    assert "hourglass" not in ana.get("/dashboard/").content.decode()


@pytest.mark.parametrize("people", [1, 30])
def test_the_list_takes_as_many_queries_for_one_as_for_thirty(
    rosa: HostClient, here: Waiting, django_assert_num_queries: DjangoAssertNumQueries, people: int
) -> None:
    for number in range(people):
        here.join(f"Guest{number}")
    here.free(11)
    here.drain()
    assert Appointment.objects.filter(source="waitlist").count() == 1
    rosa.get(LIST)
    with django_assert_num_queries(15):
        rosa.get(LIST)


@pytest.mark.parametrize("people", [1, 30])
def test_looking_for_whom_takes_as_many_queries_for_one_as_for_thirty(
    here: Waiting, django_assert_num_queries: DjangoAssertNumQueries, people: int
) -> None:
    for number in range(people):
        here.join(f"Guest{number}")
    with django_assert_num_queries(6):
        assert here.match() == 0
