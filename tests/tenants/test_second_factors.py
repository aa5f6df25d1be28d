"""Two-step sign-in: codes of an app, recovery codes, passkeys."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from playwright.sync_api import Page, expect

from tenants.models import Business, User
from tests.conftest import HostClient, Site
from tests.tenants.people import PASSWORD, member, person, sign_in


@pytest.fixture
def rosa(db: None) -> User:
    return person("rosa")


def present_code(secret: str) -> str:
    """What the app shows now."""
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06d}"


def test_a_code_is_asked_for_after_the_password(rosa: User, platform_client: Client) -> None:
    secret = generate_totp_secret()
    TOTP.activate(rosa, secret)
    assert sign_in(platform_client, "rosa").headers["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in platform_client.session
    assert platform_client.get("/businesses/").status_code == 302
    wrong = platform_client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    right = platform_client.post("/accounts/2fa/authenticate/", {"code": present_code(secret)})
    assert right.headers["Location"] == "/businesses/"
    assert platform_client.get("/businesses/").status_code == 200


def test_a_recovery_code_works_once(rosa: User) -> None:
    TOTP.activate(rosa, generate_totp_secret())
    code = RecoveryCodes.activate(rosa).get_unused_codes()[0]
    outcomes = []
    for _attempt in range(2):
        client = HostClient("localhost")
        sign_in(client, "rosa")
        client.post("/accounts/2fa/authenticate/", {"code": code})
        outcomes.append("_auth_user_id" in client.session)
    assert outcomes == [True, False]


def test_secrets_are_kept_encrypted(rosa: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(rosa, secret)
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))


@pytest.mark.parametrize(
    "path",
    ["login/", "logout/", "password/reset/", "password/change/", "email/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/add/",
     "2fa/recovery-codes/", "reauthenticate/"],
)  # fmt: skip
def test_account_pages_are_on_the_platform_only(business: Business, platform_client: Client, path: str) -> None:
    alice = member(business, "alice")
    platform_client.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert platform_client.get(f"/accounts/{path}").status_code in (200, 302, 404)  # 404: no recovery codes yet
    echoed = HostClient("acme.localhost").get(f"/accounts/{path}").json()
    assert echoed["business"] == "acme"


def test_a_person_adds_a_passkey_and_signs_in_with_it(site: Site, page: Page) -> None:
    from django.db import connection

    connection.set_schema_to_public()  # type: ignore[attr-defined]
    person("rosa")
    authenticator = page.context.new_cdp_session(page)
    authenticator.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    page.goto(f"{site.platform}/accounts/login/")
    page.get_by_label("E-mail").or_(page.get_by_label("Email")).fill("rosa@people.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/businesses/")
    page.goto(f"{site.platform}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)  # adding a way in asks for the present one again
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_label("It signs me in on its own")).to_be_checked()
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url(re.compile(r"recovery-codes|webauthn/$|2fa/$"))

    page.goto(f"{site.platform}/")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site.platform}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/businesses/")
    expect(page.get_by_role("heading", name="Choose a business")).to_be_visible()
