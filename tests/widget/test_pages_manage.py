"""The client's permanent page, rescheduling, cancelling, and the lost link."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from daybook.core.outbox.models import OutboxRow
from scheduling.enums import Status
from scheduling.models import Appointment
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import make_appointment, make_service
from tests.widget.pages import NOW, Shop, booked_page, fields, make_shop, only_form, send
from widget.services import booking, lost_links

START = "2026-11-05T15:00Z"


@pytest.fixture
def shop(business: Business, clock: Callable[[str], None]) -> Shop:
    clock(NOW)
    return make_shop(business)


@pytest.fixture
def client(shop: Shop, client_for: Callable[[str], HostClient]) -> HostClient:
    return client_for(shop.business.slug)


@pytest.fixture
def url(client: HostClient) -> str:
    return booked_page(client, START, notes="Left shoulder", phone="+12075550199")


def part(url: str, name: str) -> str:
    """The address of a page beside the manage page."""
    path, _mark, query = url.partition("?")
    return f"{path}{name}?{query}"


def cancel(client: HostClient, url: str, **typed: str) -> Any:
    page = client.get(part(url, "/cancel"))
    return send(client, part(url, "/cancel"), {**only_form(page), **typed})


def test_manage_page_says_what_is_booked(client: HostClient, url: str) -> None:
    page = client.get(url).content.decode()
    reference = Appointment.objects.get().reference
    for words in (
        "You are booked", "Thu 5 Nov, 10:00 – 11:00 am", "Eastern Time — New York", "Ana Duarte", "24 Mercer St, Portland",
        "$95, to be paid at the visit", reference, "Free to change or cancel until Thu 5 Nov, 8:00 am.", "Reschedule",
        "Cancel appointment", "Add to calendar", "calendar.google.com", "outlook.live.com", "outlook.office.com",
    ):  # fmt: skip
        assert words in page, words


def test_manage_page_is_for_its_reader_only(client: HostClient, url: str) -> None:
    answer = client.get(url)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert not answer.cookies


def test_links_to_other_origins_carry_no_token(client: HostClient, url: str) -> None:
    token = url.split("t=")[1]
    outside = [part for part in client.get(url).content.decode().split('href="')[1:] if part.startswith("http")]
    assert outside
    assert not any(token in link.split('"')[0] for link in outside)


def test_manage_page_queries(client: HostClient, url: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(6):
        client.get(url)


@pytest.mark.parametrize(
    ("status", "words", "can_change"),
    [
        (Status.CONFIRMED, "You are booked", True),
        (Status.PENDING_APPROVAL, "Waiting for an answer", True),
        (Status.CANCELLED, "This appointment does not take place.", False),
        (Status.DECLINED, "could not take this appointment", False),
        (Status.EXPIRED, "This request was not answered in time.", False),
        (Status.COMPLETED, "Thank you for coming.", False),
        (Status.NO_SHOW, "You were expected and did not come.", False),
    ],
)
def test_every_status_has_its_words(
    client: HostClient, shop: Shop, status: Status, words: str, can_change: bool
) -> None:
    made = make_appointment(shop.business, shop.massage, shop.ana, START, status=status)
    page = client.get(f"/a/{made.reference}?t={booking.manage_token(shop.business, made)}").content.decode()
    assert words in page
    assert ("/reschedule?t=" in page) is can_change
    assert ("Book again" in page) is not can_change


def test_past_appointment_is_over(client: HostClient, url: str, clock: Callable[[str], None]) -> None:
    clock("2026-11-05T16:30Z")
    page = client.get(url).content.decode()
    assert "This appointment is over" in page
    assert "/cancel?t=" not in page


def test_page_opens_until_90_days_after_the_end(client: HostClient, url: str, clock: Callable[[str], None]) -> None:
    clock("2027-02-03T16:00Z")
    assert client.get(url).status_code == 200
    clock("2027-02-03T16:01Z")
    assert client.get(url).status_code == 404


def test_hc190_wrong_links_are_one_and_the_same_page(client: HostClient, shop: Shop, url: str) -> None:
    other = make_appointment(shop.business, shop.massage, shop.marco, "2026-11-06T15:00Z", email="other@example.test")
    path = url.split("?")[0]
    wrong = [
        path, f"{path}?t=", f"{path}?t=wrong", f"{path}?t={booking.manage_token(shop.business, other)}",
        f"/a/ABCDEFGH?{url.split('?')[1]}", "/a/no-such-thing?t=x",
        part(url + "x", "/cancel"), part(url + "x", "/reschedule"), part(url + "x", ".ics"),
    ]  # fmt: skip
    answers = [client.get(address) for address in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert b"This link does not work any more" in answers[0].content
    assert b'href="/manage"' in answers[0].content


def test_hc190_link_of_another_business_does_not_open(
    client: HostClient, shop: Shop, url: str, client_for: Callable[[str], HostClient], other_business: Business
) -> None:
    assert client_for("zen").get(url).status_code == 404


def test_hc192_guessing_is_stopped(client: HostClient, url: str) -> None:
    answers = [client.get(f"{url[:-1]}{digit}x").status_code for digit in range(12)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_hc192_token_is_in_no_log_line(client: HostClient, url: str, caplog: pytest.LogCaptureFixture) -> None:
    token = url.split("t=")[1]
    with caplog.at_level("DEBUG"):
        client.get(url)
        client.get(url + "x")
        client.get(part(url, "/nowhere"))
    assert token not in caplog.text


def test_hc193_following_every_link_changes_nothing(client: HostClient, url: str) -> None:
    before = Appointment.objects.values().get()
    for address in (url, part(url, "/cancel"), part(url, "/reschedule"), part(url, ".ics")):
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    assert Appointment.objects.values().get() == before


def test_calendar_file(client: HostClient, url: str) -> None:
    answer = client.get(part(url, ".ics"))
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert "attachment" in answer.headers["Content-Disposition"]
    body = answer.content.decode()
    assert "DTSTART:20261105T150000Z" in body
    assert f"UID:{Appointment.objects.get().pk}@" in body


def test_cancel_page_says_what_it_costs_before_the_button(client: HostClient, url: str) -> None:
    page = client.get(part(url, "/cancel")).content.decode()
    assert page.index("Cancelling is free.") < page.index('type="submit"')
    assert "Keep appointment" in page
    assert 'name="reason"' in page


def test_cancelling_frees_the_time_and_offers_another(client: HostClient, url: str) -> None:
    answer = cancel(client, url, reason="A cold")
    made = Appointment.objects.get()
    assert made.status == "cancelled"
    assert made.events.latest("id").reason == "A cold"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Cancelled" in page
    assert "Book again" in page
    assert "to be paid" not in page


def test_cancelling_twice_is_friendly(client: HostClient, url: str) -> None:
    form = only_form(client.get(part(url, "/cancel")))
    send(client, part(url, "/cancel"), form)
    again = send(client, part(url, "/cancel"), form)
    assert "nothing happened twice" in client.get(again.headers["Location"]).content.decode()
    assert Appointment.objects.get().events.filter(to_status="cancelled").count() == 1


def test_cancel_needs_our_form(client: HostClient, url: str) -> None:
    form = only_form(client.get(part(url, "/cancel")))
    assert client.post(part(url, "/cancel"), form, headers={"origin": "https://evil.example"}).status_code == 403
    assert send(client, part(url, "/cancel"), {}).status_code == 403
    assert Appointment.objects.get().status == "confirmed"


def test_too_late_says_until_when_it_was_possible_and_whom_to_ask(
    client: HostClient, url: str, clock: Callable[[str], None]
) -> None:
    form = only_form(client.get(part(url, "/cancel")))
    clock("2026-11-05T13:00Z")
    assert "Cancel this appointment?" in client.get(part(url, "/cancel")).content.decode()
    clock("2026-11-05T13:00:01Z")
    late = send(client, part(url, "/cancel"), form)
    assert late.status_code == 409
    for page in (late, client.get(part(url, "/cancel")), client.get(part(url, "/reschedule")), client.get(url)):
        words = page.content.decode()
        assert "was possible until Thu 5 Nov, 8:00 am." in words
        assert "hello@harborpine.example" in words
        assert "+12075550123" in words
    assert Appointment.objects.get().status == "confirmed"


def test_different_cut_offs_are_told_apart(client: HostClient, shop: Shop, clock: Callable[[str], None]) -> None:
    shop.business.reschedule_cutoff_minutes = 24 * 60
    shop.business.save()
    url = booked_page(client, "2026-11-06T15:00Z")
    page = client.get(url).content.decode()
    assert "Free to change until Thu 5 Nov, 10:00 am, free to cancel until Fri 6 Nov, 8:00 am." in page
    clock("2026-11-05T16:00Z")
    page = client.get(url).content.decode()
    assert "Rescheduling online was possible until Thu 5 Nov, 10:00 am." in page
    assert "Cancel appointment" in page


def test_reschedule_page_strikes_the_old_time_and_lists_it_as_free(client: HostClient, url: str) -> None:
    page = client.get(part(url, "/reschedule") + "&date=2026-11-05").content.decode()
    assert "Present time: </span>Thu 5 Nov, 10:00 – 11:00 am</del>" in page
    assert "Keep current time" in page
    assert 'value="2026-11-05T15:00Z"' in page


def test_reschedule_lists_times_for_the_duration_that_was_booked(client: HostClient, shop: Shop, url: str) -> None:
    shop.massage.duration_minutes = 240
    shop.massage.save()
    page = client.get(part(url, "/reschedule") + "&date=2026-11-06").content.decode()
    assert "8 times · soonest 9:00 am" in page


def test_hc213_reschedule_page_holds_only_what_it_needs(client: HostClient, shop: Shop, url: str) -> None:
    make_appointment(
        shop.business, shop.massage, shop.marco, "2026-11-06T15:00Z", name="Zoe Park", email="zoe@x.example"
    )
    page = client.get(part(url, "/reschedule")).content.decode()
    for secret in ("nadia@example.test", "Nadia", "2075550199", "Left shoulder", "Zoe Park", "zoe@x.example"):
        assert secret not in page


def test_moving_keeps_the_appointment_and_its_link(client: HostClient, url: str) -> None:
    form = fields(client.get(part(url, "/reschedule")), "take") | {"start": "2026-11-06T16:00Z"}
    answer = send(client, part(url, "/reschedule"), form)
    made = Appointment.objects.get()
    assert (made.starts_at.isoformat(), made.sequence) == ("2026-11-06T16:00:00+00:00", 1)
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Rescheduled" in page
    assert "Fri 6 Nov, 11:00 am – 12:00 pm" in page
    assert send(client, part(url, "/reschedule"), form).status_code == 303
    assert Appointment.objects.get().sequence == 1


def test_hc251_moving_to_a_time_just_taken_keeps_the_old_one(client: HostClient, shop: Shop, url: str) -> None:
    form = fields(client.get(part(url, "/reschedule")), "take") | {"start": "2026-11-06T16:00Z"}
    mine = Appointment.objects.get()
    make_appointment(shop.business, shop.massage, shop.ana, "2026-11-06T16:00Z", email="other@example.test")
    answer = send(client, part(url, "/reschedule"), form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page
    assert 'name="offer" value="2026-11-06T17:00Z"' in page
    mine.refresh_from_db()
    assert mine.starts_at.isoformat() == "2026-11-05T15:00:00+00:00"


def test_reschedule_fragment_keeps_the_token_in_its_links(client: HostClient, url: str) -> None:
    body = client.get(part(url, "/reschedule") + "&month=2026-12", headers={"HX-Request": "true"}).content.decode()
    assert url.split("?")[1] in body.replace("&amp;", "&")


def test_cancelled_appointment_cannot_be_moved(client: HostClient, url: str) -> None:
    form = fields(client.get(part(url, "/reschedule")), "take") | {"start": "2026-11-06T16:00Z"}
    cancel(client, url)
    assert send(client, part(url, "/reschedule"), form).status_code == 409
    assert "This appointment does not take place." not in client.get(part(url, "/cancel")).content.decode()
    assert Appointment.objects.get().status == "cancelled"


def test_suspended_business_still_lets_its_clients_cancel(client: HostClient, shop: Shop, url: str) -> None:
    shop.business.status = "suspended"
    shop.business.save()
    assert client.get(url).status_code == 200
    assert client.get(part(url, "/reschedule")).status_code == 403
    assert cancel(client, url).status_code == 303


def test_inactive_service_keeps_its_booking(client: HostClient, shop: Shop, url: str) -> None:
    shop.massage.active = False
    shop.massage.save()
    assert client.get(url).status_code == 200


def test_video_link_is_a_link_only_when_it_is_one(client: HostClient, shop: Shop) -> None:
    for number, (detail, link) in enumerate((("https://meet.example/x", True), ("javascript:alert(1)", False))):
        service = make_service(
            shop.business, f"Call {number}", providers=[shop.ana], location="video", location_detail=detail
        )
        made = make_appointment(shop.business, service, shop.ana, f"2026-11-0{5 + number}T15:00Z")
        page = client.get(f"/a/{made.reference}?t={booking.manage_token(shop.business, made)}").content.decode()
        assert (f'href="{detail}"' in page) is link
        assert "javascript:" not in page


def ask_for_link(client: HostClient, reference: str, email: str) -> Any:
    form = only_form(client.get("/manage"))
    return send(client, "/manage", {**form, "reference": reference, "email": email})


def test_lost_link_gives_the_same_answer_whoever_asks(client: HostClient, url: str) -> None:
    reference = Appointment.objects.get().reference
    pairs = [(reference, "nadia@example.test"), (reference, "eve@example.test"), ("ABCDEFGH", "nadia@example.test")]
    bodies = {ask_for_link(client, *pair).content for pair in pairs}
    assert len(bodies) == 1
    rows = OutboxRow.objects.filter(kind=lost_links.KIND)
    assert rows.count() == 3
    assert "example.test" not in json.dumps(list(rows.values_list("payload", flat=True)))


def test_lost_link_goes_to_the_address_that_booked(
    client: HostClient, shop: Shop, url: str, mailoutbox: list[Any]
) -> None:
    from daybook.core.outbox import Drop

    reference = Appointment.objects.get().reference
    ask_for_link(client, reference.lower(), "NADIA@example.test")
    ask_for_link(client, reference, "eve@example.test")
    good, bad = OutboxRow.objects.filter(kind=lost_links.KIND).order_by("id").values_list("payload", flat=True)
    lost_links.deliver(business=shop.business, payload=good)
    with pytest.raises(Drop):
        lost_links.deliver(business=shop.business, payload=bad)
    (mail,) = mailoutbox
    assert mail.to == ["nadia@example.test"]
    assert url in mail.body


def test_lost_link_form_says_what_is_missing(client: HostClient) -> None:
    answer = send(client, "/manage", only_form(client.get("/manage")))
    assert answer.status_code == 422
    assert b"data-error-summary" in answer.content
