"""Forgetting a password, and saying once more who one is: pages and mails in our words."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.utils import timezone

from daybook.core.outbox import relay
from tests.conftest import HostClient
from tests.tenants.people import PASSWORD, person, sign_in

NEW = "another-long-secret"


def reset_mail(client: Client, address: str) -> mail.EmailMessage:
    """Ask for a new password and read the mail."""
    asked = client.post("/accounts/password/reset/", {"email": address}, follow=True)
    assert "Check your e-mail" in asked.content.decode()
    relay.drain(now=timezone.now())
    return mail.outbox[-1]


def test_a_forgotten_password(db: None, platform_client: Client) -> None:
    person("rosa")
    message = reset_mail(platform_client, "rosa@people.test")
    assert message.subject == "Choose a new password"
    assert "Hello from !" not in str(message.body)
    found = re.search(r"http://localhost(/accounts/\S+)", str(message.body))
    assert found
    form = platform_client.get(found[1], follow=True)
    action = form.redirect_chain[-1][0]
    short = platform_client.post(action, {"password1": "short", "password2": "short"})
    assert "at least 10 characters" in short.content.decode()
    done = platform_client.post(action, {"password1": NEW, "password2": NEW}, follow=True)
    assert "Password changed" in done.content.decode()
    assert "does not work any more" in HostClient("localhost").get(found[1], follow=True).content.decode()
    assert sign_in(HostClient("localhost"), "rosa", NEW).status_code == 302


def test_an_unknown_address_gets_a_mail_and_the_same_page(db: None, platform_client: Client) -> None:
    message = reset_mail(platform_client, "nobody@people.test")
    assert message.to == ["nobody@people.test"]
    assert "There is no Daybook account" in str(message.body)
    assert "/signup" in str(message.body)


def test_signing_in_leaves_no_message_behind(db: None, platform_client: Client) -> None:
    person("rosa")
    sign_in(platform_client, "rosa")
    assert "Successfully" not in platform_client.get("/").content.decode()


def test_changes_of_the_sign_in_ask_once_more(db: None, platform_client: Client) -> None:
    person("rosa")
    sign_in(platform_client, "rosa")
    asked = platform_client.get("/accounts/2fa/totp/activate/", follow=True)
    assert "Is it you?" in asked.content.decode()


def test_pages_about_two_steps_speak_plainly(db: None, platform_client: Client) -> None:
    person("rosa")
    sign_in(platform_client, "rosa")
    platform_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for path, title in (
        ("totp/activate/", "Set up an authenticator app"),
        ("webauthn/add/", "Add a passkey"),
        ("webauthn/", "You have none yet"),
        ("", "Two-step sign-in"),
    ):
        page = platform_client.get(f"/accounts/2fa/{path}").content.decode()
        assert title in page
        assert not re.search(r"Security Key|Authenticator App|Two-Factor|Passwordless|placeholder", page), path


def test_whoever_owns_an_account_hears_of_changes(db: None, platform_client: Client) -> None:
    TOTP.activate(person("rosa"), generate_totp_secret())
    platform_client.force_login(Authenticator.objects.get().user, "allauth.account.auth_backends.AuthenticationBackend")
    platform_client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    platform_client.post("/accounts/2fa/totp/deactivate/")
    changed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    platform_client.post("/accounts/password/change/", changed, headers={"user-agent": "Firefox <b>"})
    relay.drain(now=timezone.now())
    assert sorted(message.subject for message in mail.outbox) == [
        "Your authenticator app is off",
        "Your password was changed",
    ]
    (message,) = (message for message in mail.outbox if "password" in message.subject)
    assert message.to == ["rosa@people.test"]
    assert "The password of your Daybook account was changed." in str(message.body)
    assert "With: Firefox <b>" in str(message.body)
    assert "http://localhost/accounts/password/reset/" in str(message.body)


@pytest.mark.parametrize("path", ["confirm-email/x:y/", "inactive/"])
def test_dead_ends_say_so(db: None, platform_client: Client, path: str) -> None:
    page = platform_client.get(f"/accounts/{path}").content.decode()
    assert "does not work any more" in page or "is switched off" in page
