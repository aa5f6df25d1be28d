"""What the public API never tells, never trusts and never allows."""

from typing import Any

import pytest

from scheduling.models import Appointment, Client
from tenants.models import Business
from tests.factories import make_appointment
from tests.widget.asking import Asker, shop
from tests.widget.test_api_booking import ELEVEN, MONDAY, TEN, Clock, refusal


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counters begin anew each minute; a test does not."""
    monkeypatch.setattr("tenants.limits.time", lambda: 1_800_000_000.0)


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


def test_hc192_a_hold_is_told_as_long(business: Business, asker: Asker, clock: Clock) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    path = f"holds/{asker.hold(service, TEN).json()['hold_token']}"
    clock("2027-09-05T11:00:00-04:00")
    assert asker.get(path).json()["state"] == "expired"
    clock("2027-09-05T11:00:01-04:00")

    assert asker.get(path).status_code == 404


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
