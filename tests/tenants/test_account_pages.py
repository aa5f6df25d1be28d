"""Forgetting a password, and saying once more who one is: pages and mails in our words."""

import re

from django.core import mail
from django.test import Client
from django.utils import timezone

from daybook.core.outbox import relay
from tests.conftest import HostClient
from tests.tenants.people import person, sign_in

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
