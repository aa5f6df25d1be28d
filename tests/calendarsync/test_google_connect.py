"""Connecting an account."""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from calendarsync.enums import State
from calendarsync.errors import CodeRefused, NotGranted
from calendarsync.gateways.google.gateway import EVENTS, LIST, OWNED
from calendarsync.models import ConnectAttempt, Connection
from daybook.core.outbox.models import OutboxRow
from daybook.sandbox.google.server import GoogleSandbox
from tenants.models import Business
from tests.calendarsync.calendar_world import ANA, Desk, consented, desk
from tests.factories import make_member, sign_in


@pytest.fixture
def new(business: Business, google: GoogleSandbox) -> Desk:
    """A provider who is not connected yet."""
    return desk(business, google)


def begin(new: Desk, client: Any, **values: str) -> str:
    """Press the button; where it leads."""
    answer = client.post(f"/dashboard/team/{new.provider.pk}/calendars/google/connect", values)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def come_back(new: Desk, platform: Any, client: Any, back: dict[str, str]) -> Any:
    """By the platform's host to the business's."""
    answer = platform.get("/calendars/google/callback", back)
    if answer.status_code != 302:
        return answer
    target = urlsplit(answer.headers["Location"])
    assert target.netloc == f"{new.business.slug}.localhost"
    return client.get(f"{target.path}?{target.query}")


def owner_of(new: Desk, client_for: Any) -> Any:
    return sign_in(client_for(new.business.slug), make_member(new.business))


def test_an_owner_connects_a_provider_and_chooses(new: Desk, client_for: Any, platform_client: Any) -> None:
    owner = owner_of(new, client_for)
    page = owner.get(f"/dashboard/team/{new.provider.pk}/calendars/").content.decode()
    assert "Connect Google Calendar" in page
    url = begin(new, owner)
    asked = parse_qs(urlsplit(url).query)
    assert set(asked["scope"][0].split()) == {LIST, OWNED}
    assert (asked["access_type"], asked["prompt"]) == (["offline"], ["consent"])
    assert asked["redirect_uri"] == ["http://localhost/calendars/google/callback"]
    assert "code_challenge" in asked
    answer = come_back(new, platform_client, owner, consented(new.google, url, ANA))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/dashboard/team/{new.provider.pk}/calendars/")
    assert new.connection.state == State.CHOOSING
    page = owner.get(answer.headers["Location"]).content.decode()
    assert "Use these calendars" in page
    chosen = {"counts": [str(new.calendar.pk)], "receives": str(new.calendar.pk), "privacy": "full", "on_change": "apply",
              "tentative_is_busy": "on", "focus_is_busy": "on"}  # fmt: skip
    answer = owner.post(f"/dashboard/team/{new.provider.pk}/calendars/google/choose", chosen)
    assert answer.status_code == 303
    row = new.book("10:00")
    new.drain()
    assert new.event_of(row)["summary"].startswith("Kim Lee")


def test_a_provider_connects_himself_and_nobody_else(new: Desk, client_for: Any, platform_client: Any) -> None:
    other = desk(new.business, new.google, name="Marco Vitale")
    ana = sign_in(client_for(new.business.slug), make_member(new.business, "provider", provider=new.provider))
    assert ana.post(f"/dashboard/team/{other.provider.pk}/calendars/google/connect").status_code == 403
    answer = come_back(new, platform_client, ana, consented(new.google, begin(new, ana), ANA))
    assert answer.status_code == 303
    assert Connection.objects.get().provider_id == new.provider.pk


def test_calendars_of_others_are_asked_for_only_when_wanted(new: Desk, client_for: Any) -> None:
    asked = parse_qs(urlsplit(begin(new, owner_of(new, client_for), shared="1")).query)
    assert set(asked["scope"][0].split()) == {LIST, EVENTS}


def test_hc155_a_state_that_is_missing_forged_or_used(new: Desk, client_for: Any, platform_client: Any) -> None:
    owner = owner_of(new, client_for)
    back = consented(new.google, begin(new, owner), ANA)
    for state in ("", "nonsense", back["state"][:-2] + "xx"):
        assert come_back(new, platform_client, owner, {**back, "state": state}).status_code == 400
        assert owner.get("/dashboard/team/calendars/google/callback", {**back, "state": state}).status_code == 400
    assert not Connection.objects.exists()
    assert come_back(new, platform_client, owner, back).status_code == 303
    assert come_back(new, platform_client, owner, back).status_code == 400
    assert Connection.objects.count() == 1


def test_hc155_a_state_of_another_session(new: Desk, client_for: Any, platform_client: Any) -> None:
    owner = owner_of(new, client_for)
    thief = sign_in(client_for(new.business.slug), make_member(new.business, "manager"))
    back = consented(new.google, begin(new, owner), "thief@gmail.example")
    assert come_back(new, platform_client, thief, back).status_code == 400
    assert not Connection.objects.exists()


def test_hc155_a_state_that_is_older_than_ten_minutes(new: Desk, client_for: Any, platform_client: Any) -> None:
    owner = owner_of(new, client_for)
    back = consented(new.google, begin(new, owner), ANA)
    ConnectAttempt.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert come_back(new, platform_client, owner, back).status_code == 400
    assert not Connection.objects.exists()


def test_hc155_a_state_of_another_business(
    new: Desk, other_business: Business, client_for: Any, platform_client: Any
) -> None:
    back = consented(new.google, begin(new, owner_of(new, client_for)), ANA)
    there = sign_in(client_for(other_business.slug), make_member(other_business))
    answer = there.get("/dashboard/team/calendars/google/callback", back)
    assert answer.status_code == 400
    with tenant_context(other_business):
        assert not Connection.objects.exists()


