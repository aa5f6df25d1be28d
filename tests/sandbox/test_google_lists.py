"""Lists, pages, sync tokens and series of the Google sandbox through the real client library."""

from typing import TYPE_CHECKING, Any

import pytest
from googleapiclient.errors import HttpError

from tests.sandbox.google_client import KIM, calendar_of, full, timed

if TYPE_CHECKING:
    from daybook.sandbox.google.server import GoogleSandbox

WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO"


def make(sandbox: "GoogleSandbox", start: str = "2027-03-15T10:00", **values: Any) -> str:
    """An event of one hour that the user makes; its id."""
    return str(sandbox.user_edits_event(KIM, "create", start=start, **values)["id"])


def starts(events: list[dict[str, Any]]) -> list[str]:
    return [event["start"].get("dateTime") or event["start"]["date"] for event in events]


def series(sandbox: "GoogleSandbox", rule: str = WEEKLY, start: str = "2027-03-01T10:00:00") -> str:
    end = start.replace("T10", "T11")
    return make(sandbox, **timed(start, end, recurrence=[rule], summary="Class"))


def test_a_full_list_and_its_deltas_go_over_pages(google_sandbox: "GoogleSandbox") -> None:
    made = [make(google_sandbox) for _ in range(5)]
    google_sandbox.page_size(2)
    calendar = calendar_of(google_sandbox)
    events, token = full(calendar)
    assert [event["id"] for event in events] == made
    assert full(calendar, syncToken=token)[0] == []
    google_sandbox.user_edits_event(KIM, "delete", made[1])
    google_sandbox.user_edits_event(KIM, "move", made[0], start="2027-03-16T09:00")
    new = [make(google_sandbox), make(google_sandbox)]
    changed, after = full(calendar, syncToken=token)
    assert [event["id"] for event in changed] == [made[1], made[0], *new]
    assert set(changed[0]) == {"kind", "etag", "id", "status"}  # all that Google promises of a deleted event
    assert full(calendar, syncToken=after)[0] == []
    assert full(calendar, syncToken=token)[0] == changed  # an old token tells it again


def test_a_change_while_pages_are_read_is_in_the_next_delta(google_sandbox: "GoogleSandbox") -> None:
    made = [make(google_sandbox) for _ in range(3)]
    google_sandbox.page_size(2)
    calendar = calendar_of(google_sandbox)
    first = calendar.events().list(calendarId="primary").execute()
    google_sandbox.user_edits_event(KIM, "delete", made[0])
    last = calendar.events().list(calendarId="primary", pageToken=first["nextPageToken"]).execute()
    assert [event["id"] for event in full(calendar, syncToken=last["nextSyncToken"])[0]] == [made[0]]


def test_g05_an_expired_token_is_410_also_on_the_second_page(google_sandbox: "GoogleSandbox") -> None:
    for _ in range(3):
        make(google_sandbox)
    calendar = calendar_of(google_sandbox)
    _, token = full(calendar)
    google_sandbox.page_size(2)
    for _ in range(3):
        make(google_sandbox)
    first = calendar.events().list(calendarId="primary", syncToken=token).execute()
    google_sandbox.expire_sync_tokens()
    for values in ({"syncToken": token}, {"syncToken": token, "pageToken": first["nextPageToken"]}):
        with pytest.raises(HttpError) as gone:
            calendar.events().list(calendarId="primary", **values).execute()
        assert (gone.value.status_code, gone.value.error_details[0]["reason"]) == (410, "fullSyncRequired")


