"""The buttons: what each state allows, what htmx and plain forms get back, what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages

from scheduling.enums import Status
from scheduling.models import Appointment, Message
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
HTMX = {"HX-Request": "true"}


def page_of(appointment: Appointment, action: str = "") -> str:
    return f"/dashboard/appointments/{appointment.pk}/{action}"


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize(
    ("start", "status", "action", "after"),
    [
        ("15:00", Status.PENDING_APPROVAL, "approve", Status.CONFIRMED),
        ("15:00", Status.PENDING_APPROVAL, "decline", Status.DECLINED),
        ("10:00", Status.CONFIRMED, "complete", Status.COMPLETED),
        ("10:00", Status.CONFIRMED, "no-show", Status.NO_SHOW),
        ("15:00", Status.CONFIRMED, "cancel", Status.CANCELLED),
        ("15:00", Status.CANCELLED, "restore", Status.CONFIRMED),
        ("10:00", Status.COMPLETED, "restore", Status.CONFIRMED),
        ("10:00", Status.NO_SHOW, "restore", Status.CONFIRMED),
    ],
)
def test_each_button_does_what_it_says(
    studio: Studio, client_for: NewClient, start: str, status: Status, action: str, after: Status
) -> None:
    mine = studio.book(start, status=status)
    browser = studio.client(client_for)
    assert f"/{action}" in browser.get(page_of(mine)).content.decode()
    answer = browser.post(page_of(mine, action), {"reason": "Ana is ill", "notify": "1"})
    assert answer.headers["Location"] == page_of(mine)
    mine.refresh_from_db()
    assert mine.status == after
    event = mine.events.last()
    assert event is not None
    assert event.actor_name == "Owner"
    if action in ("decline", "cancel"):
        assert event.reason == "Ana is ill"
    text = browser.get(page_of(mine)).content.decode()
    assert "by Owner" in text


def test_checking_in_is_a_time_and_shows_as_a_status(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("11:00")
    browser = studio.client(client_for)
    browser.post(page_of(mine, "check-in"))
    mine.refresh_from_db()
    assert mine.checked_in_at is not None
    assert mine.status == Status.CONFIRMED
    for page in (page_of(mine), "/dashboard/appointments/", "/dashboard/calendar/"):
        assert "Checked in" in browser.get(page).content.decode()


def test_checking_in_is_for_the_day_itself(studio: Studio, client_for: NewClient, clock: Callable[[str], None]) -> None:
    early, night = studio.book("2027-06-10T10:00:00-04:00"), studio.book("2027-06-10T00:30:00-04:00")
    browser = studio.client(client_for)

    def offered() -> tuple[bool, bool]:
        listed = browser.get("/dashboard/appointments/").content.decode()
        assert [page_of(mine, "check-in") in listed for mine in (early, night)] == [
            page_of(mine, "check-in") in browser.get(page_of(mine)).content.decode() for mine in (early, night)
        ]
        return page_of(early, "check-in") in listed, page_of(night, "check-in") in listed

    clock("2027-06-09T22:29:00-04:00")
    assert offered() == (False, False)
    clock("2027-06-09T22:30:00-04:00")  # who comes for half past midnight comes before midnight
    assert offered() == (False, True)
    assert said(browser.post(page_of(early, "check-in"))) == [
        "Clients can be checked in on the day of the appointment."
    ]
    clock("2027-06-10T00:00:00-04:00")
    assert offered() == (True, True)
    browser.post(page_of(early, "check-in"))
    early.refresh_from_db()
    assert early.checked_in_at is not None


def test_too_early_is_said_and_changes_nothing(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    answer = studio.client(client_for).post(page_of(mine, "complete"))
    assert said(answer) == ["This is possible from the start of the appointment on."]
    mine.refresh_from_db()
    assert mine.status == Status.CONFIRMED


def test_a_row_is_answered_with_its_new_state_and_a_way_back(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("10:00")
    browser = studio.client(client_for)
    answer = browser.post(page_of(mine, "complete"), {"answer": "row"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == f"#row-{mine.pk}"
    assert "Completed" in answer.content.decode()
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["text"] == "Kim Lee: Completed."
    back = browser.post(toast["undo"], headers=HTMX)
    assert back.status_code == 204
    assert back.headers["HX-Refresh"] == "true"
    mine.refresh_from_db()
    assert mine.status == Status.CONFIRMED


def test_what_somebody_else_has_answered_comes_back_as_it_is_now(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00", status=Status.DECLINED)
    answer = studio.client(client_for).post(page_of(mine, "approve"), {"answer": "row"}, headers=HTMX)
    assert answer.status_code == 409
    assert "Declined" in answer.content.decode()
    assert "has changed meanwhile" in json.loads(answer.headers["HX-Trigger"])["toast"]["text"]


def test_a_request_answered_on_the_first_page_goes_away(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00", status=Status.PENDING_APPROVAL)
    answer = studio.client(client_for).post(page_of(mine, "approve"), {"answer": "gone"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["HX-Reswap"] == "outerHTML"


def test_an_answered_form_never_leads_to_another_site(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("10:00")
    answer = studio.client(client_for).post(page_of(mine, "complete"), {"next": "https://evil.example/"})
    assert answer.headers["Location"] == page_of(mine)


def test_restoring_into_a_taken_time_needs_a_second_thought(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00", status=Status.CANCELLED)
    studio.book("15:30", name="Somebody Else", email="else@example.test")
    browser = studio.client(client_for)
    answer = browser.post(page_of(mine, "restore"))
    assert answer.headers["Location"] == page_of(mine, "?clash=1")
    assert "Restore on top of it" in browser.get(answer.headers["Location"]).content.decode()
    browser.post(page_of(mine, "restore"), {"allow_overlap": "1"})
    mine.refresh_from_db()
    assert mine.status == Status.CONFIRMED
    assert mine.overlap_allowed


def test_an_unknown_action_and_an_unknown_appointment_are_not_found(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("10:00")
    browser = studio.client(client_for)
    assert browser.post(page_of(mine, "explode")).status_code == 404
    assert browser.get(f"/dashboard/appointments/{studio.ana.pk}/").status_code == 404


def test_rescheduling_lists_the_free_times_with_its_own(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    studio.book("13:00", name="Somebody Else", email="else@example.test")
    text = studio.client(client_for).get(page_of(mine, "reschedule")).content.decode()
    assert "2027-06-09T19:00:00Z" in text
    assert "2027-06-09T17:00:00Z" not in text


def test_a_listed_time_is_moved_to(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    browser = studio.client(client_for)
    form = {"day": "2027-06-10", "start": "2027-06-10T14:00:00Z", "provider": str(studio.marco.pk), "notify": "on"}
    assert browser.post(page_of(mine, "reschedule"), form).status_code == 302
    mine.refresh_from_db()
    assert mine.starts_at == make.at("2027-06-10T10:00:00-04:00")
    assert mine.provider_id == studio.marco.pk
    assert "Rescheduled from Wed 9 Jun, 3:00 pm to Thu 10 Jun, 10:00 am" in browser.get(page_of(mine)).content.decode()


def test_showing_other_times_moves_nothing(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    form = {"day": "2027-06-11", "start": "2027-06-09T16:00:00Z", "step": "times"}
    answer = studio.client(client_for).post(page_of(mine, "reschedule"), form)
    assert answer.status_code == 200
    assert "2027-06-11T13:00:00Z" in answer.content.decode()
    mine.refresh_from_db()
    assert mine.starts_at == make.at("2027-06-09T15:00:00-04:00")


def test_a_typed_time_outside_the_hours_is_warned_of_then_taken(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    browser = studio.client(client_for)
    form = {"day": "2027-06-09", "custom": "19:30"}
    answer = browser.post(page_of(mine, "reschedule"), form)
    assert answer.status_code == 409
    assert "outside the bookable hours" in answer.content.decode()
    assert 'name="allow_outside_hours"' in answer.content.decode()
    assert browser.post(page_of(mine, "reschedule"), {**form, "allow_outside_hours": "on"}).status_code == 302
    mine.refresh_from_db()
    assert mine.starts_at == make.at("2027-06-09T19:30:00-04:00")


def test_a_typed_time_on_top_of_another_is_warned_of_then_taken(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    studio.book("13:00", name="Somebody Else", email="else@example.test")
    browser = studio.client(client_for)
    form = {"day": "2027-06-09", "custom": "13:15"}
    answer = browser.post(page_of(mine, "reschedule"), form)
    assert answer.status_code == 409
    assert 'name="allow_overlap"' in answer.content.decode()
    assert browser.post(page_of(mine, "reschedule"), {**form, "allow_overlap": "on"}).status_code == 302


def test_a_listed_time_that_was_taken_is_not_overridden(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    studio.book("13:00", name="Somebody Else", email="else@example.test")
    form = {"day": "2027-06-09", "start": "2027-06-09T17:00:00Z", "allow_overlap": "on"}
    answer = studio.client(client_for).post(page_of(mine, "reschedule"), form)
    assert answer.status_code == 409
    assert "taken meanwhile" in answer.content.decode()
    assert 'value="2027-06-09T17:00:00Z"' not in answer.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"day": "soon", "custom": "12:00"},
        {"day": "2027-06-09", "custom": "noon"},
        {"day": "9999-12-31", "start": "x"},
    ],
)
def test_nonsense_is_shown_at_its_field(studio: Studio, client_for: NewClient, form: dict[str, str]) -> None:
    mine = studio.book("15:00")
    answer = studio.client(client_for).post(page_of(mine, "reschedule"), form)
    assert answer.status_code == 422
    assert "data-error-summary" in answer.content.decode()


def test_notes_are_kept_and_noted(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    browser = studio.client(client_for)
    browser.post(page_of(mine, "notes"), {"staff_notes": "Prefers <b>firm</b>"})
    text = browser.get(page_of(mine)).content.decode()
    assert "Prefers &lt;b&gt;firm&lt;/b&gt;" in text
    assert "Notes changed" in text
    answer = browser.post(page_of(mine, "notes"), {"staff_notes": "bell \a"})
    assert answer.status_code == 422
    assert "cannot be kept" in answer.content.decode()


def test_every_message_stands_in_the_history(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    for state, reason in (("sent", ""), ("dropped", "the appointment is over")):
        Message.objects.create(
            appointment=mine, kind=f"client.{state}", recipient="kim@example.test", sequence=0, state=state,
            subject=f"Subject {state}", reason=reason, created_at=make.at("2027-06-02T12:00:00+00:00"),
        )  # fmt: skip
    text = studio.client(client_for).get(page_of(mine)).content.decode()
    assert text.count("to kim@example.test") == 2
    assert "Not sent: the appointment was over." in text


def test_the_client_s_earlier_visits_are_counted(studio: Studio, client_for: NewClient) -> None:
    for day in (1, 2, 3):
        studio.book(f"2027-06-0{day}T10:00:00-04:00", status=Status.COMPLETED if day < 3 else Status.NO_SHOW)
    text = studio.client(client_for).get(page_of(studio.book("15:00"))).content.decode()
    assert "2 visits" in text
    assert "1 no-show" in text
