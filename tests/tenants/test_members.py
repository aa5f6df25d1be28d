"""Inviting, roles, leaving; keys of a business."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from daybook.core.errors import Conflict, Forbidden, Invalid, NotFound
from daybook.core.outbox import relay
from tenants.enums import RIGHTS, Right, Role
from tenants.models import ApiKey, Business, Invitation, Membership, User
from tenants.selectors import require
from tenants.services import keys, members
from tests.tenants.people import PASSWORD, member, person, sign_in


def test_an_invitation_is_a_mail_with_a_link(business: Business) -> None:
    alice = member(business, "alice")
    _invitation, token = members.invite(business=business, email="Dora@People.test", role=Role.MANAGER, by=alice)
    relay.drain(now=timezone.now())
    (message,) = mail.outbox
    assert message.to == ["dora@people.test"]
    assert f"http://localhost/invitations/{token}/" in message.body
    assert token not in str(Invitation.objects.values())


def test_a_new_person_accepts_with_name_and_password(business: Business, platform_client: Client) -> None:
    alice = member(business, "alice")
    _invitation, token = members.invite(business=business, email="dora@people.test", role=Role.FRONT_DESK, by=alice)
    page = platform_client.get(f"/invitations/{token}/")
    assert b'name="password"' in page.content
    assert not Membership.objects.filter(user__email="dora@people.test").exists()
    weak = platform_client.post(f"/invitations/{token}/", {"name": "Dora", "password": "short"})
    assert weak.status_code == 422
    accepted = platform_client.post(f"/invitations/{token}/", {"name": "Dora", "password": PASSWORD})
    assert accepted.headers["Location"].startswith("http://acme.localhost/enter?code=")
    assert Membership.objects.get(user__email="dora@people.test").role == Role.FRONT_DESK
    assert platform_client.get(f"/invitations/{token}/").status_code == 404


def test_a_known_person_signs_in_and_accepts(business: Business, platform_client: Client) -> None:
    alice, dora = member(business, "alice"), person("dora")
    _invitation, token = members.invite(business=business, email=dora.email, role=Role.PROVIDER, by=alice)
    assert b"/accounts/login/?next=/invitations/" in platform_client.get(f"/invitations/{token}/").content
    assert platform_client.post(f"/invitations/{token}/", {"name": "X", "password": PASSWORD}).status_code == 200
    assert not Membership.objects.filter(user=dora).exists()
    sign_in(platform_client, "dora")
    platform_client.post(f"/invitations/{token}/")
    assert Membership.objects.get(user=dora).role == Role.PROVIDER


def test_an_invitation_is_for_one_person(business: Business, platform_client: Client) -> None:
    alice = member(business, "alice")
    person("charlie")
    _invitation, token = members.invite(business=business, email="dora@people.test", role=Role.MANAGER, by=alice)
    sign_in(platform_client, "charlie")
    assert platform_client.post(f"/invitations/{token}/").status_code == 403
    assert not Membership.objects.filter(user__email="charlie@people.test").exists()


def test_an_invitation_works_once_and_for_a_week(business: Business) -> None:
    alice, dora = member(business, "alice"), person("dora")
    invitation, token = members.invite(business=business, email=dora.email, role=Role.MANAGER, by=alice)
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False), pytest.raises(NotFound):
        members.open_invitation(token)
    members.accept(invitation, user=dora)
    with pytest.raises(NotFound):
        members.accept(invitation, user=dora)


def test_inviting_again_replaces_the_first_link(business: Business) -> None:
    alice = member(business, "alice")
    _first, old = members.invite(business=business, email="dora@people.test", role=Role.MANAGER, by=alice)
    _second, new = members.invite(business=business, email="dora@people.test", role=Role.PROVIDER, by=alice)
    with pytest.raises(NotFound):
        members.open_invitation(old)
    assert members.open_invitation(new).role == Role.PROVIDER


def test_members_are_not_invited_again(business: Business) -> None:
    alice = member(business, "alice")
    with pytest.raises(Conflict):
        members.invite(business=business, email="ALICE@people.test", role=Role.MANAGER, by=alice)


def test_only_owners_make_owners(business: Business) -> None:
    member(business, "alice")
    bob = member(business, "bob", Role.MANAGER)
    with pytest.raises(Forbidden):
        members.invite(business=business, email="dora@people.test", role=Role.OWNER, by=bob)
    with pytest.raises(Forbidden):
        members.change_role(bob, role=Role.OWNER, by=bob)
    with pytest.raises(Forbidden):
        members.deactivate(Membership.objects.get(user__email="alice@people.test"), by=bob)


def test_the_last_owner_stays(business: Business) -> None:
    alice = member(business, "alice")
    with pytest.raises(Conflict, match="needs an owner"):
        members.deactivate(alice, by=alice)
    with pytest.raises(Conflict, match="needs an owner"):
        members.change_role(alice, role=Role.MANAGER, by=alice)
    second = member(business, "dora")
    members.deactivate(alice, by=second)
    assert not Membership.objects.get(pk=alice.pk).active


def test_an_unfinished_sign_up_does_not_stand_in_the_way(business: Business, platform_client: Client) -> None:
    from tenants.services import provisioning
    from tenants.services.people import make_person

    stranger = make_person(email="dora@people.test", password="of-a-stranger-xyz", verified=False)
    provisioning.reserve(provisioning.Details("Theirs", "theirs-shop"), owner=stranger)
    alice = member(business, "alice")
    _invitation, token = members.invite(business=business, email="dora@people.test", role=Role.MANAGER, by=alice)
    platform_client.post(f"/invitations/{token}/", {"name": "Dora", "password": PASSWORD})
    dora = User.objects.get(email="dora@people.test")
    assert dora.check_password(PASSWORD)
    assert not Business.objects.filter(slug="theirs-shop").exists()


# Rights


def test_rights_grow_with_the_role() -> None:
    assert RIGHTS[Role.OWNER] == frozenset(Right)
    assert Right.CHANGE_KEYS not in RIGHTS[Role.MANAGER]
    assert RIGHTS[Role.PROVIDER] < RIGHTS[Role.MANAGER]
    assert Right.CHANGE_SETUP not in RIGHTS[Role.FRONT_DESK]


def test_a_door_names_the_right_it_needs(business: Business) -> None:
    bob = member(business, "bob", Role.FRONT_DESK)
    assert require(bob, Right.SEE_CLIENTS) == bob
    with pytest.raises(Forbidden):
        require(bob, Right.CHANGE_SETTINGS)
    with pytest.raises(NotFound):
        require(None, Right.SEE_CLIENTS)


# Keys


def test_keys_are_kept_as_digests(business: Business) -> None:
    publishable, public_text = keys.make_publishable(business=business, name="site", by=None)
    secret, secret_text = keys.make_secret(business=business, name="backend", by=None)
    assert public_text.startswith("pk_live_acme_")
    assert publishable.prefix == public_text
    assert secret_text not in str(list(ApiKey.objects.values()))
    assert secret.prefix == secret_text[:14]
    assert keys.authenticate(secret_text) == secret
    assert keys.authenticate(public_text) is None
    assert keys.authenticate(secret_text + "x") is None


def test_a_revoked_secret_opens_nothing(business: Business) -> None:
    secret, text = keys.make_secret(business=business, name="backend", by=None)
    keys.revoke(secret)
    assert keys.authenticate(text) is None


def test_the_use_of_a_key_is_noted_once_a_minute(business: Business) -> None:
    secret, text = keys.make_secret(business=business, name="backend", by=None)
    keys.authenticate(text)
    seen = ApiKey.objects.get(pk=secret.pk).last_used_at
    assert seen is not None
    keys.authenticate(text)
    assert ApiKey.objects.get(pk=secret.pk).last_used_at == seen


def test_a_read_key_changes_nothing(business: Business) -> None:
    _key, text = keys.make_secret(business=business, name="reports", by=None, scopes=["read"])
    client = Client(headers={"host": "acme.localhost", "authorization": f"Bearer {text}"})
    assert client.get("/v1/tenant-admin/echo").json()["actor"] == "api_key"
    assert client.post("/v1/tenant-admin/echo").status_code == 403
    assert client.get("/v1/tenant-admin/people").status_code == 403


def test_unknown_scopes_are_refused(business: Business) -> None:
    for scopes in ([], ["everything"]):
        with pytest.raises(Invalid):
            keys.make_secret(business=business, name="x", by=None, scopes=scopes)
