"""An address of free times that was asked before is answered the short way: the same answer, limits and errors."""

from typing import Any

import pytest

from scheduling.models import Service
from tenants.models import Business
from tests.conftest import HostClient
from tests.widget.asking import Asker, shop
from tests.widget.test_api_slots import JUNE_7, NOW, Clock
from widget import middleware


@pytest.fixture
def service(business: Business, clock: Clock) -> Service:
    clock(NOW)
    middleware._known.clear()
    return shop(business, (range(7), "09:00", "12:00"))[0]


def ask(asker: Asker, service: Service, **more: Any) -> Any:
    return asker.get(f"services/{service.pk}/availability", start_date=JUNE_7, end_date=JUNE_7, **more)


def test_the_second_answer_is_the_first_again(business: Business, service: Service) -> None:
    first = ask(Asker(business), service)
    assert len(middleware._known) == 1
    second = ask(Asker(business), service)
    assert first.status_code == second.status_code == 200
    assert second.content == first.content
    kept, again = dict(first.headers), dict(second.headers)
    assert kept.pop("X-Request-Id") != again.pop("X-Request-Id")
    assert again == kept


def test_what_needs_more_than_the_address_is_never_remembered(business: Business, service: Service) -> None:
    asker = Asker(business)
    held = asker.hold(service, f"{JUNE_7}T09:00:00-04:00").json()["hold_token"]
    assert ask(asker, service, hold_token=held).status_code == 200
    assert ask(asker, service, include_unavailable="true").status_code == 200
    assert ask(asker, service, timezone="Mars/Olympus").status_code == 422
    assert middleware._known == {}


def test_a_known_address_is_counted_and_limited_like_any_other(
    business: Business, service: Service, settings: Any
) -> None:
    settings.PUBLIC_LIMIT_PER_ADDRESS = 3
    asker = Asker(business, REMOTE_ADDR="198.51.100.7")
    answers = [ask(asker, service) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["error"] == "rate_limited"
    assert "Retry-After" in answers[3].headers


def test_a_known_address_that_is_refused_is_counted_once(business: Business, service: Service, settings: Any) -> None:
    settings.PUBLIC_LIMIT_PER_ADDRESS = 4
    asker = Asker(business, REMOTE_ADDR="198.51.100.8")
    assert ask(asker, service).status_code == 200
    Service.objects.filter(pk=service.pk).update(active=False)
    assert [ask(asker, service).status_code for _ in range(4)] == [404, 404, 404, 429]


def test_a_known_address_of_a_service_that_closed_is_unknown(business: Business, service: Service) -> None:
    asker = Asker(business)
    assert ask(asker, service).status_code == 200
    Service.objects.filter(pk=service.pk).update(active=False)
    closed, never = ask(asker, service), asker.get("services/none/availability", start_date=JUNE_7, end_date=JUNE_7)
    assert closed.status_code == never.status_code == 404
    assert closed.json() == never.json()


def test_a_known_address_of_a_suspended_business_is_refused(business: Business, service: Service) -> None:
    asker = Asker(business)
    assert ask(asker, service).status_code == 200
    business.status = "suspended"
    business.save()
    answer = ask(asker, service)
    assert (answer.status_code, answer.json()["error"]) == (403, "business_suspended")
    business.status = "active"
    business.save()
    assert ask(asker, service).status_code == 200


def test_the_language_is_part_of_what_is_known(business: Business, service: Service) -> None:
    def languages(*accepted: str) -> list[str]:
        answers = [ask(Asker(business, HTTP_ACCEPT_LANGUAGE=one), service) for one in accepted]
        return [answer.headers["Content-Language"] for answer in answers]

    assert languages("de", "es", "de", "es") == ["de", "es", "de", "es"]
    assert languages("", "") == ["en", "en"]
    business.locale = "es"
    business.save()
    assert languages("", "de") == ["es", "de"]


def test_long_addresses_are_never_remembered(business: Business, service: Service) -> None:
    assert ask(Asker(business), service, more="x" * 2000).status_code == 200
    assert middleware._known == {}


def test_a_known_address_is_another_business_s_own(
    business: Business, service: Service, other_business: Business
) -> None:
    assert ask(Asker(business), service).status_code == 200
    assert ask(Asker(other_business), service).status_code == 404
    assert (
        HostClient("localhost")
        .get(f"/v1/public/services/{service.pk}/availability", {"start_date": JUNE_7, "end_date": JUNE_7})
        .status_code
        == 401
    )
