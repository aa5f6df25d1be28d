"""Holding, booking, cancelling and moving over the public API."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from daybook.core.idempotency.models import IdempotencyKey
from scheduling.models import Appointment, AppointmentEvent, Provider
from scheduling.services import offer
from tenants import routing
from tenants.models import Business
from tenants.services import keys
from tests.conftest import HostClient
from tests.factories import make_appointment, make_block, make_busy, make_provider
from tests.widget.asking import KIM, Asker, shop

MONDAY = 1
NOW = "2027-06-01T12:00Z"
TEN = "2027-06-07T10:00:00-04:00"
ELEVEN = "2027-06-07T11:00:00-04:00"
Clock = Callable[[datetime | str | None], None]


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_the_offer_is_told_without_buffers_or_what_is_not_public(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"), buffer_after_minutes=15, description="Quiet.")
    offer.make_service(business=business, name="Linked", providers=[offer.Link(provider.pk)], visibility="link")
    away = make_provider(business, "Away")
    offer.make_service(business=business, name="Nobody's", providers=[offer.Link(away.pk)])
    Provider.objects.filter(pk=away.pk).update(active=False)

    answer = asker.get("services").json()
    listed = answer["items"]
    assert answer["pagination"] == {"page": 1, "limit": 50, "total": len(listed), "total_pages": 1}

    assert [row["name"] for row in listed] == ["Cut"]
    assert "buffer" not in str(listed)
    assert asker.get(f"services/{service.slug}").json() == listed[0]
    assert asker.get("services/linked").status_code == 200
    about = asker.get("business").json()
    assert (about["name"], about["timezone"]) == (business.name, "America/New_York")
    assert [tier["hours_before_start"] for tier in about["policy"]["tiers"]] == [48, 24, 0]


def test_a_booking_answers_with_its_token_and_its_address(booked: dict[str, Any], business: Business) -> None:
    appointment = booked["appointment"]

    assert (appointment["status"], appointment["start_time"], appointment["display_time"]) == (
        "confirmed", TEN, "10:00 AM EDT",
    )  # fmt: skip
    assert booked["manage_url"].endswith(f"/a/{appointment['reference']}?t={booked['manage_token']}")
    assert f"//{business.slug}." in booked["manage_url"]
    row = Appointment.objects.get()
    assert (row.source, row.client_email, row.price) == ("api", KIM["email"], 10000)


def test_a_hold_becomes_a_booking_and_its_state_is_told(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"))

    held = asker.hold(service, TEN)
    token = held.json()["hold_token"]

    assert held.status_code == 201
    assert (held.json()["expires_at"], held.json()["provider_id"]) == ("2027-06-01T12:10:00Z", str(provider.pk))
    assert asker.get(f"holds/{token}").json()["state"] == "held"
    booked = asker.booked(service, TEN, hold_token=token)["appointment"]
    state = asker.get(f"holds/{token}").json()
    assert (state["state"], state["appointment"]["id"]) == ("confirmed", booked["id"])
    assert Appointment.objects.count() == 1


def test_a_hold_is_extended_and_released(business: Business, asker: Asker, clock: Clock) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    token = asker.hold(service, TEN).json()["hold_token"]
    clock("2027-06-01T12:08Z")

    extended = asker.post(f"holds/{token}/extend", {})

    assert (extended.status_code, extended.json()["expires_at"]) == (200, "2027-06-01T12:18:00Z")
    assert asker.http.delete(f"/v1/public/holds/{token}").status_code == 204
    assert asker.http.delete(f"/v1/public/holds/{token}").status_code == 204
    assert refusal(asker.post(f"holds/{token}/extend", {})) == (409, "hold_expired")
    assert refusal(asker.book(service, TEN, hold_token=token)) == (409, "hold_expired")
    assert asker.book(service, TEN).status_code == 201


def test_an_expired_hold_whose_time_is_free_books_anyway(business: Business, asker: Asker, clock: Clock) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    token = asker.hold(service, TEN).json()["hold_token"]
    clock("2027-06-01T13:00Z")

    assert asker.book(service, TEN, hold_token=token).status_code == 201


def test_a_hold_for_something_else_is_refused(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    token = asker.hold(service, TEN).json()["hold_token"]

    answer = asker.book(service, ELEVEN, hold_token=token)

    assert refusal(answer) == (422, "hold_mismatch")
    assert list(answer.json()["details"]["fields"]) == ["start_time"]
    assert refusal(asker.book(service, TEN, hold_token="x" * 43)) == (404, "not_found")


def test_a_hold_goes_by_the_settings_of_its_moment(business: Business, asker: Asker, settings: Any) -> None:
    settings.ROUTING_CACHE_SECONDS = 60.0
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    asker.get("business")
    Business.objects.filter(pk=business.pk).update(hold_minutes=3)  # another process: nobody here is told
    by_host = asker.hold(service, TEN).json()
    assert by_host["expires_at"] == "2027-06-01T12:03:00Z"

    key = keys.make_publishable(business=business, name="Site", by=None)[1]
    there = HostClient("localhost", HTTP_X_TENANT_KEY=key)
    there.get("/v1/public/business")
    Business.objects.filter(pk=business.pk).update(status="suspended")
    refused = there.post("/v1/public/holds", {"service_id": str(service.pk), "start_time": ELEVEN}, "application/json")
    assert refusal(refused) == (403, "business_suspended")
    routing.forget()


def test_ten_times_are_held_for_one_address_and_no_more(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "00:00", "24:00"), duration_minutes=60, step_minutes=60)
    for hour in range(10):
        assert asker.hold(service, f"2027-06-07T{hour:02}:00:00-04:00").status_code == 201

    refused = asker.hold(service, "2027-06-07T12:00:00-04:00")

    assert refusal(refused) == (429, "too_many_holds")
    assert refused.headers["Retry-After"]
    assert Asker(business, REMOTE_ADDR="203.0.113.9").hold(service, "2027-06-07T12:00:00-04:00").status_code == 201


def test_a_service_that_asks_first_gets_a_request(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"), requires_approval=True)

    assert asker.booked(service, TEN)["appointment"]["status"] == "pending_approval"


def test_hc086_a_request_holds_its_time(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"), requires_approval=True)
    asker.booked(service, TEN)

    assert refusal(asker.book(service, TEN)) == (409, "slot_unavailable")


def test_hc087_a_busy_time_that_came_after_the_list_wins(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"))
    listed = asker.slots(service, "2027-06-07")[0]
    make_busy(provider, "2027-06-07T09:30:00-04:00", "2027-06-07T09:40:00-04:00")

    assert refusal(asker.book(service, listed["start_time"])) == (409, "slot_unavailable")
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("client", "field"),
    [
        ({"name": "K", "email": "kim@example.test"}, "client.name"),
        ({"name": "Kim\r\nBcc: x@y.z", "email": "kim@example.test"}, "client.name"),
        ({"name": "Kim Lee", "email": "not an address"}, "client.email"),
        ({"name": "Kim Lee", "email": ""}, "client.email"),
        ({"name": "Kim Lee", "email": "kim@example.test", "phone": "12"}, "client.phone"),
        ({"name": "Kim Lee"}, "client.email"),
    ],
)
def test_details_that_are_wrong_are_named(business: Business, asker: Asker, client: dict[str, str], field: str) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))

    answer = asker.book(service, TEN, client=client)

    assert answer.status_code == 422
    assert list(answer.json()["details"]["fields"]) == [field]


def test_what_cannot_be_stored_is_refused(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))

    assert asker.book(service, TEN, notes="\x00").status_code == 422
    assert asker.get("services/a%00b").status_code == 404
    assert asker.post("appointments", ["not", "an", "object"]).status_code in (400, 422)


def test_a_way_of_paying_that_is_not_offered_is_refused(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))

    assert refusal(asker.book(service, TEN, payment_mode="full")) == (422, "payment_mode_not_offered")


def test_cancelling_is_shown_first_and_then_done(asker: Asker, booked: dict[str, Any]) -> None:
    path, token = f"appointments/{booked['appointment']['id']}/cancel", booked["manage_token"]

    shown = asker.post(path, {"cancellation_token": token, "preview": True})
    assert (shown.status_code, shown.json()["appointment"]["status"]) == (200, "confirmed")
    done = asker.post(path, {"cancellation_token": token, "reason": "Ill"})
    assert done.status_code == 200
    assert done.json()["appointment"]["status"] == "cancelled"
    assert {key: done.json()[key] for key in ("refund_amount", "fee_amount", "currency")} == {
        "refund_amount": 0, "fee_amount": 0, "currency": "usd",
    }  # fmt: skip
    assert refusal(asker.post(path, {"cancellation_token": token})) == (409, "invalid_transition")
    assert refusal(asker.post(path, {"cancellation_token": token, "preview": True})) == (409, "invalid_transition")
    assert AppointmentEvent.objects.filter(action="cancelled").get().reason == "Ill"


@pytest.mark.parametrize("action", ["cancel", "reschedule"])
def test_at_the_cut_off_it_is_possible_and_after_it_too_late(
    asker: Asker, booked: dict[str, Any], clock: Clock, action: str
) -> None:
    path = f"appointments/{booked['appointment']['id']}/{action}"
    body = {"cancellation_token": booked["manage_token"], "start_time": "2027-06-07T15:00:00-04:00"}
    clock("2027-06-07T08:00:01-04:00")
    assert refusal(asker.post(path, body)) == (409, "too_late")
    assert action == "reschedule" or refusal(asker.post(path, {**body, "preview": True})) == (409, "too_late")
    clock("2027-06-07T08:00:00-04:00")

    assert asker.post(path, body).status_code == 200


def test_hc074_a_cancelled_time_can_be_booked_again(asker: Asker, booked: dict[str, Any]) -> None:
    appointment = booked["appointment"]
    asker.post(f"appointments/{appointment['id']}/cancel", {"cancellation_token": booked["manage_token"]})

    again = asker.post("appointments", {"service_id": appointment["service_id"], "start_time": TEN, "client": KIM})

    assert again.status_code == 201


def test_hc077_a_move_may_overlap_its_own_old_time(asker: Asker, booked: dict[str, Any]) -> None:
    appointment = booked["appointment"]
    body = {"cancellation_token": booked["manage_token"], "start_time": "2027-06-07T10:15:00-04:00"}

    moved = asker.post(f"appointments/{appointment['id']}/reschedule", body)

    assert moved.status_code == 200
    assert moved.json()["appointment"]["start_time"] == "2027-06-07T10:15:00-04:00"
    assert moved.json()["appointment"]["sequence"] == appointment["sequence"] + 1
    early = {"service_id": appointment["service_id"], "start_time": "2027-06-07T09:15:00-04:00", "client": KIM}
    assert asker.post("appointments", early).status_code == 201


def test_hc078_a_link_that_was_used_moves_the_same_appointment_again(asker: Asker, booked: dict[str, Any]) -> None:
    path, token = f"appointments/{booked['appointment']['id']}/reschedule", booked["manage_token"]
    for start in ("2027-06-07T12:00:00-04:00", "2027-06-07T14:00:00-04:00"):
        moved = asker.post(path, {"cancellation_token": token, "start_time": start})
        assert (moved.status_code, moved.json()["appointment"]["id"]) == (200, booked["appointment"]["id"])

    assert Appointment.objects.count() == 1
    assert Appointment.objects.get().starts_at.isoformat() == "2027-06-07T18:00:00+00:00"


def test_a_move_to_a_taken_time_keeps_the_old_one(business: Business, asker: Asker, booked: dict[str, Any]) -> None:
    row = Appointment.objects.get()
    make_appointment(business, row.service, row.provider, ELEVEN, email="lee@example.test")

    answer = asker.post(
        f"appointments/{row.pk}/reschedule", {"cancellation_token": booked["manage_token"], "start_time": ELEVEN}
    )

    assert refusal(answer) == (409, "slot_unavailable")
    assert len(answer.json()["details"]["next"]) == 3
    assert Appointment.objects.get(pk=row.pk).starts_at == row.starts_at


def test_hc083_the_same_key_acts_once(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))

    answers = [asker.book(service, TEN, key="abc") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert refusal(asker.book(service, ELEVEN, key="abc")) == (422, "idempotency_key_reused")
    assert Appointment.objects.count() == 1
    stranger = Asker(business, REMOTE_ADDR="203.0.113.9")
    assert refusal(stranger.book(service, TEN, key="abc")) == (409, "slot_unavailable")


def test_hc083_holds_cancels_and_moves_too(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    key = {"Idempotency-Key": "abc"}
    held = [asker.hold(service, TEN, key="abc").json() for _ in range(2)]
    booked = asker.booked(service, TEN, hold_token=held[0]["hold_token"])
    path, token = f"appointments/{booked['appointment']['id']}", {"cancellation_token": booked["manage_token"]}
    moved = [asker.post(f"{path}/reschedule", {**token, "start_time": ELEVEN}, key) for _ in range(2)]
    ended = [asker.post(f"{path}/cancel", token, key) for _ in range(2)]

    assert held[0] == held[1]
    assert [answer.status_code for answer in (*moved, *ended)] == [200] * 4
    assert moved[0].json() == moved[1].json()
    assert ended[0].json() == ended[1].json()
    assert Appointment.objects.get().sequence == 2


def test_a_key_keeps_no_token(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    booked = asker.booked(service, TEN, key="abc")

    assert booked["manage_token"] not in str(list(IdempotencyKey.objects.values()))


def test_a_booking_is_answered_again_though_the_service_is_gone(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"))
    first = asker.booked(service, TEN, key="abc")
    offer.change_service(service, active=False)
    make_block(provider, "2027-06-07")

    assert asker.booked(service, TEN, key="abc") == first


# What is never told
