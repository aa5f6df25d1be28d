"""From the sign-up form to a live business."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from daybook.core.models import OutboxRow
from daybook.core.outbox import relay
from tenants.enums import BusinessStatus, Role
from tenants.models import Business, User
from tenants.services import schemas
from tenants.signals import business_made
from tests.conftest import HostClient
from tests.tenants.people import PASSWORD, follow_to, member, person

FORM = {
    "business_name": "Harbor & Pine",
    "slug": "harbor-and-pine",
    "country": "US",
    "timezone": "America/New_York",
    "currency": "",
    "name": "Rosa Marín",
    "email": "rosa@pine.test",
    "password": PASSWORD,
}


def sign_up(client: Client, **changes: str) -> Any:
    return client.post("/signup", {**FORM, **changes})


def last_link() -> str:
    """The path of the link in the newest mail."""
    relay.drain(now=timezone.now())
    found = re.search(r"http://localhost(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def test_signing_up_mails_a_link_and_makes_no_schema_yet(db: None, platform_client: Client) -> None:
    response = sign_up(platform_client)
    assert response.headers["Location"] == "/signup/sent"
    assert b"rosa@pine.test" in platform_client.get("/signup/sent").content
    business = Business.objects.get(slug="harbor-and-pine")
    assert (business.status, business.currency, business.timezone) == ("pending", "usd", "America/New_York")
    assert not schemas.exists(business.schema_name)
    assert HostClient("harbor-and-pine.localhost").get("/").status_code == 404


def test_the_link_shows_a_button_and_the_button_opens_the_business(
    db: None, platform_client: Client, client_for: Callable[..., Client]
) -> None:
    sign_up(platform_client)
    link = last_link()
    for _scanner in range(2):
        assert b"Verify and open" in platform_client.get(link).content
    assert Business.objects.get(slug="harbor-and-pine").status == BusinessStatus.PENDING
    opened = platform_client.post(link)
    assert opened.headers["Location"].startswith("http://harbor-and-pine.localhost/enter?code=")
    host = client_for("harbor-and-pine")
    assert follow_to(host, opened.headers["Location"]).headers["Location"] == "/dashboard/welcome"
    assert host.get("/dashboard/welcome").json()["member"] == Role.OWNER
    assert EmailAddress.objects.get(email="rosa@pine.test").verified


def test_another_browser_must_know_the_chosen_password(db: None, platform_client: Client) -> None:
    sign_up(platform_client)
    link, other = last_link(), HostClient("localhost")
    assert b'name="password"' in other.get(link).content
    assert other.post(link, {"password": "wrong-password"}).status_code == 422
    assert Business.objects.get(slug="harbor-and-pine").status == BusinessStatus.PENDING
    assert other.post(link, {"password": PASSWORD}).status_code == 302
    assert Business.objects.get(slug="harbor-and-pine").status == BusinessStatus.ACTIVE


def test_a_stranger_s_later_sign_up_with_my_address_does_not_become_my_account(
    db: None, platform_client: Client
) -> None:
    sign_up(platform_client)
    first = last_link()
    sign_up(HostClient("localhost"), slug="strangers-shop", password="of-the-stranger-1")
    second = last_link()
    assert platform_client.get(first).status_code == 404  # replaced
    assert platform_client.post(second, {"password": PASSWORD}).status_code == 422  # and theirs asks for their password
    assert not EmailAddress.objects.get(email="rosa@pine.test").verified


def test_the_link_signs_in_once(db: None, platform_client: Client) -> None:
    sign_up(platform_client)
    link = last_link()
    platform_client.post(link)
    thief = HostClient("localhost")
    assert thief.get(link).headers["Location"] == "/accounts/login/"
    assert thief.post(link, {"password": PASSWORD}).headers["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in thief.session


@pytest.mark.parametrize("token", ["nonsense", "e30:1abc:xyz"])
def test_a_wrong_link_is_404(db: None, platform_client: Client, token: str) -> None:
    assert platform_client.get(f"/signup/verify/{token}/").status_code == 404


def test_an_old_link_is_404_and_its_slug_is_free_again(db: None, platform_client: Client) -> None:
    sign_up(platform_client)
    link = last_link()
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1), tick=False):
        assert platform_client.get(link).status_code == 404
        assert sign_up(HostClient("localhost"), email="other@pine.test").status_code == 302
    assert Business.objects.get(slug="harbor-and-pine").memberships.get().user.email == "other@pine.test"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("slug", "www", "This name is reserved"),
        ("slug", "acme", "already taken"),
        ("slug", "ünïcode", "without accents"),
        ("slug", "x" * 64, "at most 63"),
        ("slug", 'a"; drop', "letters, digits and hyphens only"),
        ("slug", "pg_x", "cannot begin with"),
        ("email", "nobody", "valid email"),
        ("password", "short", "too short"),
        ("timezone", "Mars/Base", "valid choice"),
        ("business_name", "", "required"),
        ("business_name", "Harbor\nPine", "on one line"),
        ("name", "Rosa\r\nBcc: x@y.z", "on one line"),
    ],
)
def test_hc170_wrong_input_is_422_beside_its_field(
    db: None, platform_client: Client, field: str, value: str, words: str
) -> None:
    response = sign_up(platform_client, **{field: value})
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors[field])
    assert User.objects.filter(email="rosa@pine.test").count() == 0


def test_who_signs_up_once_more_has_the_slug_still(db: None, platform_client: Client) -> None:
    sign_up(platform_client)
    first = last_link()
    again = sign_up(HostClient("localhost"), business_name="Harbor and Pine")  # the mail was lost, a name mistyped
    assert (again.status_code, again.headers["Location"]) == (302, "/signup/sent")
    second = last_link()
    assert platform_client.get(first).status_code == 404
    assert platform_client.get(second).status_code == 200
    assert Business.objects.get(slug="harbor-and-pine").name == "Harbor and Pine"
    assert sign_up(HostClient("localhost"), email="other@pine.test").status_code == 422


@pytest.mark.parametrize("slugs", [["one-shop"] * 4, ["one-shop", "two-shop", "three-shop", "four-shop"]])
def test_a_form_that_is_sent_several_times_at_once_is_one_sign_up(committed: Business, slugs: list[str]) -> None:
    def send(slug: str) -> int:
        try:
            return int(sign_up(HostClient("localhost"), slug=slug).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(send, slugs)] == [302] * 4
    assert User.objects.filter(email="rosa@pine.test").count() == 1
    assert Business.objects.filter(memberships__user__email="rosa@pine.test").count() == 1


def test_capitals_in_an_address_are_no_mistake(db: None, platform_client: Client) -> None:
    assert sign_up(platform_client, slug=" Harbor-Pine ").status_code == 302
    assert Business.objects.filter(slug="harbor-pine").exists()


def test_the_slug_is_checked_while_typing(db: None, platform_client: Client) -> None:
    assert b"harbor.localhost is free" in platform_client.get("/signup/slug", {"slug": "harbor"}).content
    assert b"already taken" in platform_client.get("/signup/slug", {"slug": "acme"}).content


def test_a_name_suggests_a_slug_without_a_new_field(db: None, platform_client: Client) -> None:
    answer = platform_client.get("/signup/slug", {"business_name": "Café Zürich", "slug": ""})
    assert (answer.status_code, answer.content) == (204, b"")
    assert json.loads(answer.headers["HX-Trigger"]) == {"suggestion": {"field": "slug", "value": "cafe-zurich"}}


@pytest.mark.parametrize(("name", "slug"), [("Café Zürich", "my-own"), (" ", ""), ("!", "")])
def test_nothing_is_suggested_beside_a_typed_slug_or_for_no_name(
    db: None, platform_client: Client, name: str, slug: str
) -> None:
    answer = platform_client.get("/signup/slug", {"business_name": name, "slug": slug})
    assert (answer.status_code, "HX-Trigger" in answer.headers) == (204, False)


def test_a_mail_server_that_is_down_breaks_no_sign_up(db: None, platform_client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    assert sign_up(platform_client).status_code == 302
    relay.drain(now=timezone.now())
    row = OutboxRow.objects.get(kind="mail.account")
    assert row.state == "pending"
    assert "rosa@pine.test" not in str(row.payload)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    relay.drain(now=timezone.now(), impatient=True)
    assert mail.outbox[-1].to == ["rosa@pine.test"]


def test_a_set_up_that_fails_can_be_tried_again(db: None, platform_client: Client) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("no room")

    sign_up(platform_client)
    link = last_link()
    business_made.connect(fail)
    try:
        failed = platform_client.post(link)
    finally:
        business_made.disconnect(fail)
    assert failed.headers["Location"] == "/businesses/harbor-and-pine/retry/"
    assert b"Try again" in platform_client.get("/businesses/harbor-and-pine/retry/").content
    again = platform_client.post("/businesses/harbor-and-pine/retry/")
    assert again.headers["Location"].startswith("http://harbor-and-pine.localhost/enter?")


# People with an account


def test_hc209_a_known_address_gets_the_same_answer_and_another_mail(db: None, platform_client: Client) -> None:
    person("rosa")
    known, unknown = HostClient("localhost"), HostClient("localhost")
    first = sign_up(known, email="ROSA@people.test")
    second = sign_up(unknown, email="new@people.test", slug="new-shop")
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    pages = [client.get("/signup/sent").content for client in (known, unknown)]
    assert pages[0].replace(b"ROSA", b"new") == pages[1]
    assert not Business.objects.filter(slug="harbor-and-pine").exists()
    relay.drain(now=timezone.now())
    subjects = {message.to[0]: message.subject for message in mail.outbox}
    assert subjects["rosa@people.test"] == "You already have a Daybook account"
    assert subjects["new@people.test"] == "Finish opening Harbor & Pine"


def test_hc209_both_answers_hash_a_password_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    person("rosa")
    hashed: list[int] = []
    encode = MD5PasswordHasher.encode

    def counted(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(1)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    for email, slug in (("rosa@people.test", "one-shop"), ("new@people.test", "two-shop")):
        hashed.clear()
        sign_up(HostClient("localhost"), email=email, slug=slug)
        assert len(hashed) == 1


def test_hc209_log_in_and_reset_tell_nothing(db: None) -> None:
    person("rosa")
    answers = []
    for email in ("rosa@people.test", "nobody@people.test"):
        client = HostClient("localhost")
        wrong = client.post("/accounts/login/", {"login": email, "password": "wrong-password"})
        reset = client.post("/accounts/password/reset/", {"email": email})
        page = wrong.content.replace(email.encode(), b"")
        csrf_free = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"|Reference.*?</p>', b"", page, flags=re.DOTALL)
        answers.append((wrong.status_code, csrf_free, reset.status_code, reset.headers["Location"]))
    assert answers[0] == answers[1]


def test_people_who_are_signed_in_add_a_business(business: Business, platform_client: Client) -> None:
    alice = member(business, "alice")
    platform_client.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert platform_client.get("/signup").headers["Location"] == "/businesses/new/"
    fields = {name: FORM[name] for name in ("business_name", "slug", "country", "timezone", "currency")}
    made = platform_client.post("/businesses/new/", {**fields, "currency": "eur"})
    assert made.headers["Location"].startswith("http://harbor-and-pine.localhost/enter?")
    assert Business.objects.get(slug="harbor-and-pine").currency == "eur"
    page = platform_client.get("/businesses/").content
    assert b"/go/acme/" in page
    assert b"/go/harbor-and-pine/" in page


def test_the_platform_s_home_is_for_everybody(db: None, platform_client: Client) -> None:
    assert b"/signup" in platform_client.get("/").content


# Hosts of the mails


@pytest.mark.parametrize("headers", [{"host": "evil.test"}, {"host": "acme.localhost"}, {"host": "zen.localhost"}])
def test_hc169_a_reset_is_asked_for_on_the_platform_only(business: Business, headers: dict[str, str]) -> None:
    member(business, "alice")
    response = Client().post("/accounts/password/reset/", {"email": "alice@people.test"}, headers=headers)
    assert response.status_code in (404, 200)
    relay.drain(now=timezone.now())
    assert mail.outbox == []


def test_hc169_links_lead_to_the_platform_whatever_the_headers_say(business: Business) -> None:
    member(business, "alice")
    headers = {"host": "localhost:6666", "x-forwarded-host": "evil.test"}
    Client().post("/accounts/password/reset/", {"email": "alice@people.test"}, headers=headers)
    relay.drain(now=timezone.now())
    (message,) = mail.outbox
    assert "evil.test" not in message.body
    assert re.findall(r"https?://[^/\s]+", str(message.body))[0] == "http://localhost"


def test_a_reset_link_sets_a_new_password(business: Business, platform_client: Client) -> None:
    alice = member(business, "alice")
    platform_client.post("/accounts/password/reset/", {"email": "alice@people.test"})
    form = platform_client.get(last_link(), follow=True)
    action = form.redirect_chain[-1][0]
    platform_client.post(action, {"password1": "another-long-secret", "password2": "another-long-secret"})
    alice.user.refresh_from_db()
    assert alice.user.check_password("another-long-secret")
