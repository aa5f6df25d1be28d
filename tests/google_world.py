"""The fixture `google_sandbox`: a Google of this test run, as new at each test, and the settings that lead to it.

    credentials = google_sandbox.grant("kim@gmail.example", ["…/auth/calendar.events"])      # no browser needed
    google_sandbox.user_edits_event("kim@gmail.example", "move", event_id, start="2027-03-15T11:00")
    google_sandbox.fail("after-commit", on="events.insert")
    deliver(google_sandbox, platform_client)        # notifications that wait arrive at our doors

A test fails when a request of ours, or an answer of the sandbox, broke Google's contract.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db.models.signals import post_delete, post_save

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import Settings

    from daybook.sandbox.google.server import GoogleSandbox


@pytest.fixture(scope="session")
def running_google() -> Iterator["GoogleSandbox"]:
    """One server for all tests of this process."""
    from daybook.sandbox.google.server import GoogleSandbox

    with GoogleSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def google_sandbox(
    running_google: "GoogleSandbox", settings: "Settings", monkeypatch: pytest.MonkeyPatch
) -> Iterator["GoogleSandbox"]:
    """Our settings lead to it. Notifications wait until `deliver` or `flush()`."""
    running_google.reset()
    running_google.notifications("hold")
    for name, value in running_google.settings.items():
        setattr(settings, name, value)
    settings.GOOGLE_WEBHOOK_URL = "https://localhost/v1/webhooks/google-calendar"
    policy = copy.deepcopy(django_settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].append(running_google.url)
    settings.CONTENT_SECURITY_POLICY = policy
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    with following_clock(running_google):
        yield running_google
    assert running_google.violations == []
    running_google.reset()


@contextmanager
def following_clock(sandbox: "GoogleSandbox") -> Iterator[None]:
    """Whenever the domain's clock is set, the sandbox's is, too."""
    from daybook.core.models import ClockSetting

    def was_set(instance: ClockSetting, **_: Any) -> None:
        sandbox.clock(instance.instant)

    def runs(**_: Any) -> None:
        sandbox.clock(None)

    post_save.connect(was_set, sender=ClockSetting)
    post_delete.connect(runs, sender=ClockSetting)
    yield
    post_save.disconnect(was_set, sender=ClockSetting)
    post_delete.disconnect(runs, sender=ClockSetting)


def deliver(sandbox: "GoogleSandbox", client: "Client") -> list[Any]:
    """Post the notifications that wait to our doors, in order; the answers. `client` speaks to the platform's host."""
    answers = []
    for notification in sandbox.take():
        path = urlsplit(notification.address).path
        answers.append(client.post(path, b"", content_type="", headers=notification.headers))
    return answers
