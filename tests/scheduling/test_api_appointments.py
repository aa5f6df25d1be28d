"""Appointments over the tenant-admin API: list, book, change; and clients."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django_tenants.utils import tenant_context
from pytest_django import DjangoAssertNumQueries

from daybook.dashboard.schemas import Cancelled
from scheduling import schemas, schemas_clients
from scheduling.models import Appointment, Client, Provider, Service
from scheduling.services.offer import Link
from tenants.models import Business
from tests.factories import make_appointment, make_member, make_provider, make_service, open_week
from tests.scheduling.staff import Staff, as_member, by_key

TEN = "2027-06-07T10:00:00-04:00"
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


def test_staff_book_and_everybody_reads_the_same(staff: Staff, cut: Service, ana: Provider) -> None:
    answer = book(staff, cut, source="phone", notes="Left shoulder", staff_notes="VIP")
    made = schemas.AppointmentRecord.model_validate(answer.json())
    assert (answer.status_code, made.status, made.source) == (201, "confirmed", "phone")
    assert (made.start_time, made.start_time_utc) == ("2027-06-07T10:00:00-04:00", "2027-06-07T14:00:00Z")
    assert (made.end_time, made.end_time_utc) == ("2027-06-07T11:00:00-04:00", "2027-06-07T15:00:00Z")
    assert (made.provider.id, made.service.name, made.price, made.currency) == (ana.pk, "Cut", 10000, "usd")
    assert made.client is not None
    assert (made.client.name, made.client.email) == ("Kim Lee", "kim@example.test")
    assert (made.notes, made.staff_notes, made.timezone) == ("Left shoulder", "VIP", "America/New_York")
    detail = schemas.AppointmentDetail.model_validate(staff.get(f"/appointments/{made.id}").json())
    assert [(event.action, event.by.kind) for event in detail.history] == [("booked", "api_key")]
    assert staff.get("/appointments").json()["items"] == [answer.json()]


def test_hc061_a_providers_own_price_is_charged(staff: Staff, business: Business, ana: Provider) -> None:
    service = make_service(business, providers=[Link(ana.pk, price=4200)], price=5000)
    assert book(staff, service).json()["price"] == 4200


@pytest.mark.parametrize("start", ["2026-11-01T01:30:00", "2027-06-07T10:00"])
def test_hc027_instants_need_an_offset(staff: Staff, cut: Service, start: str) -> None:
    answer = book(staff, cut, start)
    assert (answer.status_code, answer.json()["error"]) == (422, "offset_required")


@pytest.mark.parametrize("start", ["tomorrow", 5, None, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_instants_must_be_instants(staff: Staff, cut: Service, start: Any) -> None:
    assert book(staff, cut, start).status_code == 422


def test_hc056_staff_get_a_warning_first_and_then_what_they_want(
    staff: Staff, business: Business, cut: Service, ana: Provider
) -> None:
    at_night = "2027-06-07T22:07:00-04:00"
    refused = book(staff, cut, at_night)
    assert (refused.status_code, refused.json()["error"]) == (409, "outside_hours")
    assert book(staff, cut, at_night, allow_outside_hours=True).status_code == 201
    twice = book(staff, cut, at_night, allow_outside_hours=True)
    assert (twice.status_code, twice.json()["error"]) == (409, "overlap")
    on_top = book(staff, cut, at_night, allow_outside_hours=True, allow_overlap=True)
    assert (on_top.status_code, on_top.json()["overlap_allowed"]) == (201, True)


def test_hc056_wrong_pairs_and_inactive_services(staff: Staff, business: Business, cut: Service, ana: Provider) -> None:
    marco = make_provider(business, "Marco Vitale")
    wrong = book(staff, cut, provider_id=str(marco.pk))
    assert (wrong.status_code, wrong.json()["error"]) == (422, "provider_not_for_service")
    assert book(staff, cut, provider_id=str(uuid4())).status_code == 404
    staff.patch(f"/services/{cut.pk}", {"active": False})
    assert book(staff, cut).status_code == 404
    assert (
        staff.post("/appointments", {"service_id": str(uuid4()), "start_time": TEN, "client": KIM}).status_code == 404
    )
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"client": {"name": "K"}}, "name"),
        ({"client": {"name": "Bob\r\nBcc: x@y.z"}}, "name"),
        ({"client": {"name": "Bob\r"}}, "name"),
        ({"client": {"name": "Bob Low", "email": "nowhere"}}, "email"),
        ({"client": {"name": "Bob Low", "phone": "12"}}, "phone"),
        ({"notes": "x" * 2001}, "notes"),
        ({"client_timezone": "Nowhere"}, "client_timezone"),
        ({"source": "pigeon"}, "source"),
        ({"payment_mode": "full"}, "payment_mode"),
    ],
)
def test_booking_refuses_what_is_wrong(staff: Staff, cut: Service, change: dict[str, Any], field: str) -> None:
    answer = book(staff, cut, **change)
    assert (answer.status_code, list(answer.json()["details"]["fields"])) == (422, [field])
    assert not Appointment.objects.exists()


def test_staff_book_for_somebody_they_know(staff: Staff, cut: Service) -> None:
    known = staff.post("/clients", {"name": "Nadia Okafor"}).json()
    booked = book(staff, cut, client={"id": known["id"]}).json()
    assert booked["client"] == {"id": known["id"], "name": "Nadia Okafor", "email": "", "phone": ""}
    assert Client.objects.count() == 1
    assert book(staff, cut, client={"id": str(uuid4())}).status_code == 404


def test_idempotency_key_books_once(staff: Staff, cut: Service) -> None:
    body = {"service_id": str(cut.pk), "start_time": TEN, "client": KIM}
    first = staff.post("/appointments", body, Idempotency_Key="a")
    again = staff.post("/appointments", body, Idempotency_Key="a")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert Appointment.objects.count() == 1
    path = f"/appointments/{first.json()['id']}"
    for action in ("reschedule", "cancel", "restore"):
        change = {"start_time": "2027-06-08T10:00:00-04:00"} if action == "reschedule" else {}
        once = staff.post(f"{path}/{action}", change, Idempotency_Key="b")
        assert (once.status_code, staff.post(f"{path}/{action}", change, Idempotency_Key="b").json()) == (
            200,
            once.json(),
        )
    actions = [event["action"] for event in staff.get(path).json()["history"]]
    assert actions == ["booked", "rescheduled", "cancelled", "restored"]


def test_status_follows_the_day(staff: Staff, cut: Service, clock: Any) -> None:
    path = f"/appointments/{book(staff, cut).json()['id']}"
    early = staff.patch(path, {"status": "completed"})
    assert (early.status_code, early.json()["error"]) == (409, "too_early")
    clock("2027-06-07T03:59Z")  # 23:59 of the day before
    eve = staff.post(f"{path}/check-in")
    assert (eve.status_code, eve.json()["error"]) == (409, "too_early")
    assert eve.json()["details"] == {"opens_at": "2027-06-07T04:00:00Z"}
    clock("2027-06-07T14:05Z")
    assert staff.post(f"{path}/check-in").json()["checked_in_at"] == "2027-06-07T14:05:00Z"
    assert staff.patch(path, {"status": "no_show"}).json()["status"] == "no_show"
    wrong = staff.patch(path, {"status": "completed"})
    assert (wrong.status_code, wrong.json()["error"]) == (409, "invalid_transition")
    assert staff.post(f"{path}/restore").json()["status"] == "confirmed"
    assert staff.patch(path, {"status": "completed"}).json()["status"] == "completed"
    assert staff.patch(path, {"status": "held"}).status_code == 422


def test_requests_are_approved_and_declined(staff: Staff, business: Business, ana: Provider, cut: Service) -> None:
    first, second = (
        make_appointment(business, cut, ana, f"2027-06-07T1{hour}:00:00Z", status="pending_approval") for hour in (4, 6)
    )
    assert staff.patch(f"/appointments/{first.pk}", {"status": "confirmed"}).json()["status"] == "confirmed"
    assert staff.patch(f"/appointments/{second.pk}", {"status": "declined"}).json()["status"] == "declined"


def test_cancelling_is_previewed_and_done(staff: Staff, cut: Service) -> None:
    path = f"/appointments/{book(staff, cut).json()['id']}"
    preview = Cancelled.model_validate(staff.post(f"{path}/cancel", {"preview": True}).json())
    assert (preview.appointment.status, preview.refund_amount, preview.fee_amount) == ("confirmed", 0, 0)
    done = staff.post(f"{path}/cancel", {"reason": "Ill"}).json()
    assert (done["appointment"]["status"], done["currency"]) == ("cancelled", "usd")
    assert staff.get(path).json()["history"][-1]["reason"] == "Ill"
    again = staff.post(f"{path}/cancel")
    assert (again.status_code, again.json()["error"]) == (409, "invalid_transition")


def test_rescheduling_moves_the_same_appointment(staff: Staff, business: Business, cut: Service) -> None:
    made = book(staff, cut).json()
    path = f"/appointments/{made['id']}/reschedule"
    moved = staff.post(path, {"start_time": "2027-06-07T10:15:00-04:00"}).json()
    assert (moved["id"], moved["start_time_utc"], moved["sequence"]) == (made["id"], "2027-06-07T14:15:00Z", 1)
    outside = staff.post(path, {"start_time": "2027-06-07T06:00:00-04:00"})
    assert (outside.status_code, outside.json()["error"]) == (409, "outside_hours")
    assert staff.post(path, {"start_time": TEN, "provider_id": str(uuid4())}).status_code == 404
    marco = make_provider(business, "Marco Vitale")
    assert staff.post(path, {"start_time": TEN, "provider_id": str(marco.pk)}).status_code == 422


def test_list_is_narrowed_by_every_filter(staff: Staff, business: Business, ana: Provider, cut: Service) -> None:
    marco = make_provider(business, "Marco Vitale")
    colour = make_service(business, "Colour", providers=[marco])
    late = make_appointment(
        business, cut, ana, "2027-06-08T03:30:00Z", name="Ruth Adeyemi", email="ruth@example.test", phone="+12075550123"
    )
    other = make_appointment(business, colour, marco, TEN, status="no_show", source="walk_in")
    held = make_appointment(business, cut, ana, "2027-06-09T14:00:00Z", status="held")
    held.client = None
    held.save()

    def find(**query: str) -> list[str]:
        return [item["id"] for item in staff.get("/appointments", **query).json()["items"]]

    mine, theirs = str(late.pk), str(other.pk)
    assert find() == [theirs, mine]
    assert find(start_date="2027-06-07", end_date="2027-06-07") == [theirs, mine]
    assert find(start_date="2027-06-08") == []
    assert find(status="no_show") == [theirs]
    assert find(status="no_show,held") == [theirs, str(held.pk)]
    assert find(service_id=str(colour.pk)) == find(provider_id=str(marco.pk)) == find(source="walk_in") == [theirs]
    assert find(payment_status="paid") == []
    assert find(client_id=str(late.client_id)) == [mine]
    for words in ("ruth", "RUTH ade", "ruth@example", "0123", "555-0123", late.reference.lower()):
        assert find(search=words) == [mine]
    assert find(search="nobody") == []
    assert staff.get("/appointments", start_date="yesterday").status_code == 422
    assert staff.get("/appointments", end_date="9999-12-31").status_code == 422


def test_stats_count_what_the_list_shows(
    staff: Staff, business: Business, ana: Provider, cut: Service, clock: Any
) -> None:
    clock("2027-06-07T14:00Z")
    for hour, status, source in (
        ("2027-06-07T13:00:00Z", "completed", "online"),
        ("2027-06-04T13:00:00Z", "completed", "online"),
        ("2027-06-04T15:00:00Z", "no_show", "phone"),
        ("2027-06-07T16:00:00Z", "confirmed", "online"),
        ("2027-06-08T16:00:00Z", "pending_approval", "widget"),
        ("2027-06-07T18:00:00Z", "cancelled", "online"),
    ):
        make_appointment(business, cut, ana, hour, status=status, source=source)
    body = schemas.Stats.model_validate(staff.get("/appointments/stats").json())
    assert body.model_dump() == {
        "total": 6,
        "today": 2,
        "upcoming": 2,
        "completed": 2,
        "no_show_count": 1,
        "no_show_rate": 0.3333,
        "cancelled": 1,
        "by_source": {"online": 4, "phone": 1, "widget": 1},
        "by_status": {"completed": 2, "no_show": 1, "confirmed": 1, "pending_approval": 1, "cancelled": 1},
    }
    assert staff.get("/appointments/stats", start_date="2027-07-01").json()["no_show_rate"] == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_queries_for_any_number_of_rows(
    staff: Staff,
    business: Business,
    ana: Provider,
    cut: Service,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    made = [
        make_appointment(business, cut, ana, datetime(2027, 6, 7, 14 + n, tzinfo=UTC), email=f"k{n}@example.test")
        for n in range(rows)
    ]
    staff.get("/appointments")
    for path, queries in (
        ("/appointments", 6),
        ("/appointments/stats", 6),
        (f"/appointments/{made[0].pk}", 6),
        ("/clients", 6),
        (f"/clients/{made[0].client_id}", 6),
    ):
        with django_assert_num_queries(queries):
            assert staff.get(path).status_code == 200


def test_hc190_ids_of_another_business_do_not_exist(staff: Staff, business: Business, other_business: Business) -> None:
    with tenant_context(other_business):
        pat = make_provider(other_business)
        theirs = make_appointment(other_business, make_service(other_business, providers=[pat]), pat, TEN)
    path, nothing = f"/appointments/{theirs.pk}", staff.get(f"/appointments/{uuid4()}").json()
    for answer in (
        staff.get(path),
        staff.patch(path, {"status": "cancelled"}),
        staff.post(f"{path}/cancel"),
        staff.post(f"{path}/reschedule", {"start_time": TEN}),
        staff.post(f"{path}/restore"),
        staff.post(f"{path}/check-in"),
        staff.get(f"/clients/{theirs.client_id}"),
        staff.get("/availability/explain", service_id=str(theirs.service_id), start_time=TEN),
        staff.post("/appointments", {"service_id": str(theirs.service_id), "start_time": TEN, "client": KIM}),
    ):
        assert (answer.status_code, answer.json()) == (404, nothing)
    assert staff.get("/appointments", service_id=str(theirs.service_id)).json()["items"] == []


def test_hc211_providers_keep_to_their_own_appointments(
    staff: Staff, business: Business, ana: Provider, cut: Service
) -> None:
    marco = make_provider(business, "Marco Vitale")
    shared = make_service(business, "Shared", providers=[ana, marco])
    mine = make_appointment(business, shared, ana, TEN)
    theirs = make_appointment(business, shared, marco, TEN)
    me = as_member(make_member(business, "provider", provider=ana))
    assert [item["id"] for item in me.get("/appointments").json()["items"]] == [str(mine.pk)]
    assert me.get("/appointments/stats").json()["total"] == 1
    assert me.get(f"/appointments/{mine.pk}").status_code == 200
    booking = {"service_id": str(shared.pk), "start_time": "2027-06-08T10:00:00-04:00", "client": KIM}
    booked = me.post("/appointments", booking).json()
    assert booked["provider"]["id"] == str(ana.pk)
    path = f"/appointments/{theirs.pk}"
    for answer in (
        me.get(path),
        me.patch(path, {"status": "cancelled"}),
        me.post(f"{path}/cancel"),
        me.post(f"{path}/reschedule", {"start_time": TEN}),
        me.post(f"{path}/restore"),
        me.post(f"{path}/check-in"),
        me.post("/appointments", {**booking, "provider_id": str(marco.pk)}),
        me.post(f"/appointments/{mine.pk}/reschedule", {"start_time": TEN, "provider_id": str(marco.pk)}),
        me.get(f"/clients/{mine.client_id}"),
    ):
        assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")


def test_clients_are_made_changed_and_found(staff: Staff) -> None:
    answer = staff.post("/clients", {"name": "Ruth Adeyemi", "email": "Ruth@Example.test", "phone": "+12075550123"})
    made = schemas_clients.ClientRecord.model_validate(answer.json())
    assert (answer.status_code, made.email, made.phone) == (201, "ruth@example.test", "+12075550123")
    twin = staff.post("/clients", {"name": "Ruth", "email": "RUTH@example.test"})
    assert (twin.status_code, twin.json()["error"]) == (409, "client_exists")
    changed = staff.patch(f"/clients/{made.id}", {"notes": "Prefers mornings"}).json()
    assert (changed["name"], changed["notes"]) == ("Ruth Adeyemi", "Prefers mornings")
    for words in ("ade", "ruth@", "0123"):
        assert [c["id"] for c in staff.get("/clients", search=words).json()["items"]] == [str(made.id)]
    for wrong in ({"name": "R"}, {"name": "Bob\nX"}, {"email": "x"}, {"phone": "1"}, {"timezone": "Nowhere"}):
        assert staff.patch(f"/clients/{made.id}", wrong).status_code == 422


def test_client_comes_with_his_appointments(staff: Staff, cut: Service) -> None:
    booked = book(staff, cut).json()
    detail = schemas_clients.ClientDetail.model_validate(staff.get(f"/clients/{booked['client']['id']}").json())
    assert [str(row.id) for row in detail.appointments] == [booked["id"]]


def test_settings_are_read_and_changed(staff: Staff, business: Business) -> None:
    changed = staff.patch("/settings", {"name": "Acme & Sons", "cancel_cutoff_minutes": 0}).json()
    assert (changed["name"], changed["cancel_cutoff_minutes"], changed["slug"]) == ("Acme & Sons", 0, "acme")
    assert staff.get("/settings").json() == changed
    for wrong in (
        {"name": ""}, {"timezone": "Nowhere"}, {"currency": "xxx"}, {"brand_color": "red"}, {"hold_minutes": 0},
        {"website": "javascript:alert(1)"}, {"locale": "xx"}, {"hold_minutes": "10"}, {"country": "Atlantis"},
    ):  # fmt: skip
        assert staff.patch("/settings", wrong).status_code == 422
    assert staff.get("/settings").json() == changed


def test_owners_manage_keys_and_see_members(business: Business, client_for: Any) -> None:
    owner = as_member(make_member(business))
    made = owner.post("/api-keys", {"name": "Website", "scopes": ["read"]}).json()
    reader = Staff(client_for("acme"), f"Bearer {made['key']}")
    assert reader.get("/services").status_code == 200
    assert reader.post("/services", {"name": "Cut"}).json()["error"] == "scope_missing"
    assert reader.get("/api-keys").status_code == 403
    assert "key" not in owner.get("/api-keys").json()["items"][0]
    assert owner.delete(f"/api-keys/{made['id']}").status_code == 204
    assert reader.get("/services").status_code == 401
    assert [member["role"] for member in owner.get("/members").json()["items"]] == ["owner"]


def test_strangers_are_told_nothing(business: Business, other_business: Business, client_for: Any) -> None:
    for stranger in (Staff(client_for("acme")), by_key(other_business, client_for("acme"))):
        answer = stranger.get("/appointments")
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
