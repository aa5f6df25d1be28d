"""The real client libraries, led to the sandbox."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from googleapiclient.discovery import build

from daybook.sandbox.google.server import GoogleSandbox, Granted

BASE = "https://www.googleapis.com/auth/"
EVENTS, LIST, FREEBUSY = BASE + "calendar.events", BASE + "calendar.calendarlist.readonly", BASE + "calendar.freebusy"
ALL = [EVENTS, LIST, FREEBUSY]
KIM, ROBIN = "kim@gmail.example", "robin@gmail.example"
BACK = "http://localhost/back"


def credentials(granted: Granted) -> Any:
    return Credentials(**granted.arguments)  # type: ignore[no-untyped-call]


def calendar_of(sandbox: GoogleSandbox, user: str = KIM, scopes: list[str] = ALL) -> Any:
    """The real Calendar client, speaking for the user."""
    return client(sandbox, credentials(sandbox.grant(user, scopes)))


def client(sandbox: GoogleSandbox, allowed: Any) -> Any:
    options = {"api_endpoint": sandbox.url + "/calendar/v3/"}
    return build(
        "calendar", "v3", credentials=allowed, client_options=options, static_discovery=True, cache_discovery=False
    )


def flow(sandbox: GoogleSandbox, scopes: list[str] = ALL, **values: Any) -> Any:
    settings = sandbox.settings
    web = {
        "client_id": settings["GOOGLE_CLIENT_ID"],
        "client_secret": settings["GOOGLE_CLIENT_SECRET"],
        "auth_uri": settings["GOOGLE_AUTH_URI"],
        "token_uri": settings["GOOGLE_TOKEN_URI"],
        "redirect_uris": [BACK],
    }
    return Flow.from_client_config({"web": web}, scopes, redirect_uri=BACK, **values)


def decide(address: str, **values: Any) -> dict[str, str]:
    """Send the consent form; what the client's address gets."""
    form = {"decision": "allow", "email": KIM, "scope": ALL, **values}
    request = Request(address, urlencode(form, doseq=True).encode())
    with build_opener(_Redirected).open(request) as answer:
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


class _Redirected(HTTPRedirectHandler):
    def http_error_303(self, request: Any, answer: Any, *arguments: Any) -> Any:
        return answer


def timed(start: str, end: str, zone: str = "America/New_York", **values: Any) -> dict[str, Any]:
    return {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}, **values}


def full(calendar: Any, **values: Any) -> tuple[list[dict[str, Any]], str]:
    """All pages of a list, and the sync token of the last."""
    found: list[dict[str, Any]] = []
    while True:
        page = calendar.events().list(calendarId="primary", **values).execute()
        found += page["items"]
        if "nextPageToken" not in page:
            return found, page.get("nextSyncToken", "")
        assert "nextSyncToken" not in page
        values["pageToken"] = page["nextPageToken"]