def test_what_does_not_go_with_a_sync_token_is_refused(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    _, token = full(calendar, timeMin="2027-01-01T00:00:00Z")
    with pytest.raises(HttpError) as refused:
        full(calendar, syncToken=token, timeMin="2027-01-01T00:00:00Z")
    assert refused.value.status_code == 400
    assert [found["param"] for found in google_sandbox.violations] == ["timeMin"]
    google_sandbox.violations.clear()


def test_windows_and_filters(google_sandbox: "GoogleSandbox") -> None:
    early, late = make(google_sandbox, "2027-03-15T08:00"), make(google_sandbox, "2027-03-16T08:00")
    kind = make(google_sandbox, "2027-03-16T12:00", eventType="outOfOffice")
    ours = make(google_sandbox, "2027-03-16T14:00", extendedProperties={"private": {"daybook_id": "7"}})
    calendar = calendar_of(google_sandbox)

    def found(**values: Any) -> list[str]:
        return [event["id"] for event in full(calendar, **values)[0]]

    assert found(timeMin="2027-03-15T13:00:00Z") == [late, kind, ours]
    assert found(timeMin="2027-03-15T12:59:00Z") == [early, late, kind, ours]
    assert found(timeMax="2027-03-15T12:30:00Z") == [early]
    assert found(eventTypes=["outOfOffice"]) == [kind]
    assert found(privateExtendedProperty=["daybook_id=7"]) == [ours]
    google_sandbox.user_edits_event(KIM, "delete", late)
    assert late not in found()
    assert late in found(showDeleted=True)


def test_g18_a_series_keeps_its_local_time_over_the_change_to_summer_time(google_sandbox: "GoogleSandbox") -> None:
    series(google_sandbox)
    events, _ = full(calendar_of(google_sandbox), singleEvents=True, orderBy="startTime")
    assert starts(events)[1:3] == ["2027-03-08T10:00:00-05:00", "2027-03-15T10:00:00-04:00"]
    assert len(events) == 6


def test_g19_exceptions_stand_in_their_places(google_sandbox: "GoogleSandbox") -> None:
    master = series(google_sandbox)
    calendar = calendar_of(google_sandbox)
    _, token = full(calendar)
    first, second, third, *_ = calendar.events().instances(calendarId="primary", eventId=master).execute()["items"]
    assert first["id"] == f"{master}_20270301T150000Z"
    google_sandbox.user_edits_event(KIM, "move", second["id"], start="2027-03-09T16:00")
    google_sandbox.user_edits_event(KIM, "delete", third["id"])
    window = {"timeMin": "2027-03-01T00:00:00Z", "timeMax": "2027-03-24T00:00:00Z"}
    told = calendar.events().instances(calendarId="primary", eventId=master, **window).execute()["items"]
    assert sorted(starts(told)) == [
        "2027-03-01T10:00:00-05:00",
        "2027-03-09T16:00:00-05:00",
        "2027-03-22T10:00:00-04:00",
    ]
    moved, gone = full(calendar, syncToken=token)[0]
    assert (moved["recurringEventId"], moved["originalStartTime"]["dateTime"]) == (master, "2027-03-08T10:00:00-05:00")
    assert set(gone) == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
    everything, _ = full(calendar)
    assert [event["id"] for event in everything] == [master, second["id"], third["id"]]


def test_g19_this_and_following_splits_a_series(google_sandbox: "GoogleSandbox") -> None:
    master = series(google_sandbox)
    calendar = calendar_of(google_sandbox)
    third = calendar.events().instances(calendarId="primary", eventId=master).execute()["items"][2]
    new = google_sandbox.user_edits_event(
        KIM, "this_and_following", third["id"], start="2027-03-15T14:00", end="2027-03-15T15:00"
    )
    events, _ = full(calendar, singleEvents=True, orderBy="startTime")
    assert [event["recurringEventId"] for event in events] == [master] * 2 + [new["id"]] * 4
    assert starts(events)[2] == "2027-03-15T14:00:00-04:00"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("RRULE:FREQ=DAILY;UNTIL=20270303T150000Z", ["03-01", "03-02", "03-03"]),
        ("RRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20270305", ["03-01", "03-03", "03-05"]),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=MO,WE", ["03-01", "03-03", "03-15"]),
    ],
)
def test_rules_count_until_interval_and_days(google_sandbox: "GoogleSandbox", rule: str, expected: list[str]) -> None:
    series(google_sandbox, rule)
    events, _ = full(calendar_of(google_sandbox), singleEvents=True, orderBy="startTime")
    assert [start[5:10] for start in starts(events)] == expected


def test_dates_left_out_of_a_series_and_series_of_days(google_sandbox: "GoogleSandbox") -> None:
    rules = ["RRULE:FREQ=DAILY;COUNT=4", "EXDATE;VALUE=DATE:20270302"]
    made = google_sandbox.user_edits_event(KIM, "create", start="2027-03-01", end="2027-03-02", recurrence=rules)
    events, _ = full(calendar_of(google_sandbox), singleEvents=True, orderBy="startTime")
    assert starts(events) == ["2027-03-01", "2027-03-03", "2027-03-04"]
    assert events[0]["id"] == f"{made['id']}_20270301"


def test_a_deleted_series_takes_its_exceptions_along(google_sandbox: "GoogleSandbox") -> None:
    master = series(google_sandbox)
    google_sandbox.user_edits_event(KIM, "move", f"{master}_20270308T150000Z", start="2027-03-09T16:00")
    google_sandbox.user_edits_event(KIM, "delete", master)
    assert full(calendar_of(google_sandbox))[0] == []


def test_one_instance_is_found_by_its_original_start(google_sandbox: "GoogleSandbox") -> None:
    master = series(google_sandbox)
    google_sandbox.user_edits_event(KIM, "move", f"{master}_20270308T150000Z", start="2027-03-09T16:00")
    events = calendar_of(google_sandbox).events()
    found = events.instances(calendarId="primary", eventId=master, originalStart="2027-03-08T10:00:00-05:00").execute()
    assert starts(found["items"]) == ["2027-03-09T16:00:00-05:00"]


def test_a_deleted_series_is_told_in_both_kinds_of_delta(google_sandbox: "GoogleSandbox") -> None:
    master = series(google_sandbox)
    calendar = calendar_of(google_sandbox)
    _, whole = full(calendar)
    _, single = full(calendar, singleEvents=True)
    google_sandbox.user_edits_event(KIM, "delete", master)
    assert [event["id"] for event in full(calendar, syncToken=whole)[0]] == [master]
    told = full(calendar, syncToken=single, singleEvents=True)[0]
    assert {event["recurringEventId"] for event in told} == {master}
    assert {event["status"] for event in told} == {"cancelled"}


def test_a_delta_of_another_kind_than_the_first_list_is_reported(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    _, token = full(calendar)
    full(calendar, syncToken=token, singleEvents=True)
    assert [found["param"] for found in google_sandbox.violations] == ["singleEvents"]
    google_sandbox.violations.clear()


def test_sorted_and_searched_lists_have_no_sync_token(google_sandbox: "GoogleSandbox") -> None:
    make(google_sandbox, summary="Dentist")
    make(google_sandbox, summary="Lunch")
    events, token = full(calendar_of(google_sandbox), q="dent")
    assert ([event["summary"] for event in events], token) == (["Dentist"], "")