def test_who_says_no_is_brought_back_with_nothing_connected(new: Desk, client_for: Any, platform_client: Any) -> None:
    owner = owner_of(new, client_for)
    state = parse_qs(urlsplit(begin(new, owner)).query)["state"][0]
    answer = come_back(new, platform_client, owner, {"state": state, "error": "access_denied"})
    assert answer.status_code == 303
    assert "access was not granted" in owner.get(answer.headers["Location"]).content.decode()
    assert not Connection.objects.exists()


@pytest.mark.parametrize("granted", [{LIST}, {OWNED}, set()])
def test_g25_a_permission_that_was_left_out_leads_to_a_page_that_helps(
    new: Desk, client_for: Any, platform_client: Any, granted: set[str]
) -> None:
    owner = owner_of(new, client_for)
    back = consented(new.google, begin(new, owner), ANA, granted)
    answer = come_back(new, platform_client, owner, back)
    assert answer.status_code == 409
    assert "Daybook needs both" in answer.content.decode()
    assert not Connection.objects.exists()
    with pytest.raises(NotGranted):
        new.connect(scopes=granted)


def test_a_code_that_google_does_not_take_connects_nothing(new: Desk, client_for: Any, platform_client: Any) -> None:
    owner = owner_of(new, client_for)
    back = consented(new.google, begin(new, owner), ANA)
    answer = come_back(new, platform_client, owner, {**back, "code": "4/0wrong"})
    assert answer.status_code == 303
    assert "did not accept" in owner.get(answer.headers["Location"]).content.decode()
    assert not Connection.objects.exists()


def test_google_being_down_while_somebody_connects_is_said_and_connects_nothing(
    new: Desk, client_for: Any, platform_client: Any
) -> None:
    owner = owner_of(new, client_for)
    back = consented(new.google, begin(new, owner), ANA)
    new.google.fail("reset", on="oauth.token", times=5)
    answer = come_back(new, platform_client, owner, back)
    assert "does not answer" in owner.get(answer.headers["Location"]).content.decode()
    assert not Connection.objects.exists()


def test_the_api_connects_by_a_code_and_lists(new: Desk, client_for: Any) -> None:
    owner = owner_of(new, client_for)
    query = {
        "client_id": new.google.client.client_id, "redirect_uri": "https://app.example/back", "response_type": "code",
        "scope": f"{LIST} {OWNED}", "access_type": "offline", "prompt": "consent",
    }  # fmt: skip
    from urllib.parse import urlencode

    code = consented(new.google, f"https://google.example/auth?{urlencode(query)}", ANA)["code"]
    owner.get(f"/dashboard/team/{new.provider.pk}/calendars/")
    token = owner.cookies["daybook_csrf"].value
    body = {"auth_code": code, "provider_id": str(new.provider.pk), "redirect_uri": "https://app.example/back"}
    options: Any = {"content_type": "application/json", "headers": {"X-CSRFToken": token, "Idempotency-Key": "k1"}}
    made = owner.post("/v1/tenant-admin/calendar/google/connect", body, **options)
    assert made.status_code == 201, made.content
    again = owner.post("/v1/tenant-admin/calendar/google/connect", body, **options)
    assert (again.status_code, again.json()["id"]) == (201, made.json()["id"])
    path = f"/v1/tenant-admin/calendar/connections/{made.json()['id']}"
    calendar = made.json()["calendars"][0]["id"]
    changed = owner.patch(path, {"counts": [calendar], "receives": calendar}, **options)
    assert changed.json()["state"] == "active"
    (listed,) = owner.get("/v1/tenant-admin/calendar/connections").json()["items"]
    assert (listed["account"], listed["calendars"][0]["counts"]) == (ANA, True)
    assert "token" not in str(listed)
    assert owner.delete(path, **options).status_code == 204
    assert owner.get("/v1/tenant-admin/calendar/connections").json()["items"] == []


def test_hc207_logs_hold_no_token_no_code_and_no_address(
    new: Desk, client_for: Any, platform_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="daybook")
    caplog.set_level(logging.DEBUG, logger="calendarsync")
    owner = owner_of(new, client_for)
    back = consented(new.google, begin(new, owner), ANA)
    come_back(new, platform_client, owner, back)
    new.choose()
    new.drain()
    new.google.fail(status=500, times=3)
    new.book("10:00")
    new.drain()
    new.google.revoke(ANA)
    new.google.expire_access()
    new.wait(minutes=15)
    new.drain()
    row = new.connection
    kept = [*OutboxRow.objects.values_list("payload", "last_error"), row.last_error, caplog.text]
    for secret in (row.refresh_token, row.access_token, back["code"], ANA):
        assert secret not in str(kept)


def test_a_missing_refresh_token_of_a_second_consent_keeps_the_first(ana: Desk) -> None:
    before = ana.connection.refresh_token
    ana.google.accounts._codes.clear()
    url = "?" + "&".join(
        [f"client_id={ana.google.client.client_id}", "redirect_uri=http://localhost/calendars/google/callback",
         "response_type=code", f"scope={LIST}%20{OWNED}"]
    )  # fmt: skip
    from calendarsync.services import connecting
    from tests.factories import STAFF

    code = consented(ana.google, f"https://g{url}", ANA)["code"]
    connecting.connect(
        business=ana.business, provider_id=ana.provider.pk, code=code, code_verifier="", by=STAFF, now=ana.now
    )
    assert (ana.connection.refresh_token, ana.connection.state) == (before, State.ACTIVE)
    ana.google.accounts._codes.clear()
    other = desk(ana.business, ana.google, name="Marco Vitale")
    code = consented(ana.google, f"https://g{url}", ANA)["code"]
    with pytest.raises(CodeRefused):
        connecting.connect(
            business=ana.business, provider_id=other.provider.pk, code=code, code_verifier="", by=STAFF, now=ana.now
        )
