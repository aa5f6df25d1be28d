"""OAuth of the Google sandbox through the real flow."""

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
from google.auth.exceptions import RefreshError
from oauthlib.oauth2 import InvalidGrantError

from tests.sandbox.google_client import ALL, BASE, EVENTS, KIM, LIST, calendar_of, client, credentials, decide, flow

if TYPE_CHECKING:
    from daybook.sandbox.google.server import GoogleSandbox

OFFLINE = {"access_type": "offline", "include_granted_scopes": "true"}


def exchanged(sandbox: "GoogleSandbox", started: Any, back: dict[str, str], **values: Any) -> Any:
    """What the callback does in a process of its own: state and verifier are carried over."""
    verifier = {"code_verifier": started.code_verifier, "autogenerate_code_verifier": False, **values}
    second = flow(sandbox, back.get("scope", "").split(), state=back["state"], **verifier)
    second.fetch_token(code=back["code"])
    return second.credentials


def test_a_user_allows_and_the_client_may_read_and_refresh(google_sandbox: "GoogleSandbox") -> None:
    started = flow(google_sandbox)
    address, state = started.authorization_url(prompt="consent", login_hint=KIM, **OFFLINE)
    with urlopen(address) as page:
        shown = page.read().decode()
    assert f'value="{KIM}" checked' in shown
    back = decide(address)
    assert back["state"] == state
    allowed = exchanged(google_sandbox, started, back)
    assert allowed.refresh_token
    assert set(allowed.granted_scopes) == set(ALL)
    assert client(google_sandbox, allowed).calendarList().get(calendarId="primary").execute()["id"] == KIM
    google_sandbox.expire_access()
    client(google_sandbox, allowed).calendarList().list().execute()
    assert [seen.operation for seen in google_sandbox.requests][-2:] == ["oauth.token", "calendarList.list"]


def test_a_code_is_good_once_with_its_verifier_only(google_sandbox: "GoogleSandbox") -> None:
    started = flow(google_sandbox)
    address, _ = started.authorization_url(prompt="consent", **OFFLINE)
    back = decide(address)
    with pytest.raises(InvalidGrantError):
        exchanged(google_sandbox, started, back, code_verifier="x" * 64)
    exchanged(google_sandbox, started, back)
    with pytest.raises(InvalidGrantError):
        exchanged(google_sandbox, started, back)


def test_an_old_code_is_refused(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.clock("2027-03-15T10:00:00+00:00")
    started = flow(google_sandbox)
    back = decide(started.authorization_url(**OFFLINE)[0])
    google_sandbox.clock("2027-03-15T10:11:00+00:00")
    with pytest.raises(InvalidGrantError):
        exchanged(google_sandbox, started, back)


def test_a_second_consent_without_prompt_gives_no_refresh_token(google_sandbox: "GoogleSandbox") -> None:
    def connect(**values: str) -> Any:
        started = flow(google_sandbox)
        return exchanged(google_sandbox, started, decide(started.authorization_url(**OFFLINE, **values)[0]))

    assert connect().refresh_token
    assert connect().refresh_token is None
    assert connect(prompt="consent").refresh_token


def test_g25_a_scope_that_was_not_ticked_is_not_granted(google_sandbox: "GoogleSandbox") -> None:
    started = flow(google_sandbox)
    back = decide(started.authorization_url(prompt="consent", **OFFLINE)[0], scope=[LIST])
    assert back["scope"] == LIST
    assert exchanged(google_sandbox, started, back).granted_scopes == [LIST]


def test_a_user_denies(google_sandbox: "GoogleSandbox") -> None:
    address, state = flow(google_sandbox).authorization_url(**OFFLINE)
    assert decide(address, decision="deny") == {"state": state, "error": "access_denied"}


def test_somebody_new_may_sign_in(google_sandbox: "GoogleSandbox") -> None:
    started = flow(google_sandbox)
    back = decide(started.authorization_url(**OFFLINE)[0], new_email="lee@gmail.example")
    allowed = exchanged(google_sandbox, started, back)
    entry = client(google_sandbox, allowed).calendarList().get(calendarId="primary").execute()
    assert entry["id"] == "lee@gmail.example"


def test_an_address_to_return_to_has_to_be_https_or_localhost(google_sandbox: "GoogleSandbox") -> None:
    address, _ = flow(google_sandbox).authorization_url(**OFFLINE)
    query = dict(parse_qsl(urlsplit(address).query)) | {"redirect_uri": "http://acme.daybook.example/back"}
    with pytest.raises(HTTPError, match="400"):
        urlopen(f"{address.partition('?')[0]}?{urlencode(query)}")
    assert [found["kind"] for found in google_sandbox.violations] == ["oauth"]
    google_sandbox.violations.clear()


@pytest.mark.parametrize("by", ["user", "client"])
def test_g14_after_revocation_there_is_nothing_to_refresh(google_sandbox: "GoogleSandbox", by: str) -> None:
    granted = google_sandbox.grant(KIM, ALL)
    calendar = client(google_sandbox, credentials(granted))
    calendar.events().list(calendarId="primary").execute()
    if by == "user":
        google_sandbox.revoke(KIM)
    else:
        revoke = google_sandbox.settings["GOOGLE_REVOKE_URI"]
        urlopen(Request(revoke, urlencode({"token": granted.refresh_token}).encode())).close()
    with pytest.raises(RefreshError) as refused:
        calendar.events().list(calendarId="primary").execute()
    assert refused.value.args[1]["error"] == "invalid_grant"
    assert refused.value.retryable is False


def test_owned_calendars_only_for_the_scope_of_owned_ones(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox, scopes=[EVENTS + ".owned"])
    assert calendar.events().list(calendarId="primary").execute()["items"] == []


def test_who_somebody_is_is_told_when_it_was_asked_for(google_sandbox: "GoogleSandbox") -> None:
    scopes = ["openid", BASE + "userinfo.email", EVENTS]
    started = flow(google_sandbox, scopes)
    back = decide(started.authorization_url(**OFFLINE)[0], scope=scopes)
    allowed = exchanged(google_sandbox, started, back)
    claims = json.loads(base64.urlsafe_b64decode(allowed.id_token.split(".")[1] + "=="))
    assert (claims["email"], claims["aud"]) == (KIM, allowed.client_id)

    def userinfo(token: str) -> Any:
        address = f"{google_sandbox.url}/oauth2/v3/userinfo"
        with urlopen(Request(address, headers={"Authorization": f"Bearer {token}"})) as answer:
            return json.load(answer)

    assert userinfo(allowed.token)["email"] == KIM
    with pytest.raises(HTTPError, match="403"):
        userinfo(google_sandbox.grant(KIM, [EVENTS]).token)


def test_g14_a_refresh_is_refused_on_demand(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.fail(on="oauth.token", status=400, reason="invalid_grant")
    calendar = client(google_sandbox, credentials(google_sandbox.grant(KIM, ALL, seconds=-1)))
    with pytest.raises(RefreshError) as refused:
        calendar.events().list(calendarId="primary").execute()
    assert refused.value.args[1]["error"] == "invalid_grant"
    calendar.events().list(calendarId="primary").execute()
