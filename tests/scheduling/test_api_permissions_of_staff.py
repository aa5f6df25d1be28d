"""What staff may do beyond the rules, and what stays refused: permissions, restoring, late answers, known phones."""

from typing import Any

import pytest

from scheduling.models import Appointment, Client, Provider, Service
from scheduling.services.offer import Link, set_providers
from tenants.models import Business
from tests.factories import make_appointment, make_member, make_provider, make_service, open_week
from tests.scheduling.staff import Staff, as_member, by_key

TEN, ELEVEN, NOON = (f"2027-06-07T{hour}:00:00-04:00" for hour in (10, 11, 12))
NIGHT = "2027-06-07T22:00:00-04:00"
KIM = {"name": "Kim Lee", "email": "kim@example.test"}


@pytest.fixture
def staff(business: Business, client_for: Any, clock: Any) -> Staff:
    clock("2027-06-01T12:00Z")
    business.timezone = "America/New_York"
    business.save()
    return by_key(business, client_for("acme"))


@pytest.fixture
def ana(business: Business, staff: Staff) -> Provider:
    ana = make_provider(business)
    open_week(ana)
    return ana


@pytest.fixture
def cut(business: Business, ana: Provider) -> Service:
    return make_service(business, providers=[ana])


def book(staff: Staff, service: Service, start: str = TEN, **rest: Any) -> Any:
    return staff.post("/appointments", {"service_id": str(service.pk), "start_time": start, "client": KIM, **rest})


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_anybody_means_whoever_is_free_before_somebody_is_booked_over(
    staff: Staff, business: Business, cut: Service, ana: Provider
) -> None:
    marco = make_provider(business, "Marco Vitale")
    open_week(marco)
    set_providers(cut, links=[Link(ana.pk), Link(marco.pk)])
    make_appointment(business, cut, ana, TEN)
    for start in (ELEVEN, NOON):  # so that Ana, who is taken at ten, comes first
        make_appointment(business, cut, marco, start)
    allowed: dict[str, Any] = {"allow_overlap": True, "allow_outside_hours": True}

    free = book(staff, cut, **allowed).json()
    on_top = book(staff, cut, **allowed).json()

    assert (free["provider"]["name"], free["overlap_allowed"]) == ("Marco Vitale", False)
    assert on_top["overlap_allowed"]


def test_each_permission_is_asked_for_by_itself(staff: Staff, business: Business, cut: Service, ana: Provider) -> None:
    make_appointment(business, cut, ana, NIGHT)

    assert refusal(book(staff, cut, NIGHT)) == (409, "outside_hours")
    assert refusal(book(staff, cut, NIGHT, allow_overlap=True)) == (409, "outside_hours")
    assert refusal(book(staff, cut, NIGHT, allow_outside_hours=True)) == (409, "overlap")
    assert book(staff, cut, NIGHT, allow_outside_hours=True, allow_overlap=True).status_code == 201


def test_within_the_hours_only_the_overlap_needs_a_permission(
    staff: Staff, business: Business, cut: Service, ana: Provider
) -> None:
    make_appointment(business, cut, ana, TEN)

    assert refusal(book(staff, cut)) == (409, "overlap")
    on_top = book(staff, cut, allow_overlap=True).json()
    assert on_top["overlap_allowed"]
    moved = staff.post(f"/appointments/{on_top['id']}/reschedule", {"start_time": NOON}).json()
    assert (moved["start_time"], moved["overlap_allowed"]) == (NOON, False)


def test_restoring_never_fills_a_class_beyond_its_seats(staff: Staff, business: Business, ana: Provider) -> None:
    yoga = make_service(business, "Yoga", providers=[ana], capacity=2)
    first = make_appointment(business, yoga, ana, TEN)
    make_appointment(business, yoga, ana, TEN, email="lea@example.test")
    staff.post(f"/appointments/{first.pk}/cancel")
    make_appointment(business, yoga, ana, TEN, email="mo@example.test")

    assert refusal(staff.post(f"/appointments/{first.pk}/restore")) == (409, "overlap")
    Provider.objects.filter(pk=ana.pk).update(active=False)
    assert refusal(staff.post(f"/appointments/{first.pk}/restore")) == (409, "overlap")
    assert staff.post(f"/appointments/{first.pk}/restore", {"allow_overlap": True}).status_code == 200


def test_a_request_is_over_24_hours_after_it_was_made_swept_or_not(
    staff: Staff, business: Business, cut: Service, ana: Provider, clock: Any
) -> None:
    asked = make_appointment(business, cut, ana, TEN, status="pending_approval")
    clock("2027-06-02T12:00Z")

    assert refusal(staff.patch(f"/appointments/{asked.pk}", {"status": "confirmed"})) == (409, "invalid_transition")
    assert Appointment.objects.get().status == "expired"


def test_without_an_e_mail_the_phone_finds_whoever_has_it(staff: Staff, cut: Service) -> None:
    book(staff, cut, client={**KIM, "phone": "+12075550123"})
    book(staff, cut, ELEVEN, client={"name": "Kim", "phone": "+12075550123"})
    book(staff, cut, NOON, client={"name": "Lea", "email": "lea@example.test", "phone": "+12075550123"})

    found = Client.objects.order_by("created_at").values_list("name", "possible_duplicate")
    assert list(found) == [("Kim Lee", False), ("Lea", True)]


def test_who_may_not_see_clients_books_nobody_known(
    staff: Staff, business: Business, cut: Service, ana: Provider
) -> None:
    known = staff.post("/clients", {"name": "Nadia Okafor", "phone": "+12075550199"}).json()
    provider = as_member(make_member(business, "provider", provider=ana))

    assert refusal(book(provider, cut, client={"id": known["id"]})) == (403, "forbidden")
    assert book(provider, cut).status_code == 201


def test_anybody_is_whoever_did_least_that_day_then_rested_longest(
    staff: Staff, business: Business, cut: Service, ana: Provider
) -> None:
    marco = make_provider(business, "Marco Vitale")
    open_week(marco)
    set_providers(cut, links=[Link(ana.pk), Link(marco.pk)])
    make_appointment(business, cut, ana, "2027-06-07T09:00:00-04:00", status="completed")
    assert book(staff, cut, NOON).json()["provider"]["name"] == "Marco Vitale"

    make_appointment(business, cut, ana, "2027-06-14T09:00:00-04:00")
    make_appointment(business, cut, marco, "2027-06-21T09:00:00-04:00")
    last = "2027-06-30T10:00:00-04:00"
    assert book(staff, cut, last).json()["provider"]["name"] == "Ana Duarte"
    assert book(staff, cut, last).json()["provider"]["name"] == "Marco Vitale"
