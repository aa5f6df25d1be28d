"""From the platform's sign-in to a session on one business's host, and who is let in there."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tenants.enums import Role
from tenants.models import Business, HandoffCode
from tenants.services import handoff, provisioning
from tests.conftest import HostClient
from tests.tenants.people import enter, follow_to, member, person, sign_in

ClientFor = Callable[..., Client]


def test_a_dashboard_without_a_session_leads_to_the_platform_s_sign_in(
    business: Business, client_for: ClientFor
) -> None:
    response = client_for("acme").get("/dashboard/calendar?day=1")
    assert response.headers["Location"] == "http://localhost/go/acme/?next=%2Fdashboard%2Fcalendar%3Fday%3D1"
    assert client_for("acme").post("/dashboard/calendar").status_code == 303
    fragment = client_for("acme").get("/dashboard/x", headers={"hx-request": "true"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (
        401,
        "http://localhost/go/acme/?next=%2Fdashboard%2F",
    )
    shown = {"hx-request": "true", "hx-current-url": "http://acme.localhost/dashboard/calendar/?view=day"}
    back = client_for("acme").get("/dashboard/x", headers=shown).headers["HX-Redirect"]
    assert back == "http://localhost/go/acme/?next=%2Fdashboard%2Fcalendar%2F%3Fview%3Dday"


def test_the_platform_asks_for_a_sign_in_first(business: Business, platform_client: Client) -> None:
    response = platform_client.get("/go/acme/", {"next": "/dashboard/"})
    assert response.headers["Location"] == "/accounts/login/?next=/go/acme/%3Fnext%3D%252Fdashboard%252F"


def test_a_member_gets_a_session_of_that_host(
    business: Business, platform_client: Client, client_for: ClientFor
) -> None:
    member(business, "alice")
    acme = client_for("acme")
    sign_in(platform_client, "alice")
    entered = enter(platform_client, acme, "acme", "/dashboard/calendar")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/dashboard/calendar")
    cookie = entered.cookies["daybook_session"]
    assert cookie["domain"] == ""
    assert cookie["httponly"]
    assert acme.get("/dashboard/").json()["member"] == "owner"


def test_a_session_of_one_host_is_nothing_on_another(
    business: Business, other_business: Business, platform_client: Client, client_for: ClientFor
) -> None:
    alice = member(business, "alice")
    from tenants.models import Membership

    Membership.objects.create(business=other_business, user=alice.user, role=Role.OWNER)
    acme, zen = client_for("acme"), client_for("zen")
    sign_in(platform_client, "alice")
    enter(platform_client, acme, "acme")
    zen.cookies = acme.cookies
    assert zen.get("/dashboard/").status_code == 302
    assert zen.get("/v1/tenant-admin/echo").status_code == 401
    zen.cookies = platform_client.cookies
    assert zen.get("/dashboard/").status_code == 302


def test_a_business_s_session_opens_no_account(
    business: Business, platform_client: Client, client_for: ClientFor
) -> None:
    """Whoever got hold of one host's cookie has that business's rights, not the person's account and businesses."""
    member(business, "alice")
    sign_in(platform_client, "alice")
    acme = client_for("acme")
    enter(platform_client, acme, "acme")
    thief = HostClient("localhost")
    thief.cookies = acme.cookies
    for path in ("/businesses/", "/go/acme/", "/accounts/password/change/", "/accounts/2fa/"):
        assert thief.get(path).headers["Location"].startswith("/accounts/login/")
    assert platform_client.get("/businesses/").status_code == 200
    assert acme.get("/v1/tenant-admin/echo").json()["actor"] == "member"


def test_a_code_works_once(business: Business) -> None:
    alice = member(business, "alice")
    code = handoff.make_code(user=alice.user, business=business)
    assert handoff.redeem(code, business=business) == alice.user
    assert handoff.redeem(code, business=business) is None
    assert HandoffCode.objects.get().digest != code


def test_a_code_lives_a_minute(business: Business) -> None:
    alice = member(business, "alice")
    code = handoff.make_code(user=alice.user, business=business)
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert handoff.redeem(code, business=business) is None


def test_a_code_is_for_one_business(business: Business, other_business: Business) -> None:
    alice = member(business, "alice")
    code = handoff.make_code(user=alice.user, business=business)
    assert handoff.redeem(code, business=other_business) is None
    assert handoff.redeem(code, business=business) == alice.user


def test_a_code_is_nothing_after_the_membership(business: Business) -> None:
    alice = member(business, "alice")
    code = handoff.make_code(user=alice.user, business=business)
    alice.active = False
    alice.save()
    assert handoff.redeem(code, business=business) is None


