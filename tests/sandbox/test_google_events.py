"""Events of the Google sandbox through the real client library."""

from typing import TYPE_CHECKING, Any

import pytest
from googleapiclient.errors import HttpError

from tests.sandbox.google_client import BASE, KIM, LIST, ROBIN, calendar_of, full, timed

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


def test_only_the_fields_that_were_asked_for_are_told(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    insert(calendar, {**MORNING, "id": KEY, "location": ""})
    wanted = "items(id,start/dateTime),nextSyncToken"
    page = calendar.events().list(calendarId="primary", fields=wanted).execute()
    assert set(page) == {"items", "nextSyncToken"}
    assert page["items"] == [{"id": KEY, "start": {"dateTime": "2027-03-15T10:00:00-04:00"}}]
    whole = calendar.events().get(calendarId="primary", eventId=KEY, fields="*").execute()
    assert whole["summary"] == "Cut"
    assert "location" not in whole
    for wrong in ("items(colour)", "items(id", ""):
        request = calendar.events().list(calendarId="primary", fields=wrong or "items()")
        assert refusal(request) == (400, "invalidParameter")
    google_sandbox.violations.clear()


@pytest.mark.parametrize(("mode", "status"), [("accept", 200), ("forbid", 403)])
def test_an_update_of_a_deleted_event_does_not_bring_it_back(
    google_sandbox: "GoogleSandbox", mode: str, status: int
) -> None:
    calendar = calendar_of(google_sandbox)
    insert(calendar, {**MORNING, "id": KEY})
    google_sandbox.user_edits_event(KIM, "delete", KEY)
    google_sandbox.updates_of_deleted(mode)
    request = calendar.events().patch(calendarId="primary", eventId=KEY, body={"summary": "Again"})
    if status == 200:
        assert request.execute()["status"] == "cancelled"
    else:
        assert refusal(request) == (403, "forbidden")
    assert google_sandbox.events(KIM)[0]["status"] == "cancelled"


def test_an_app_with_its_own_calendar_sees_others_as_busy_times_only(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.user_edits_event(KIM, "create", start="2027-03-15T10:00", summary="Secret", location="Home")
    scopes = [BASE + "calendar.app.created", BASE + "calendar.events.freebusy"]
    calendar = calendar_of(google_sandbox, scopes=scopes)
    [event] = full(calendar)[0]
    assert event["start"]["dateTime"] == "2027-03-15T10:00:00-04:00"
    assert {"summary", "location"} & set(event) == set()
    assert refusal(calendar.events().insert(calendarId="primary", body=MORNING)) == (403, "insufficientPermissions")
    own = calendar.calendars().insert(body={"summary": "Daybook", "timeZone": "Europe/Paris"}).execute()["id"]
    made = insert(calendar, MORNING, own)
    read = calendar.events().get(calendarId=own, eventId=made["id"]).execute()
    assert (read["summary"], read["start"]["dateTime"]) == ("Cut", "2027-03-15T15:00:00+01:00")


def test_g21_two_people_see_the_same_events_of_a_shared_calendar(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.share(KIM, ROBIN, "writer")
    made = insert(calendar_of(google_sandbox, ROBIN), MORNING, KIM)
    assert made["creator"] == {"email": ROBIN}
    assert [event["id"] for event in full(calendar_of(google_sandbox))[0]] == [made["id"]]
    google_sandbox.share(KIM, ROBIN, "freeBusyReader")
    [event] = calendar_of(google_sandbox, ROBIN).events().list(calendarId=KIM).execute()["items"]
    assert "summary" not in event


def test_g19_an_instance_is_patched_and_deleted_by_its_own_id(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    master = insert(calendar, {**MORNING, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]})["id"]
    second, third = f"{master}_20270316T140000Z", f"{master}_20270317T140000Z"
    calendar.events().patch(calendarId="primary", eventId=second, body={"summary": "Long cut"}).execute()
    calendar.events().delete(calendarId="primary", eventId=third).execute()
    events = calendar.events().instances(calendarId="primary", eventId=master).execute()["items"]
    assert [event["summary"] for event in events] == ["Cut", "Long cut"]
    assert refusal(calendar.events().get(calendarId="primary", eventId=f"{master}_20270320T140000Z"))[0] == 404
    calendar.events().patch(calendarId="primary", eventId=master, body={"recurrence": []}).execute()
    assert [event["id"] for event in full(calendar)[0]] == [master]


@pytest.mark.parametrize(
    ("fields", "is_busy"),
    [
        ({"attendees": [{"email": KIM, "responseStatus": "declined"}]}, False),
        ({"attendees": [{"email": KIM, "responseStatus": "tentative"}]}, True),
        ({"attendees": [{"email": ROBIN, "responseStatus": "declined"}]}, True),
        ({"transparency": "transparent"}, False),
        ({"eventType": "outOfOffice"}, True),
        ({"eventType": "focusTime"}, True),
        ({"eventType": "workingLocation"}, False),
    ],
)
def test_what_counts_as_busy(google_sandbox: "GoogleSandbox", fields: dict[str, Any], is_busy: bool) -> None:
    google_sandbox.user_edits_event(KIM, "create", start="2027-03-15T10:00", **fields)
    window = {"timeMin": "2027-03-15T00:00:00Z", "timeMax": "2027-03-16T00:00:00Z"}
    answer = calendar_of(google_sandbox).freebusy().query(body={**window, "items": [{"id": KIM}]}).execute()
    assert bool(answer["calendars"][KIM]["busy"]) == is_busy


def test_the_users_other_edits(google_sandbox: "GoogleSandbox") -> None:
    key = google_sandbox.user_edits_event(KIM, "create", start="2027-03-15T10:00", summary="Lunch")["id"]

    def edit(action: str, **values: Any) -> dict[str, Any]:
        return google_sandbox.user_edits_event(KIM, action, key, **values)

    first = edit("resize", end="2027-03-15T12:00")
    assert first["end"]["dateTime"] == "2027-03-15T12:00:00-04:00"
    coloured = edit("colour", color="5")
    assert coloured["sequence"] == first["sequence"]
    assert coloured["etag"] != first["etag"]
    assert edit("respond", answer="declined")["attendees"] == [
        {"email": KIM, "responseStatus": "declined", "self": True}
    ]
    assert edit("change", summary=None, location="Here").get("summary") is None
    assert edit("recurring", rules=["RRULE:FREQ=WEEKLY;COUNT=2"])["sequence"] == first["sequence"] + 1
    assert len(full(calendar_of(google_sandbox), singleEvents=True)[0]) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"start": {"date": "2027-02-30"}, "end": {"date": "2027-03-31"}},
        timed("9999-12-31T23:00:00-12:00", "9999-12-31T23:30:00-12:00"),
        {"recurrence": ["RRULE:FREQ=NEVER"]},
        {"recurrence": ["RRULE:FREQ=DAILY;UNTIL=soon"]},
        {"recurrence": ["EXDATE:tomorrow"]},
        {"recurrence": True},
        {"attendees": [{"email": 5}]},
    ],
)
def test_nonsense_is_refused_and_breaks_nothing(google_sandbox: "GoogleSandbox", change: dict[str, Any]) -> None:
    calendar = calendar_of(google_sandbox)
    assert refusal(calendar.events().insert(calendarId="primary", body={**MORNING, **change}))[0] == 400
    assert full(calendar)[0] == []
    assert "crash" not in {found["kind"] for found in google_sandbox.violations}
    google_sandbox.violations.clear()


def test_g07_the_id_of_a_deleted_event_that_nobody_remembers_is_still_taken(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    insert(calendar, {**MORNING, "id": KEY})
    google_sandbox.user_edits_event(KIM, "delete", KEY)
    google_sandbox.purge_deleted(KIM)
    assert refusal(calendar.events().get(calendarId="primary", eventId=KEY)) == (404, "notFound")
    assert refusal(calendar.events().insert(calendarId="primary", body={**MORNING, "id": KEY})) == (409, "duplicate")
