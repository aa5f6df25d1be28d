"""Limits of public endpoints, and of guessing."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from daybook.core.errors import TooManyRequests
from tenants import limits
from tenants.models import Business
from tests.conftest import HostClient
from tests.tenants.people import member, person

ClientFor = Callable[..., Client]


@pytest.fixture(autouse=True)
def _in_one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counters begin anew each minute; a test does not."""
    from time import time

    second = int(time()) // 60 * 60 + 5
    monkeypatch.setattr("tenants.limits.time", lambda: second)


def test_hc176_a_flood_of_one_business_leaves_the_other_alone(business: Business, client_for: ClientFor) -> None:
    acme, zen = client_for("acme"), client_for("zen")
    answers = [acme.get("/counted").status_code for _ in range(101)]
    assert answers == [200] * 100 + [429]
    refused = acme.get("/counted", headers={"accept": "application/json"})
    assert refused.headers["Retry-After"] == "55"
    assert refused.json()["error"] == "rate_limited"
    assert zen.get("/counted").status_code == 200
    assert acme.get("/counted", REMOTE_ADDR="10.0.0.9").status_code == 200


def test_hc176_many_addresses_share_the_business_s_limit(
    business: Business, client_for: ClientFor, settings: Settings
) -> None:
    settings.PUBLIC_LIMIT_PER_BUSINESS = 5
    answers = [client_for("acme").get("/counted", REMOTE_ADDR=f"10.0.0.{n}").status_code for n in range(6)]
    assert answers == [200] * 5 + [429]


def test_hc176_what_one_address_asks_too_much_is_not_the_others_loss(
    business: Business, client_for: ClientFor, settings: Settings
) -> None:
    settings.PUBLIC_LIMIT_PER_ADDRESS, settings.PUBLIC_LIMIT_PER_BUSINESS = 2, 4
    acme = client_for("acme")
    assert [acme.get("/counted").status_code for _ in range(9)] == [200] * 2 + [429] * 7
    answers = [acme.get("/counted", REMOTE_ADDR=f"10.0.0.{n}").status_code for n in range(3)]
    assert answers == [200] * 2 + [429]


@pytest.mark.parametrize("header", ["x-forwarded-for", "x-real-ip", "forwarded"])
def test_hc204_rotating_headers_change_nothing(
    business: Business, client_for: ClientFor, settings: Settings, header: str
) -> None:
    settings.PUBLIC_LIMIT_PER_ADDRESS = 10
    acme = client_for("acme")
    answers = [acme.get("/counted", headers={header: f"203.0.113.{n}"}).status_code for n in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_hc204_behind_our_proxy_the_last_untrusted_hop_counts(
    business: Business, client_for: ClientFor, settings: Settings
) -> None:
    settings.PUBLIC_LIMIT_PER_ADDRESS, settings.TRUSTED_PROXIES = 10, 1
    acme = client_for("acme")
    chosen = [acme.get("/counted", headers={"x-forwarded-for": f"203.0.113.{n}, 198.51.100.1"}) for n in range(12)]
    assert [response.status_code for response in chosen] == [200] * 10 + [429] * 2
    assert acme.get("/counted", headers={"x-forwarded-for": "198.51.100.2"}).status_code == 200


def test_hc204_guesses_at_one_thing_are_counted_over_all_addresses(
    business: Business, other_business: Business
) -> None:
    def guess(at: Business, what: str, address: str) -> None:
        request: Any = RequestFactory().get("/", REMOTE_ADDR=address)
        request.business = at
        limits.count_guess(request, "appointment", what)

    for number in range(10):
        guess(business, "one", f"10.0.0.{number}")
    with pytest.raises(TooManyRequests):
        guess(business, "one", "10.0.1.1")
    guess(business, "two", "10.0.1.2")
    guess(other_business, "one", "10.0.1.2")


def test_hc204_300_log_ins_are_stopped_whatever_the_headers_say(business: Business) -> None:
    member(business, "alice")
    statuses = []
    for number in range(30):
        client = Client(headers={"host": "localhost", "x-forwarded-for": f"203.0.113.{number}"})
        response = client.post("/accounts/login/", {"login": "alice@people.test", "password": "wrong-password"})
        throttled = response.status_code == 429 or b"Too many failed" in response.content
        statuses.append(throttled)
    assert not statuses[0]
    assert all(statuses[12:])


def test_one_account_s_wrong_passwords_do_not_lock_another_s(business: Business) -> None:
    person("bob")
    for _ in range(12):
        Client(headers={"host": "localhost"}).post(
            "/accounts/login/", {"login": "alice@people.test", "password": "wrong"}
        )
    other = Client(headers={"host": "localhost"}, REMOTE_ADDR="10.9.9.9")
    response = other.post("/accounts/login/", {"login": "bob@people.test", "password": "a-long-enough-secret"})
    assert response.status_code == 302


def test_without_a_cache_requests_go_through_and_a_line_is_logged(
    business: Business, client_for: ClientFor, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    with caplog.at_level(logging.WARNING):
        assert client_for("acme").get("/counted").status_code == 200
    assert "limits are not counted" in caplog.text


def test_without_a_cache_signing_in_waits_and_nothing_breaks(
    business: Business, platform_client: HostClient, settings: Settings
) -> None:
    """Guesses at passwords cannot be counted then, so nobody may guess."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}

    answer = platform_client.post("/accounts/login/", {"login": "bob@people.test", "password": "a-long-enough-secret"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