def test_a_bad_code_leads_back_to_the_platform(business: Business, client_for: ClientFor) -> None:
    response = client_for("acme").get("/enter", {"code": "guess", "next": "/dashboard/"})
    assert response.headers["Location"] == "http://localhost/businesses/"


def test_a_stranger_learns_nothing_of_a_business(
    business: Business, other_business: Business, platform_client: Client
) -> None:
    member(other_business, "charlie")
    sign_in(platform_client, "charlie")
    foreign, missing = platform_client.get("/go/acme/"), platform_client.get("/go/nobody/")
    assert (foreign.status_code, missing.status_code) == (404, 404)


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.test/", "//evil.test/", "/\\evil.test", "\\\\evil.test", "javascript:alert(1)", "evil.test", "", "///evil.test", "/\t/evil.test"],
)  # fmt: skip
def test_the_way_in_never_leads_elsewhere(
    business: Business, platform_client: Client, client_for: ClientFor, wanted: str
) -> None:
    member(business, "alice")
    sign_in(platform_client, "alice")
    assert enter(platform_client, client_for("acme"), "acme", wanted).headers["Location"] == "/dashboard/"
    alice = HandoffCode.objects.latest("expires_at").user
    code = handoff.make_code(user=alice, business=business)
    assert client_for("acme").get("/enter", {"code": code, "next": wanted}).headers["Location"] == "/dashboard/"


# Membership on every request


def test_membership_and_role_are_read_on_each_request(
    business: Business, platform_client: Client, client_for: ClientFor
) -> None:
    alice, acme = member(business, "alice"), client_for("acme")
    sign_in(platform_client, "alice")
    enter(platform_client, acme, "acme")
    alice.role = Role.FRONT_DESK
    alice.save()
    assert acme.get("/dashboard/").json()["member"] == "front_desk"
    assert acme.get("/v1/tenant-admin/people").status_code == 403
    alice.active = False
    alice.save()
    assert acme.get("/dashboard/").status_code == 302
    assert acme.get("/v1/tenant-admin/echo").status_code == 401


def test_a_changed_password_ends_other_sessions(
    business: Business, platform_client: Client, client_for: ClientFor
) -> None:
    alice, acme = member(business, "alice"), client_for("acme")
    sign_in(platform_client, "alice")
    enter(platform_client, acme, "acme")
    alice.user.set_password("another-long-secret")
    alice.user.save()
    assert acme.get("/dashboard/").status_code == 302


def test_a_member_who_leaves_has_no_session_there(
    business: Business, platform_client: Client, client_for: ClientFor
) -> None:
    member(business, "alice")
    acme = client_for("acme")
    sign_in(platform_client, "alice")
    enter(platform_client, acme, "acme")
    assert acme.get("/leave").status_code == 405
    assert acme.post("/leave").headers["Location"] == "http://localhost/accounts/logout/?next=%2F"
    assert acme.get("/dashboard/").status_code == 302


def test_hc174_members_of_a_suspended_business_may_read(
    business: Business, platform_client: Client, client_for: ClientFor
) -> None:
    member(business, "alice")
    acme = client_for("acme")
    sign_in(platform_client, "alice")
    provisioning.suspend(business)
    enter(platform_client, acme, "acme")
    assert acme.get("/dashboard/").json()["member"] == "owner"
    assert acme.get("/v1/tenant-admin/echo").status_code == 200
    assert acme.post("/dashboard/services/new").status_code == 403
    assert acme.post("/dashboard/appointments/1/cancel").status_code == 200


def test_changing_by_session_needs_the_csrf_token(
    business: Business, platform_client: Client, client_for: ClientFor
) -> None:
    member(business, "alice")
    acme = client_for("acme", enforce_csrf_checks=True)
    sign_in(platform_client, "alice")
    enter(platform_client, acme, "acme")
    assert acme.get("/v1/tenant-admin/echo").json()["actor"] == "member"
    refused = acme.post("/v1/tenant-admin/echo")
    assert (refused.status_code, refused.json()["error"]) == (403, "csrf_failed")
    token = "x" * 32
    acme.cookies["daybook_csrf"] = token
    assert acme.post("/v1/tenant-admin/echo", headers={"x-csrftoken": token}).status_code == 200


def test_sign_in_goes_on_to_where_one_wanted(business: Business, platform_client: Client) -> None:
    person("dora")
    response = platform_client.post(
        "/accounts/login/?next=/go/acme/",
        {"login": "dora@people.test", "password": "a-long-enough-secret", "next": "/go/acme/"},
    )
    assert urlsplit(response.headers["Location"]).path == "/go/acme/"
    assert follow_to(platform_client, "/businesses/").status_code == 200
