"""What goes wrong on demand, and the control plane over HTTP."""

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from googleapiclient.errors import HttpError

from tests.sandbox.google_client import KIM, calendar_of, full, timed

if TYPE_CHECKING:
    from daybook.sandbox.google.server import GoogleSandbox

BODY = {**timed("2027-03-15T10:00:00-04:00", "2027-03-15T11:00:00-04:00"), "id": "0a" * 16}


def control(sandbox: "GoogleSandbox", name: str, **values: Any) -> Any:
    with urlopen(Request(f"{sandbox.url}/_control/{name}", json.dumps(values).encode())) as answer:
        return json.load(answer)


def read(sandbox: "GoogleSandbox", path: str) -> Any:
    with urlopen(sandbox.url + path) as answer:
        return answer.read().decode()


@pytest.mark.parametrize(
    ("status", "reason"),
    [(403, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (429, "rateLimitExceeded"), (503, "backendError")],
)
def test_g17_the_client_repeats_what_google_says_may_be_repeated(
    google_sandbox: "GoogleSandbox", status: int, reason: str
) -> None:
    google_sandbox.fail(on="events.list", status=status, reason=reason)
    request = calendar_of(google_sandbox).events().list(calendarId="primary")
    request._sleep = lambda seconds: None
    request.execute(num_retries=1)
    assert [seen.status for seen in google_sandbox.requests] == [status, 200]


def test_another_403_is_final(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.fail(on="events.list", status=403, reason="forbidden")
    with pytest.raises(HttpError, match="403"):
        calendar_of(google_sandbox).events().list(calendarId="primary").execute(num_retries=2)
    assert len(google_sandbox.requests) == 1


def test_g06_a_fault_may_wait_for_a_later_page(google_sandbox: "GoogleSandbox") -> None:
    for _ in range(5):
        google_sandbox.user_edits_event(KIM, "create", start="2027-03-15T10:00")
    google_sandbox.page_size(2)
    google_sandbox.fail(on="events.list", skip=2, status=500)
    with pytest.raises(HttpError, match="500"):
        full(calendar_of(google_sandbox))
    assert [seen.status for seen in google_sandbox.requests] == [200, 200, 500]


def test_g08_after_commit_it_is_done_though_the_answer_is_lost(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.fail("after-commit", on="events.insert")
    calendar = calendar_of(google_sandbox)
    with pytest.raises(ConnectionError):
        calendar.events().insert(calendarId="primary", body=BODY).execute()
    assert google_sandbox.writes("events.insert") == 1
    with pytest.raises(HttpError, match="409"):
        calendar.events().insert(calendarId="primary", body=BODY).execute()


def test_a_reset_does_nothing(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.fail("reset", on="events.insert", times=2)
    calendar = calendar_of(google_sandbox)
    with pytest.raises(ConnectionError):
        calendar.events().insert(calendarId="primary", body=BODY).execute()
    assert google_sandbox.writes() == 0
    assert google_sandbox.events(KIM) == []


def test_a_delayed_request_is_done_all_the_same(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.fail("delay", on="events.insert", seconds=0.01)
    calendar_of(google_sandbox).events().insert(calendarId="primary", body=BODY).execute()
    assert [(seen.fault, seen.status) for seen in google_sandbox.requests] == [("delay", 200)]


def test_the_control_plane_speaks_json(google_sandbox: "GoogleSandbox") -> None:
    made = control(
        google_sandbox, "user_edits_event", user=KIM, action="create", start="2027-03-15T10:00", summary="Lunch"
    )
    control(google_sandbox, "user_edits_event", user=KIM, action="colour", event=made["id"], color="5")
    assert control(google_sandbox, "events", user=KIM)[0]["colorId"] == "5"
    assert json.loads(read(google_sandbox, "/_control/violations")) == []
    assert control(google_sandbox, "fail", kind="reset", on="events.list")["kind"] == "reset"
    with pytest.raises(HTTPError, match="400"):
        control(google_sandbox, "user_edits_event", user=KIM, action="juggle")
    with pytest.raises(HTTPError, match="404"):
        control(google_sandbox, "nothing")
    control(google_sandbox, "reset")
    assert control(google_sandbox, "events", user=KIM) == []


def test_a_person_makes_changes_and_deletes_events_on_the_page(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.clock("2027-03-14T10:00:00+00:00")
    where = {"user": KIM, "calendar": KIM}

    def send(action: str, **values: str) -> str:
        with urlopen(f"{google_sandbox.url}/calendar/{action}", urlencode({**where, **values}).encode()) as answer:
            page: str = answer.read().decode()
            return page

    assert "Kim Park" in read(google_sandbox, "/")
    page = send("create", summary="Lunch <b>", start="2027-03-15T12:00", end="2027-03-15T13:00")
    assert "Lunch &lt;b&gt;" in page
    [event] = google_sandbox.events(KIM)
    send("change", event=event["id"], summary="Lunch", start="2027-03-15T13:00", end="2027-03-15T14:00")
    [event] = google_sandbox.events(KIM)
    assert event["start"]["dateTime"] == "2027-03-15T13:00:00-04:00"
    assert "Restore" in send("delete", event=event["id"])
    days = google_sandbox.user_edits_event(KIM, "create", start="2027-03-20", summary="Fair")
    send("change", event=days["id"], summary="Fair", start="2027-03-20", end="2027-03-22")
    assert google_sandbox.events(KIM)[1]["end"] == {"date": "2027-03-22"}
    with pytest.raises(HTTPError, match="400"):
        send("create", summary="Backwards", start="2027-03-15T12:00", end="2027-03-15T11:00")


def test_a_person_takes_back_on_the_page_what_was_allowed(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.grant(KIM, ["calendar.events"])
    assert "connected" in read(google_sandbox, "/")
    with urlopen(f"{google_sandbox.url}/take-back", urlencode({"user": KIM}).encode()) as answer:
        assert "connected" not in answer.read().decode()
    assert google_sandbox.accounts.grant_of(KIM) is None


def test_a_request_that_hangs_is_let_go_by_the_next_reset(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    google_sandbox.fail("hang", on="events.insert")
    errors: list[Exception] = []

    def insert() -> None:
        try:
            calendar.events().insert(calendarId="primary", body=BODY).execute()
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=insert)
    thread.start()
    while not google_sandbox.requests:
        time.sleep(0.01)
    google_sandbox.reset()
    thread.join(10)
    assert len(errors) == 1
    assert google_sandbox.events(KIM) == []


def test_the_clock_follows_that_of_the_domain(
    google_sandbox: "GoogleSandbox", business: object, clock: "Callable[[str | None], None]"
) -> None:
    clock("2027-03-13T15:00Z")
    assert google_sandbox.world.now().isoformat() == "2027-03-13T15:00:00+00:00"
    clock(None)
    assert google_sandbox.world.stopped_at is None
