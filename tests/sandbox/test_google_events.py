"""Events of the Google sandbox through the real client library."""

from typing import TYPE_CHECKING, Any

import pytest
from googleapiclient.errors import HttpError

from tests.sandbox.google_client import KIM, LIST, ROBIN, calendar_of, full, timed

if TYPE_CHECKING:
    from daybook.sandbox.google.server import GoogleSandbox

KEY = "0a" * 16
MORNING = timed("2027-03-15T10:00:00-04:00", "2027-03-15T11:00:00-04:00", summary="Cut")


def insert(calendar: Any, body: dict[str, Any], where: str = "primary") -> dict[str, Any]:
    made: dict[str, Any] = calendar.events().insert(calendarId=where, body=body, sendUpdates="none").execute()
    return made


def refusal(request: Any) -> tuple[int, str]:
    with pytest.raises(HttpError) as refused:
        request.execute()
    return refused.value.status_code, refused.value.error_details[0]["reason"]


def test_an_event_with_an_id_of_our_own_keeps_what_we_said(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    body = {**MORNING, "id": KEY, "transparency": "opaque", "extendedProperties": {"private": {"daybook_id": "7"}}}
    made = insert(calendar, body)
    read = calendar.events().get(calendarId="primary", eventId=KEY).execute()
    assert read == made
    assert (read["id"], read["status"], read["start"]["dateTime"]) == (KEY, "confirmed", "2027-03-15T10:00:00-04:00")
    assert read["extendedProperties"] == {"private": {"daybook_id": "7"}}
    assert "transparency" not in read  # Google leaves out what is as usual


def test_g07_an_id_is_taken_forever_also_after_deletion(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    insert(calendar, {**MORNING, "id": KEY})
    again = calendar.events().insert(calendarId="primary", body={**MORNING, "id": KEY})
    assert refusal(again) == (409, "duplicate")
    calendar.events().delete(calendarId="primary", eventId=KEY).execute()
    assert refusal(again) == (409, "duplicate")
    assert calendar.events().get(calendarId="primary", eventId=KEY).execute()["status"] == "cancelled"


def test_deleting_twice_is_gone_and_what_never_was_is_not_found(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    insert(calendar, {**MORNING, "id": KEY})
    calendar.events().delete(calendarId="primary", eventId=KEY).execute()
    assert refusal(calendar.events().delete(calendarId="primary", eventId=KEY)) == (410, "deleted")
    assert refusal(calendar.events().delete(calendarId="primary", eventId="abcde")) == (404, "notFound")
    assert refusal(calendar.events().get(calendarId="nobody@example.test", eventId=KEY)) == (404, "notFound")


def test_g13_a_patch_with_an_old_etag_fails(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    old = insert(calendar, {**MORNING, "id": KEY})["etag"]
    google_sandbox.user_edits_event(KIM, "move", KEY, start="2027-03-15T12:00")
    request = calendar.events().patch(calendarId="primary", eventId=KEY, body={"summary": "Ours"})
    request.headers["If-Match"] = old
    assert refusal(request) == (412, "conditionNotMet")
    now = calendar.events().get(calendarId="primary", eventId=KEY).execute()
    assert now["start"]["dateTime"] == "2027-03-15T12:00:00-04:00"
    assert now["end"]["dateTime"] == "2027-03-15T13:00:00-04:00"
    request.headers["If-Match"] = now["etag"]
    assert request.execute()["summary"] == "Ours"


def test_a_patch_merges_and_an_update_replaces(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    insert(calendar, {**MORNING, "id": KEY, "location": "Here", "extendedProperties": {"private": {"a": "1"}}})
    change = {"location": None, "extendedProperties": {"private": {"b": "2"}}}
    patched = calendar.events().patch(calendarId="primary", eventId=KEY, body=change).execute()
    assert patched["extendedProperties"]["private"] == {"a": "1", "b": "2"}
    assert "location" not in patched
    updated = calendar.events().update(calendarId="primary", eventId=KEY, body=MORNING).execute()
    assert "extendedProperties" not in updated


def test_a_day_put_on_a_time_without_taking_the_time_away_is_refused(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    insert(calendar, {**MORNING, "id": KEY})
    half = {"start": {"date": "2027-03-15"}, "end": {"date": "2027-03-16"}}
    assert refusal(calendar.events().patch(calendarId="primary", eventId=KEY, body=half))[0] == 400
    whole = {side: {**value, "dateTime": None, "timeZone": None} for side, value in half.items()}
    patched = calendar.events().patch(calendarId="primary", eventId=KEY, body=whole).execute()
    assert (patched["start"], patched["end"]) == (half["start"], half["end"])


def test_the_list_of_calendars_has_roles_and_zones(google_sandbox: "GoogleSandbox") -> None:
    team = google_sandbox.add_calendar(ROBIN, "Team", "Europe/Berlin")
    google_sandbox.share(team, KIM, "reader")
    calendar = calendar_of(google_sandbox)
    entries = calendar.calendarList().list().execute()["items"]
    seen = [(entry["id"], entry["accessRole"], entry["timeZone"], entry.get("primary", False)) for entry in entries]
    assert seen == [(KIM, "owner", "America/New_York", True), (team, "reader", "Europe/Berlin", False)]
    writable = calendar.calendarList().list(minAccessRole="writer").execute()["items"]
    assert [entry["id"] for entry in writable] == [KIM]
    assert refusal(calendar.events().insert(calendarId=team, body=MORNING)) == (403, "requiredAccessLevel")


def test_g16_a_calendar_that_was_taken_away_is_not_found(google_sandbox: "GoogleSandbox") -> None:
    team = google_sandbox.add_calendar(KIM, "Team")
    calendar = calendar_of(google_sandbox)
    insert(calendar, MORNING, team)
    google_sandbox.share(team, KIM, "none")
    assert refusal(calendar.events().list(calendarId=team)) == (404, "notFound")


def test_instants_are_told_in_the_zone_of_the_calendar(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    berlin = timed("2027-03-15T15:00:00", "2027-03-15T16:00:00", "Europe/Berlin", id=KEY)
    insert(calendar, berlin)
    [event], _ = full(calendar)
    assert event["start"] == {"dateTime": "2027-03-15T10:00:00-04:00", "timeZone": "Europe/Berlin"}


def test_busy_times_of_a_calendar_nobody_may_see_are_an_error_inside_a_good_answer(
    google_sandbox: "GoogleSandbox",
) -> None:
    calendar = calendar_of(google_sandbox)
    insert(calendar, MORNING)
    insert(calendar, {**timed("2027-03-15T10:30:00-04:00", "2027-03-15T12:00:00-04:00"), "transparency": "opaque"})
    insert(calendar, {**timed("2027-03-15T13:00:00-04:00", "2027-03-15T14:00:00-04:00"), "transparency": "transparent"})
    window = {"timeMin": "2027-03-15T00:00:00Z", "timeMax": "2027-03-16T00:00:00Z"}
    body = {**window, "items": [{"id": "primary"}, {"id": ROBIN}]}
    found = calendar.freebusy().query(body=body).execute()["calendars"]
    assert found["primary"] == {"busy": [{"start": "2027-03-15T14:00:00Z", "end": "2027-03-15T16:00:00Z"}]}
    assert found[ROBIN]["errors"][0]["reason"] == "notFound"


def test_what_breaks_the_contract_is_refused_and_reported(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    no_zone = timed("2027-03-15T10:00:00", "2027-03-15T11:00:00")
    del no_zone["start"]["timeZone"]
    assert refusal(calendar.events().insert(calendarId="primary", body=no_zone)) == (400, "required")
    assert refusal(calendar.events().insert(calendarId="primary", body={**MORNING, "summry": "x"}))[0] == 400
    unscoped = calendar_of(google_sandbox, scopes=[LIST])
    assert refusal(unscoped.events().list(calendarId="primary")) == (403, "insufficientPermissions")
    reported = [(found["kind"], found["param"]) for found in google_sandbox.violations]
    assert reported == [
        ("rule", "start.dateTime"),
        ("unknown", "summry"),
        ("scope", "calendar.events.list"),
    ]
    google_sandbox.violations.clear()


def test_the_users_edits_are_what_google_would_do(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    insert(calendar, {**MORNING, "id": KEY, "extendedProperties": {"private": {"daybook_id": "7"}}})
    copy = google_sandbox.user_edits_event(KIM, "duplicate", KEY)
    assert copy["id"] != KEY
    assert copy["extendedProperties"]["private"] == {"daybook_id": "7"}
    google_sandbox.user_edits_event(KIM, "delete", KEY)
    assert google_sandbox.user_edits_event(KIM, "restore", KEY)["status"] == "confirmed"
    google_sandbox.user_edits_event(KIM, "all_day", KEY, date="2027-03-20")
    assert calendar.events().get(calendarId="primary", eventId=KEY).execute()["end"] == {"date": "2027-03-21"}
    other = google_sandbox.add_calendar(KIM, "Other")
    google_sandbox.user_edits_event(KIM, "to_calendar", KEY, destination=other)
    assert calendar.events().get(calendarId="primary", eventId=KEY).execute()["status"] == "cancelled"
    assert calendar.events().get(calendarId=other, eventId=KEY).execute()["status"] == "confirmed"
