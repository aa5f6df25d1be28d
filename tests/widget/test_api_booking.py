"""Holding, booking, cancelling and moving over the public API, and what is never told or trusted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from daybook.core.idempotency.models import IdempotencyKey
from scheduling.models import Appointment, AppointmentEvent, Client, Provider
from scheduling.services import offer
from tenants.models import Business
from tests.factories import make_appointment, make_block, make_busy, make_provider
from tests.widget.asking import KIM, Asker, shop

MONDAY = 1
NOW = "2027-06-01T12:00Z"
TEN = "2027-06-07T10:00:00-04:00"
ELEVEN = "2027-06-07T11:00:00-04:00"
Clock = Callable[[datetime | str | None], None]


@pytest.fixture
def asker(business: Business, clock: Clock) -> Asker:
    clock(NOW)
    return Asker(business)


@pytest.fixture
def booked(business: Business, asker: Asker) -> dict[str, Any]:
    """Kim's appointment at ten, as the API answered it."""
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    body: dict[str, Any] = asker.booked(service, TEN)
    return body


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counters begin anew each minute; a test does not."""
    monkeypatch.setattr("tenants.limits.time", lambda: 1_800_000_000.0)


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


def test_hc190_without_the_token_nothing_can_be_told_apart(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    mine, other = asker.booked(service, TEN), asker.booked(service, ELEVEN)
    path = f"appointments/{mine['appointment']['id']}"

    answers = [
        asker.get(path),
        asker.get(path, headers={"X-Manage-Token": "x" * 43}),
        asker.get(path, headers={"X-Manage-Token": other["manage_token"]}),
        asker.get("appointments/00000000-0000-4000-8000-000000000000", headers={"X-Manage-Token": "x" * 43}),
        asker.get(path, t=mine["manage_token"]),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert len({answer.content for answer in answers}) == 1
    assert asker.get(path, headers={"X-Manage-Token": mine["manage_token"]}).status_code == 200


@pytest.mark.parametrize("action", ["cancel", "reschedule"])
def test_hc190_nor_changed(asker: Asker, booked: dict[str, Any], action: str) -> None:
    path = f"appointments/{booked['appointment']['id']}/{action}"

    for token in ("", "x" * 43):
        answer = asker.post(path, {"cancellation_token": token, "start_time": ELEVEN, "preview": True})
        assert refusal(answer) == (404, "not_found")


def test_hc192_a_token_is_long_kept_as_a_digest_and_bound(business: Business, booked: dict[str, Any]) -> None:
    row, token = Appointment.objects.get(), booked["manage_token"]

    assert len(token) >= 43
    assert token not in str(Appointment.objects.values().get())
    assert row.manage_digest != row.hold_digest
    response = Asker(business).get(f"appointments/{row.pk}", headers={"X-Manage-Token": token})
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"


def test_hc192_a_token_opens_until_ninety_days_after_the_end(
    asker: Asker, booked: dict[str, Any], clock: Clock
) -> None:
    path, headers = f"appointments/{booked['appointment']['id']}", {"X-Manage-Token": booked["manage_token"]}
    clock("2027-09-05T11:00:00-04:00")
    assert asker.get(path, headers=headers).status_code == 200
    clock("2027-09-05T11:00:01-04:00")

    assert asker.get(path, headers=headers).status_code == 404


@pytest.mark.usefixtures("one_minute")
def test_hc204_guesses_at_a_token_are_counted_whatever_the_headers_say(asker: Asker, booked: dict[str, Any]) -> None:
    path = f"appointments/{booked['appointment']['id']}"

    answers = [
        asker.get(path, headers={"X-Manage-Token": f"guess {n}", "X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(12)
    ]

    assert answers == [404] * 10 + [429] * 2
    assert asker.get(path, headers={"X-Manage-Token": booked["manage_token"]}).status_code == 200


@pytest.mark.usefixtures("one_minute")
def test_hc204_calls_are_counted_whatever_the_headers_say(business: Business, asker: Asker) -> None:
    answers = [asker.get("business", headers={"X-Real-IP": f"203.0.113.{n}"}).status_code for n in range(101)]

    assert answers[:100] == [200] * 100
    assert answers[100] == 429


def test_hc209_a_known_and_an_unknown_client_are_answered_alike(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    asker.booked(service, TEN)
    known = asker.booked(service, ELEVEN, client={"name": "Kim Lee", "email": "KIM@example.test"})["appointment"]
    unknown = asker.booked(
        service, "2027-06-07T12:00:00-04:00", client={"name": "Kim Lee", "email": "new@example.test"}
    )["appointment"]

    differing = {key for key in known if known[key] != unknown[key]}
    assert differing == {
        "id", "reference", "start_time", "start_time_utc", "end_time_utc", "display_time", "cancel_until",
        "reschedule_until", "free_cancellation_until",
    }  # fmt: skip
    assert Client.objects.count() == 2


def test_public_input_never_changes_a_client(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    asker.booked(service, TEN)
    asker.booked(
        service, ELEVEN, client={"name": "Somebody Else", "email": "Kim@Example.test", "phone": "+12075550123"}
    )

    client = Client.objects.get()

    assert (client.name, client.phone) == ("Kim Lee", "")


def test_hc213_a_guest_is_told_only_what_the_page_needs(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"))
    client = {"name": "Kim Lee", "email": "kim@example.test", "phone": "+12075550123"}
    booked = asker.booked(service, TEN, client=client, notes="My back hurts")
    make_appointment(business, service, provider, ELEVEN, name="Lee Marvin", email="lee@example.test")
    headers = {"X-Manage-Token": booked["manage_token"]}

    told = [
        asker.get(f"appointments/{booked['appointment']['id']}", headers=headers).content.decode(),
        asker.get(f"services/{service.pk}/availability", start_date="2027-06-07", end_date="2027-06-07",
                  include_unavailable="true").content.decode(),
        asker.get(f"services/{service.pk}").content.decode(),
    ]  # fmt: skip

    for secret in ("kim@example.test", "2075550123", "My back hurts", "Lee Marvin", "lee@example.test", "127.0.0.1"):
        assert not any(secret in text for text in told), secret


def test_the_address_is_kept_only_as_a_keyed_digest(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    Asker(business, REMOTE_ADDR="203.0.113.9").hold(service, TEN)

    row = Appointment.objects.values().get()

    assert row["held_by"]
    assert "203.0.113.9" not in str(row)


def test_hc207_nothing_personal_is_logged(business: Business, asker: Asker, caplog: pytest.LogCaptureFixture) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    client = {"name": "Kim Lee", "email": "kim@example.test", "phone": "+12075550123"}
    with caplog.at_level(0):
        held = asker.hold(service, TEN).json()
        booked = asker.booked(service, TEN, hold_token=held["hold_token"], client=client, notes="My back hurts")
        asker.book(service, TEN, client=client, notes="My back hurts")
        asker.book(service, ELEVEN, client={**client, "name": "K"})
        asker.get(f"appointments/{booked['appointment']['id']}", headers={"X-Manage-Token": "wrong"})

    for secret in (
        "kim@example.test", "2075550123", "My back hurts", booked["manage_token"], held["hold_token"], "Kim Lee",
    ):  # fmt: skip
        assert secret not in caplog.text, secret


# Other sites


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://acme.evil.test"])
def test_hc203_the_public_api_is_open_to_all_without_credentials(business: Business, asker: Asker, origin: str) -> None:
    preflight = asker.http.options(
        "/v1/public/appointments",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "idempotency-key",
        },
    )
    answer = asker.get("business", headers={"Origin": origin})
    refused = asker.get("services/none", headers={"Origin": origin})

    assert preflight.status_code == 204
    assert "Idempotency-Key" in preflight.headers["Access-Control-Allow-Headers"]
    for response in (preflight, answer, refused):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_hc203_the_admin_api_is_open_to_none(business: Business, asker: Asker) -> None:
    headers = {"Origin": "https://evil.test", "Access-Control-Request-Method": "GET"}
    for response in (
        asker.http.options("/v1/tenant-admin/services", headers=headers),
        asker.http.get("/v1/tenant-admin/services", headers=headers),
    ):
        assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_hc174_a_suspended_business_takes_no_bookings_but_cancellations(
    business: Business, asker: Asker, booked: dict[str, Any]
) -> None:
    appointment = booked["appointment"]
    business.status = "suspended"
    business.save()
    token = {"cancellation_token": booked["manage_token"]}

    for answer in (
        asker.get("services"),
        asker.post("holds", {}),
        asker.post("appointments", {}),
        asker.post(f"appointments/{appointment['id']}/reschedule", {**token, "start_time": ELEVEN}),
    ):
        assert refusal(answer) == (403, "business_suspended")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    path = f"appointments/{appointment['id']}"
    assert asker.get(path, headers={"X-Manage-Token": booked["manage_token"]}).status_code == 200
    assert asker.post(f"{path}/cancel", token).status_code == 200
