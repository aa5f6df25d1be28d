"""The settings' page on security, and two-step sign-in in the list of members."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from daybook.core.audit import entries
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import Studio

PAGE, NEED = "/dashboard/settings/security", "/dashboard/settings/security/two-steps"


def test_the_page_says_how_one_signs_in(studio: Studio, client_for: Callable[..., Any]) -> None:
    owner = studio.member("owner")
    client = make.sign_in(client_for(studio.business.slug), owner)
    page = client.get(PAGE).content.decode()
    assert "Whoever learns your password can sign in" in page
    assert "Without it: Owner." in page
    assert "http://localhost/accounts/sessions/" in page
    TOTP.activate(owner.user, generate_totp_secret())
    Authenticator.objects.create(user=owner.user, type=Authenticator.Type.WEBAUTHN, data={})
    page = client.get(PAGE).content.decode()
    assert "Authenticator app, 1 passkey" in page
    assert "All members have it." in page


def test_an_owner_may_need_two_steps_of_members(studio: Studio, client_for: Callable[..., Any]) -> None:
    owner = studio.member("owner")
    client = make.sign_in(client_for(studio.business.slug), owner)
    assert "You have none yourself" in client.get(PAGE).content.decode()
    TOTP.activate(owner.user, generate_totp_secret())
    assert "You have none yourself" not in client.get(PAGE).content.decode()
    for needed in ("1", "1", "0"):
        assert client.post(NEED, {"needed": needed}).status_code == 303
        assert Business.objects.get(pk=studio.business.pk).two_steps_needed is (needed == "1")
    lines = entries(studio.business.pk).filter(action="business.changed")
    assert [line.after for line in lines] == [{"two_steps_needed": False}, {"two_steps_needed": True}]


def test_an_owner_without_it_is_asked_first_and_gets_back_in(studio: Studio, client_for: Callable[..., Any]) -> None:
    owner = studio.member("owner")
    client = make.sign_in(client_for(studio.business.slug), owner)
    client.post(NEED, {"needed": "1"})
    assert client.get(PAGE).headers["Location"].endswith(f"/businesses/{studio.business.slug}/two-steps/")
    refused = client.get("/v1/tenant-admin/settings")
    assert (refused.status_code, refused.json()["error"]) == (403, "two_steps_needed")
    TOTP.activate(owner.user, generate_totp_secret())
    assert client.get(PAGE).status_code == 200
    assert client.get("/v1/tenant-admin/settings").status_code == 200


def test_only_an_owner_decides(studio: Studio, client_for: Callable[..., Any]) -> None:
    manager = studio.client(client_for, "manager")
    page = manager.get(PAGE).content.decode()
    assert "Only an owner can change this." in page
    assert NEED not in page
    assert manager.post(NEED, {"needed": "1"}).status_code == 403
    assert studio.client(client_for, "provider").get(PAGE).status_code == 403


def test_the_list_of_members_says_who_has_it(studio: Studio, client_for: Callable[..., Any]) -> None:
    manager = studio.member("manager")
    studio.member("provider")
    client = make.sign_in(client_for(studio.business.slug), manager)
    assert client.get("/dashboard/team/members/").content.decode().count("two-step sign-in off") == 2
    TOTP.activate(manager.user, generate_totp_secret())
    page = client.get("/dashboard/team/members/").content.decode()
    assert (page.count("two-step sign-in on"), page.count("two-step sign-in off")) == (1, 1)


def test_the_page_costs_the_same_with_many_members(
    studio: Studio, client_for: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    client = studio.client(client_for)
    with django_assert_max_num_queries(40) as few:
        client.get(PAGE)
    for number in range(30):
        make.make_member(studio.business, "front_desk", email=f"desk{number}@acme.test")
    with django_assert_max_num_queries(len(few.captured_queries)):
        page = client.get(PAGE).content.decode()
    assert "and 26 more" in page
