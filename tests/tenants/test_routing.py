"""Which business a request is for."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DataError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from tenants import routing
from tenants.enums import BusinessStatus
from tenants.models import Business, Domain, DomainKind
from tenants.services import keys, provisioning

ClientFor = Callable[..., Client]


def ask(host: str, path: str = "/", method: str = "get", **headers: str) -> Any:
    """One request to a host as it was typed."""
    return getattr(Client(), method)(path, headers={"host": host, **headers})


@pytest.mark.parametrize(
    "host", ["acme.localhost", "ACME.LocalHost", "acme.localhost:8000", "acme.localhost.", "acme.localhost.:80"]
)
def test_hc177_a_host_is_normalised_first(db: None, host: str) -> None:
    assert ask(host).json()["business"] == "acme"


@pytest.mark.parametrize(
    "host",
    ["nobody.localhost", "127.0.0.1", "127.0.0.1:8000", "[::1]", "acme.localhost.evil.test", "a_b.localhost", "acme..localhost",
     "-acme.localhost", "acme.localhost:port", "acme@localhost", "acme localhost", "x" * 300, "", "b.acme.localhost"],
)  # fmt: skip
def test_hc177_an_unknown_host_is_404_and_never_a_default(db: None, host: str) -> None:
    response = ask(host, "/v1/public/business")
    assert response.status_code == 404
    assert response.json()["error"] == "unknown_host"


def test_an_unknown_host_has_a_page_for_people(db: None) -> None:
    response = ask("nobody.localhost")
    assert response.status_code == 404
    assert b"<h1" in response.content
    assert "Content-Security-Policy" in response.headers


def test_the_platform_host_has_no_business(db: None) -> None:
    assert ask("localhost", "/healthz").json() | {"session": False} == {
        "business": None, "schema": "public", "member": None, "session": False, "path": "/healthz",
    }  # fmt: skip


def test_health_is_answered_on_any_host(db: None) -> None:
    assert ask("10.0.0.7", "/healthz").status_code == 200


def test_the_schema_is_the_business_s_and_public_again_afterwards(db: None, other_business: Business) -> None:
    assert ask("zen.localhost").json()["schema"] == other_business.schema_name
    assert connection.schema_name == "public"  # type: ignore[attr-defined]


def test_hc163_after_a_failed_request_the_next_one_sees_only_its_own(
    business: Business, other_business: Business, client_for: ClientFor
) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    with pytest.raises(DataError), transaction.atomic():
        client_for("acme").get("/fail")
    assert connection.schema_name == "public"  # type: ignore[attr-defined]
    assert client_for("zen").get("/").json()["schema"] == other_business.schema_name
    assert current_schema(other_business) == other_business.schema_name


def current_schema(business: Business) -> str:
    """What PostgreSQL itself says."""
    connection.set_tenant(business)  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("select current_schema()")
        return str(cursor.fetchone()[0])


def test_hc165_caches_are_each_business_s_own(db: None, client_for: ClientFor) -> None:
    acme, zen = client_for("acme"), client_for("zen")
    for address in ("/cached", "/cached-page"):
        first, second = acme.get(address).content, zen.get(address).content
        assert b"acme" in first
        assert b"zen" in second
    connection.set_tenant(Business.objects.get(slug="acme"))  # type: ignore[attr-defined]
    cache.delete("greeting")
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    assert b"zen" in zen.get("/cached").content


def test_hc169_a_forwarded_host_is_never_read(db: None) -> None:
    response = Client().get("/", headers={"host": "acme.localhost", "x-forwarded-host": "zen.localhost"})
    assert response.json()["business"] == "acme"


# Old names and own domains


def test_an_old_slug_leads_to_the_present_one(business: Business) -> None:
    provisioning.rename(business, slug="acme-two")
    moved = ask("acme.localhost", "/book/cut/?date=2027-06-07")
    assert (moved.status_code, moved.headers["Location"]) == (
        301,
        "http://acme-two.localhost/book/cut/?date=2027-06-07",
    )
    assert ask("acme.localhost", "/book/cut/", "post").status_code == 308
    assert ask("acme-two.localhost").json()["business"] == "acme-two"


def test_a_custom_domain_routes_once_it_is_verified_and_shows_client_pages_only(business: Business) -> None:
    domain = Domain.objects.create(tenant=business, domain="book.acme.test", kind=DomainKind.CUSTOM, is_primary=False)
    assert ask("book.acme.test").status_code == 404
    domain.verified_at = timezone.now()
    domain.save()
    assert ask("book.acme.test").json()["business"] == "acme"
    for staff in ("/dashboard/", "/v1/tenant-admin/services", "/enter?code=x", "/leave"):
        assert ask("book.acme.test", staff).status_code == 404


# Keys


def test_a_publishable_key_names_the_business_on_the_platform_host(business: Business) -> None:
    _key, text = keys.make_publishable(business=business, name="site", by=None)
    found = ask("localhost", "/v1/public/services", **{"x-tenant-key": text}).json()
    assert (found["business"], found["schema"]) == ("acme", business.schema_name)


@pytest.mark.parametrize("key", [None, "pk_live_acme_wrong", "sk_live_x", "acme"])
def test_without_a_good_key_the_platform_s_public_api_is_401(db: None, key: str | None) -> None:
    headers = {"x-tenant-key": key} if key else {}
    assert ask("localhost", "/v1/public/services", **headers).status_code == 401


def test_hc161_a_key_of_one_business_on_another_s_host_is_401(business: Business, other_business: Business) -> None:
    _key, publishable = keys.make_publishable(business=business, name="site", by=None)
    _key, secret = keys.make_secret(business=business, name="backend", by=None)
    assert ask("acme.localhost", **{"x-tenant-key": publishable}).status_code == 200
    refused = ask("zen.localhost", "/v1/public/services", **{"x-tenant-key": publishable})
    assert (refused.status_code, refused.json()["error"]) == (401, "wrong_tenant_key")
    bearer = {"authorization": f"Bearer {secret}"}
    assert ask("zen.localhost", "/v1/tenant-admin/echo", **bearer).status_code == 401
    assert (
        ask("localhost", "/v1/tenant-admin/echo", **bearer, **{"x-tenant-key": zen_key(other_business)}).status_code
        == 401
    )


def zen_key(business: Business) -> str:
    return keys.make_publishable(business=business, name="site", by=None)[1]


def test_a_secret_key_names_the_business_on_the_platform_host(business: Business) -> None:
    _key, secret = keys.make_secret(business=business, name="backend", by=None)
    found = ask("localhost", "/v1/tenant-admin/echo", authorization=f"Bearer {secret}")
    assert found.json()["business"] == "acme"
    assert ask("localhost", "/v1/tenant-admin/echo").status_code == 401
    assert ask("localhost", "/v1/tenant-admin/echo", authorization="Bearer sk_live_wrong").status_code == 401


def test_a_revoked_key_opens_nothing(business: Business) -> None:
    key, text = keys.make_publishable(business=business, name="site", by=None)
    keys.revoke(key)
    assert ask("localhost", "/v1/public/services", **{"x-tenant-key": text}).status_code == 401


# Businesses that do not answer


@pytest.mark.parametrize("status", [BusinessStatus.PENDING, BusinessStatus.MAKING, BusinessStatus.FAILED])
def test_a_half_made_business_is_404(business: Business, status: BusinessStatus) -> None:
    Business.objects.filter(pk=business.pk).update(status=status)
    assert ask("acme.localhost").status_code == 404


def test_hc172_a_half_migrated_schema_is_not_served(business: Business) -> None:
    Business.objects.filter(pk=business.pk).update(schema_ready=False)
    response = ask("acme.localhost", "/v1/public/services")
    assert (response.status_code, response.json()["error"]) == (503, "business_updating")
    assert response.headers["Retry-After"] == "30"


def test_hc174_a_suspended_business_keeps_what_its_clients_have(business: Business) -> None:
    provisioning.suspend(business)
    for refused in ("/", "/book/cut/", "/v1/public/services", "/v1/public/business", "/a/ABCD1234/reschedule"):
        assert ask("acme.localhost", refused).status_code == 403, refused
    assert ask("acme.localhost", "/v1/public/holds", "post").json()["error"] == "business_suspended"
    assert b"not taking bookings" in ask("acme.localhost").content
    for open_ in ("/a/ABCD1234?t=x", "/a/ABCD1234.ics", "/v1/public/appointments/1", "/v1/webhooks/stripe"):
        assert ask("acme.localhost", open_).status_code == 200, open_
    assert ask("acme.localhost", "/a/ABCD1234/cancel", "post").status_code == 200
    assert ask("acme.localhost", "/v1/public/appointments/1/cancel", "post").status_code == 200
    assert ask("acme.localhost", "/v1/public/appointments/1/reschedule", "post").status_code == 403
    provisioning.resume(business)
    assert ask("acme.localhost").status_code == 200


# Cost


def test_client_pages_cost_no_session_and_one_look_up(
    business: Business, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    with django_assert_num_queries(2):  # SET search_path, domain with its business
        assert ask("acme.localhost").json()["session"] is False


def test_a_remembered_host_costs_no_query(
    business: Business, django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    settings.ROUTING_CACHE_SECONDS = 60.0
    routing.forget()
    ask("acme.localhost")
    with django_assert_num_queries(0):
        ask("acme.localhost")
    provisioning.suspend(business)
    assert ask("acme.localhost").status_code == 403
    routing.forget()


def test_what_a_request_changes_on_its_business_stays_in_that_request(business: Business, settings: Settings) -> None:
    settings.ROUTING_CACHE_SECONDS = 60.0
    routing.forget()
    first, second = routing.by_host("acme.localhost"), routing.by_host("acme.localhost")
    assert first
    assert second
    first.business.name = "changed"
    assert second.business.name == "Acme"
    routing.forget()


def test_strangers_cannot_fill_the_memory(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROUTING_CACHE_SECONDS = 60.0
    monkeypatch.setattr(routing, "MOST_REMEMBERED", 5)
    memory = routing.Memory(lambda _name: None)
    for number in range(50):
        memory.get(f"host{number}")
    assert len(memory._found) <= 5
