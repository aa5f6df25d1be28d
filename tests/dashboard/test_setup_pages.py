"""Who may open which page of the set-up; what is of another business, or nobody's, is not there."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from tenants.models import Business
from tenants.services import keys
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
SETUP = [
    "services/",
    "services/new",
    "services/categories/",
    "team/",
    "team/new",
    "availability/business",
    "availability/days/",
    "availability/why",
    "settings/",
    "settings/booking",
    "settings/policy",
    "settings/look",
    "settings/look/preview?brand_color=%23ffd400",
    "settings/address",
    "settings/security",
    "settings/currency",
    "team/members/",
    "team/members/invite",
    "welcome",
]


@pytest.mark.parametrize("path", [*SETUP, "settings/keys"])
def test_the_owner_opens_every_page(studio: Studio, client_for: NewClient, path: str) -> None:
    assert studio.client(client_for).get(f"/dashboard/{path}").status_code == 200


@pytest.mark.parametrize("path", SETUP)
def test_front_desk_opens_none(studio: Studio, client_for: NewClient, path: str) -> None:
    assert studio.client(client_for, "front_desk").get(f"/dashboard/{path}").status_code == 403


def test_keys_are_the_owners_alone(studio: Studio, client_for: NewClient) -> None:
    manager = studio.client(client_for, "manager")
    assert manager.get("/dashboard/settings/keys").status_code == 403
    assert manager.get("/dashboard/settings/").status_code == 200


def test_a_provider_keeps_to_their_own_hours(studio: Studio, client_for: NewClient) -> None:
    ana = studio.client(client_for, "provider", provider=studio.ana)
    own, other = (f"/dashboard/availability/providers/{p.pk}/" for p in (studio.ana, studio.marco))
    assert ana.get("/dashboard/availability/").headers["Location"] == own
    assert ana.get(own).status_code == 200
    assert ana.get("/dashboard/availability/days/").status_code == 200
    assert ana.get(other).status_code == 403
    assert ana.post(other, {"own": "0"}).status_code == 403
    assert ana.get("/dashboard/availability/business").status_code == 403
    assert ana.get(f"/dashboard/availability/services/{studio.massage.pk}/").status_code == 403


PARTS = [
    "services/{service}/",
    "services/{service}/policy",
    "services/{service}/delete",
    "team/{provider}/",
    "team/{provider}/delete",
    "availability/providers/{provider}/",
    "availability/services/{service}/",
    "availability/providers/{provider}/services/{service}/",
]


@pytest.mark.parametrize("path", PARTS)
def test_what_is_of_another_business_does_not_exist(
    studio: Studio, other_business: Business, client_for: NewClient, path: str
) -> None:
    with tenant_context(other_business):
        theirs = make.make_provider(other_business, "Zoe")
        ids = {"provider": theirs.pk, "service": make.make_service(other_business, providers=[theirs]).pk}
    owner = studio.client(client_for)
    mine = {"provider": studio.ana.pk, "service": studio.massage.pk}
    assert owner.get(f"/dashboard/{path}".format(**mine)).status_code == 200
    foreign, nobodys = (
        owner.get(f"/dashboard/{path}".format(**some)) for some in (ids, {"provider": uuid4(), "service": uuid4()})
    )
    assert (foreign.status_code, nobodys.status_code) == (404, 404)


def test_another_businesss_members_and_keys_do_not_exist(
    studio: Studio, other_business: Business, client_for: NewClient
) -> None:
    theirs = make.make_member(other_business, "owner")
    key, _text = keys.make_publishable(business=other_business, name="Site", by=None)
    owner = studio.client(client_for)
    assert owner.get(f"/dashboard/team/members/{theirs.pk}/").status_code == 404
    assert owner.post(f"/dashboard/team/members/{theirs.pk}/switch", {"active": "0"}).status_code == 404
    assert owner.post(f"/dashboard/settings/keys/{key.pk}/revoke").status_code == 404
    theirs.refresh_from_db()
    key.refresh_from_db()
    assert (theirs.active, key.revoked_at) == (True, None)


def test_setup_pages_do_not_ask_the_database_more_for_more_rows(studio: Studio, client_for: NewClient) -> None:
    owner = studio.client(client_for)

    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(path).status_code == 200
        return len(queries)

    paths = ["/dashboard/services/", "/dashboard/team/", "/dashboard/team/members/"]
    before = [count(path) for path in paths]
    for number in range(3):
        person = make.make_provider(studio.business, f"Person {number}")
        make.make_service(studio.business, f"Service {number}", providers=[person, studio.ana])
        studio.member("provider", email=f"p{number}@acme.test", provider=person)
    assert [count(path) for path in paths] == before
