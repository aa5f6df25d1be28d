"""Reminders stopped with the link out of one: by a person's browser, and by a mail program on its own."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.mail import EmailMultiAlternatives

from scheduling.models import Client, Message
from tenants.models import Business
from tests.conftest import HostClient
from tests.scheduling.mail_world import NOW, START, html_of, make_world, run, to_client
from tests.widget.pages import only_form

Clock = Callable[[Any], None]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def reminder(business: Business, clock: Clock) -> EmailMultiAlternatives:
    """The first of Kim's reminders: a day before. Another comes an hour before."""
    clock(NOW)
    make_world(business).book()
    run(NOW)
    (mail,) = to_client(run(START.replace(day=START.day - 1)))
    return mail


@pytest.fixture
def http(business: Business) -> HostClient:
    return HostClient("acme.localhost", enforce_csrf_checks=True)


def link_of(mail: EmailMultiAlternatives) -> str:
    parts = urlsplit(str(mail.message()["List-Unsubscribe"]).strip("<>"))
    return f"{parts.path}?{parts.query}"


def wanted() -> bool:
    return Client.objects.get(email="kim@example.test").reminders


def test_only_reminders_can_be_stopped(business: Business, clock: Clock) -> None:
    clock(NOW)
    make_world(business).book()
    (confirmed,) = to_client(run(NOW))
    assert "List-Unsubscribe" not in confirmed.message()
    assert "Stop reminders" not in html_of(confirmed) + str(confirmed.body)


def test_a_mail_program_stops_them_with_one_request(reminder: EmailMultiAlternatives, http: HostClient) -> None:
    assert reminder.message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(reminder.message()["List-Unsubscribe"]).startswith("<http://acme.localhost")
    assert link_of(reminder) in str(reminder.body)
    assert link_of(reminder) in html_of(reminder)
    answer = http.post(link_of(reminder), ONE_CLICK, headers={"origin": "https://mail.example"})
    assert (answer.status_code, wanted()) == (200, False)
    assert to_client(run(START)) == []
    assert Message.objects.filter(kind__startswith="client.reminder").count() == 1


def test_a_person_is_asked_first_and_may_think_again(reminder: EmailMultiAlternatives, http: HostClient) -> None:
    link = link_of(reminder)
    page = http.get(link)
    assert (page.status_code, page.headers["Cache-Control"], wanted()) == (200, "no-store", True)
    assert "Stop reminders?" in page.content.decode()
    stopped = http.post(link, only_form(page))
    assert "You get no reminders" in stopped.content.decode()
    again = http.post(link, only_form(http.get(link)))
    assert ("You get reminders again" in again.content.decode(), wanted()) == (True, True)


def test_the_link_works_while_the_business_is_suspended(
    reminder: EmailMultiAlternatives, http: HostClient, business: Business
) -> None:
    business.status = "suspended"
    business.save()
    assert http.post(link_of(reminder), ONE_CLICK).status_code == 200
    assert not wanted()


def test_another_token_changes_nothing(reminder: EmailMultiAlternatives, http: HostClient) -> None:
    path = link_of(reminder).partition("?")[0]
    nobody = "/u/00000000-0000-4000-8000-000000000000"
    answers = [http.post(link, ONE_CLICK) for link in (path, f"{path}?t={'x' * 43}", f"{nobody}?t={'x' * 43}")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert wanted()
