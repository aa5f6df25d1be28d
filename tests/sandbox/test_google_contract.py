"""The contract: what the real client sends is taken, and what has been corrupted is reported."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from daybook.sandbox.google.contract import CalendarContract, check_notification, load
from daybook.sandbox.google.server import GoogleSandbox
from tests.sandbox.google_client import ALL, BASE, KIM, calendar_of, timed

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = "/calendar/v3/calendars/primary/events"
EVENT = timed(
    "2027-03-15T10:00:00-04:00",
    "2027-03-15T11:00:00-04:00",
    id="0a" * 16,
    summary="Cut",
    transparency="opaque",
    visibility="private",
    extendedProperties={"private": {"daybook_id": "7"}},
    reminders={"useDefault": False},
    attendees=[{"email": "c@example.test", "responseStatus": "accepted"}],
)


@pytest.fixture(scope="module")
def contract() -> CalendarContract:
    return load()


def corruptions() -> "dict[str, Callable[[dict[str, Any]], None]]":
    """Each makes one thing of a good event wrong."""
    return {
        "unknown field": lambda event: event.update(summry="x"),
        "number for text": lambda event: event.update(summary=7),
        "text for object": lambda event: event.update(start="2027-03-15T10:00:00Z"),
        "object for list": lambda event: event.update(attendees={"email": "x"}),
        "value nobody knows": lambda event: event.update(transparency="busy"),
        "visibility nobody knows": lambda event: event.update(visibility="secret"),
        "answer nobody knows": lambda event: event["attendees"][0].update(responseStatus="maybe"),
        "property that is no text": lambda event: event["extendedProperties"]["private"].update(rev=3),
        "key too long": lambda event: event["extendedProperties"]["private"].update({"k" * 45: "v"}),
        "value too long": lambda event: event["extendedProperties"]["private"].update(k="v" * 1025),
        "id with a dash": lambda event: event.update(id="appointment-7"),
        "id with a w": lambda event: event.update(id="wxyz1"),
        "no end": lambda event: event.pop("end"),
        "no such moment": lambda event: event["start"].update(dateTime="yesterday"),
        "no such zone": lambda event: event["start"].update(timeZone="Mars/Base"),
        "day and time": lambda event: event["start"].update(date="2027-03-15"),
        "day to time": lambda event: event.update(start={"date": "2027-03-15"}),
        "ends before it begins": lambda event: event["end"].update(dateTime="2027-03-15T09:00:00-04:00"),
        "guest without address": lambda event: event.update(attendees=[{"displayName": "x"}]),
        "rule that is none": lambda event: event.update(recurrence=["every monday"]),
        "boolean as text": lambda event: event["reminders"].update(useDefault="no"),
    }


def test_a_good_event_is_taken(contract: CalendarContract) -> None:
    body = json.dumps(EVENT)
    assert contract.check_request("POST", EVENTS, "sendUpdates=none", body) == []
    assert contract.check_rules("POST", EVENTS, "sendUpdates=none", body) == []


@pytest.mark.parametrize("name", corruptions())
def test_a_corrupted_event_is_reported(contract: CalendarContract, name: str) -> None:
    event = json.loads(json.dumps(EVENT))
    corruptions()[name](event)
    body = json.dumps(event)
    assert contract.check_request("POST", EVENTS, "", body) + contract.check_rules("POST", EVENTS, "", body)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("singleEvents=yes", "singleEvents"),
        ("sync_token=x", "sync_token"),
        ("maxResults=2501", "maxResults"),
        ("maxResults=many", "maxResults"),
        ("timeMin=2027-01-01T00:00:00", "timeMin"),
        ("timeMin=2027-01-02T00:00:00Z&timeMax=2027-01-01T00:00:00Z", "timeMax"),
        ("orderBy=startTime", "orderBy"),
        ("orderBy=colour", "orderBy"),
        ("eventTypes=party", "eventTypes"),
        ("syncToken=x&timeMin=2027-01-01T00:00:00Z", "timeMin"),
        ("syncToken=x&timeMax=2027-01-01T00:00:00Z", "timeMax"),
        ("syncToken=x&updatedMin=2027-01-01T00:00:00Z", "updatedMin"),
        ("syncToken=x&orderBy=updated", "orderBy"),
        ("syncToken=x&q=cut", "q"),
        ("syncToken=x&iCalUID=a", "iCalUID"),
        ("syncToken=x&privateExtendedProperty=a%3Db", "privateExtendedProperty"),
        ("syncToken=x&sharedExtendedProperty=a%3Db", "sharedExtendedProperty"),
        ("syncToken=x&showDeleted=false", "showDeleted"),
        ("syncToken=x&syncToken=y", "syncToken"),
    ],
)
def test_a_corrupted_list_is_reported(contract: CalendarContract, query: str, param: str) -> None:
    found = contract.check_request("GET", EVENTS, query) + contract.check_rules("GET", EVENTS, query)
    assert param in {problem.param for problem in found}


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (f"{EVENTS}/watch", {"id": "a", "type": "web_hook", "address": "http://x/"}, "address"),
        (f"{EVENTS}/watch", {"id": "a b", "type": "web_hook", "address": "https://x/"}, "id"),
        (f"{EVENTS}/watch", {"id": "a", "type": "web_hook"}, "resource.address"),
        (f"{EVENTS}/watch", {"id": "a", "type": "web_hook", "address": "https://x/", "token": "t" * 257}, "token"),
        (f"{EVENTS}/watch", {"id": "a", "type": "web_hook", "address": "https://x/", "expiration": 7}, "expiration"),
        ("/calendar/v3/channels/stop", {"id": "a"}, "resourceId"),
        ("/calendar/v3/freeBusy", {"timeMin": "2027-01-01T00:00:00Z", "items": []}, "timeMax"),
        (
            "/calendar/v3/freeBusy",
            {"timeMin": "2027-01-01T00:00:00Z", "timeMax": "2027-01-02T00:00:00Z", "items": [{"id": "x"}] * 51},
            "items",
        ),
        ("/calendar/v3/nothing", {}, "/calendar/v3/nothing"),
    ],
)
def test_other_corrupted_requests_are_reported(
    contract: CalendarContract, path: str, body: dict[str, Any], param: str
) -> None:
    text = json.dumps(body)
    found = contract.check_request("POST", path, "", text) + contract.check_rules("POST", path, "", text)
    assert param in {problem.param for problem in found}


def test_scopes_of_events_do_not_cover_busy_times(contract: CalendarContract) -> None:
    owned = {BASE + "calendar.events.owned"}
    assert contract.check_scope("POST", EVENTS, owned) == []
    assert contract.check_scope("POST", f"{EVENTS}/watch", owned) == []
    assert [problem.status for problem in contract.check_scope("POST", "/calendar/v3/freeBusy", owned)] == [403]


def test_answers_and_notifications_are_checked_too(contract: CalendarContract) -> None:
    good = {**EVENT, "kind": "calendar#event", "etag": '"1"', "status": "confirmed", "sequence": 0}
    assert contract.check_reply("Event", good) == []
    wrong = contract.check_reply("Event", {**good, "status": "deleted", "location": None, "foo": 1})
    assert {problem.param for problem in wrong} == {"Event.status", "Event.location", "Event.foo"}
    assert contract.check_reply("Events", {"items": [], "nextSyncToken": "a", "nextPageToken": "b"})
    names = ("Channel-ID", "Resource-ID", "Resource-URI")
    headers = {f"X-Goog-{name}": "x" for name in names} | {
        "X-Goog-Resource-State": "sync",
        "X-Goog-Message-Number": "1",
    }
    assert check_notification(headers) == []
    assert check_notification({**headers, "X-Goog-Message-Number": "2"})
    assert check_notification(headers, b"{}")


def test_the_contract_is_made_once_and_made_again_when_it_cannot_be_read(tmp_path: Path) -> None:
    first = load(tmp_path)
    [path] = tmp_path.iterdir()
    assert "2.202" in path.name
    path.write_text("{")
    assert load(tmp_path).document == first.document == json.loads(path.read_text())


def test_the_state_of_the_demo_outlives_a_restart(tmp_path: Path) -> None:
    with GoogleSandbox(kept=tmp_path) as before:
        assert before.is_new
        made = before.user_edits_event(KIM, "create", start="2027-03-15T10:00")
        granted = before.grant(KIM, ALL)
    with GoogleSandbox(kept=tmp_path) as after:
        assert not after.is_new
        assert after.events(KIM) == [made]
        assert after.accounts.grant_of(KIM) is not None
        assert after.accounts.bearer(f"Bearer {granted.token}") is not None
        calendar_of(after).events().insert(calendarId="primary", body=EVENT).execute()
        assert after.violations == []


def test_what_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "state.pickle").write_bytes(b"\x80nothing")
    with GoogleSandbox(kept=tmp_path) as sandbox:
        assert sandbox.is_new
