"""Own domains: nobody's until our file is found there, then client pages only; and the code to print."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from daybook.core.audit import entries
from daybook.core.errors import Invalid, TooManyRequests
from tenants import routing
from tenants.models import Business, Domain, DomainKind
from tenants.selectors import client_url
from tenants.services import domains
from tests import factories as make
from tests.conftest import Site

NewClient = Callable[..., Any]
SALON = "booking.salon.example"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What names of the outside world lead to: DNS, as far as this test goes."""
    known: dict[str, str] = {}
    real = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if str(host).endswith(".example") and host not in known:
            raise socket.gaierror
        return real(known.get(host, host), *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@pytest.fixture
def private(settings: Any) -> None:
    settings.OUTSIDE_PRIVATE_ALLOWED = True


def added(owner: Any, name: str = SALON) -> Domain:
    assert owner.post("/dashboard/settings/domains", {"domain": name}).status_code == 303
    found: Domain = Domain.objects.get(domain=SALON)
    return found


@pytest.mark.usefixtures("private")
def test_a_domain_leads_to_the_business_once_it_leads_to_us(
    site: Site, committed: Business, client_for: NewClient, names: dict[str, str]
) -> None:
    owner = make.sign_in(client_for("zen"), make.make_member(committed))
    domain = added(owner, f"https://{SALON.upper()}/book")
    check = f"/dashboard/settings/domains/{domain.pk}/"
    page = owner.post(f"{check}verify", follow=True).content.decode()
    assert "could not be reached" in page
    assert Client(headers={"host": SALON}).get("/").status_code == 404

    names[SALON] = "127.0.0.1"
    page = owner.post(f"{check}verify", follow=True).content.decode()
    assert f"{SALON} leads to your booking page now." in page
    routing.forget()
    visitor = Client(headers={"host": SALON})
    assert "Zen" in visitor.get("/").content.decode()
    assert visitor.get("/dashboard/").status_code == 404

    owner.post(f"{check}choose")
    assert client_url(committed).startswith(f"http://{SALON}")
    owner.post(f"{check}remove")
    routing.forget()
    assert client_url(committed) == site.url("zen")
    assert Domain.objects.get(domain="zen.localhost").is_primary
    assert Client(headers={"host": SALON}).get("/").status_code == 404
    done = [line.action for line in entries(committed.pk)]
    assert done == ["domain.removed", "domain.chosen", "domain.chosen", "domain.verified", "domain.added"]


def test_a_name_inside_our_network_is_never_asked(
    business: Business, client_for: NewClient, names: dict[str, str]
) -> None:
    owner = make.sign_in(client_for("acme"), make.make_member(business))
    names[SALON] = "127.0.0.1"
    domain = added(owner)
    page = owner.post(f"/dashboard/settings/domains/{domain.pk}/verify", follow=True).content.decode()
    assert "could not be reached" in page
    domain.refresh_from_db()
    assert domain.verified_at is None


def test_the_proof_is_of_one_host_and_one_claim(business: Business, client_for: NewClient) -> None:
    owner = make.sign_in(client_for("acme"), make.make_member(business))
    domain = added(owner)
    path = f"/.well-known/daybook-domain/{domain.token}"
    assert Client(headers={"host": SALON}).get(path).content.decode() == f"daybook-domain={domain.token}"
    for host, where in (
        (SALON, path[:-1]),
        ("other.example", path),
        (SALON, "/.well-known/daybook-domain/"),
        ("acme.localhost", path),
    ):
        assert Client(headers={"host": host}).get(where).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "",
        "salon",
        "zen.localhost",
        "localhost",
        "10.0.0.1",
        "a b.example",
        "-x.example",
        "x" * 290,
        "ex_ample.com",
        "xn--a.example",
    ],
)
def test_names_that_cannot_be_are_refused_where_they_were_typed(
    business: Business, client_for: NewClient, name: str
) -> None:
    owner = make.sign_in(client_for("acme"), make.make_member(business))
    answer = owner.post("/dashboard/settings/domains", {"domain": name})
    assert answer.status_code == 422
    assert not Domain.objects.filter(kind=DomainKind.CUSTOM).exists()


def test_a_claim_reserves_nothing_but_a_proof_does(
    business: Business, other_business: Business, client_for: NewClient
) -> None:
    mine = make.sign_in(client_for("acme"), make.make_member(business))
    theirs = make.sign_in(client_for("zen"), make.make_member(other_business))
    first = added(theirs)
    second = added(mine)
    assert (second.tenant_id, Domain.objects.filter(pk=first.pk).exists()) == (business.pk, False)
    Domain.objects.filter(pk=second.pk).update(verified_at="2027-01-01T00:00Z")
    assert theirs.post("/dashboard/settings/domains", {"domain": SALON}).status_code == 422
    assert theirs.post(f"/dashboard/settings/domains/{second.pk}/remove").status_code == 404


def test_nobody_has_us_ask_around(business: Business, names: dict[str, str]) -> None:
    assert SALON not in names
    claim = domains.add(business, SALON, by=make.STAFF)
    for _ in range(domains.ASKED_A_MINUTE * 2):
        try:
            domains.verify(business, claim, by=make.STAFF, now=make.at("2027-01-01T00:00Z"))
        except Invalid:
            continue
        except TooManyRequests:
            return
    pytest.fail("it was asked as often as somebody liked")


@pytest.mark.parametrize(("form", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_code_leads_to_the_booking_page(business: Business, client_for: NewClient, form: str, start: bytes) -> None:
    owner = make.sign_in(client_for("acme"), make.make_member(business))
    answer = owner.get(f"/dashboard/settings/qr.{form}?download")
    assert answer.content.startswith(start)
    assert answer["Content-Disposition"] == f'attachment; filename="acme.{form}"'
