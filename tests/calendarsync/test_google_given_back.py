"""Access that was granted and is not used: it is given back, unless that would take it from somebody else."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as django_connection
from django.db import transaction
from django_tenants.utils import tenant_context

from calendarsync.errors import AccessEnding, CodeRefused, NotGranted, VendorSilent
from calendarsync.gateways.google.account import GoogleAccount
from calendarsync.gateways.google.gateway import LIST, OWNED
from calendarsync.models import Connection
from calendarsync.services import connecting, parting
from daybook.core import grants, housekeeping
from daybook.core.models import Grant, GrantEnd
from daybook.sandbox.google.server import GoogleSandbox
from tenants.models import Business
from tests.calendarsync.calendar_world import ANA, Desk, connected, consented, desk
from tests.factories import STAFF, make_member, sign_in

connection: Any = django_connection  # django-tenants' methods have no types
TAKE_BACK = "myaccount.google.com"


def alive(google: GoogleSandbox) -> int:
    """How many grants still hold at Google."""
    return sum(grant.alive for grant in google.accounts.grants)


@pytest.fixture
def new(business: Business, google: GoogleSandbox) -> Desk:
    """A provider who is not connected yet."""
    return desk(business, google)


def test_a_partial_consent_is_given_back_where_the_account_is_known(new: Desk) -> None:
    with pytest.raises(NotGranted) as refused:
        new.connect(scopes={LIST})
    assert (alive(new.google), TAKE_BACK in refused.value.message) == (0, False)


def test_a_partial_consent_of_nobody_knows_whom_stays_and_the_page_says_so(
    new: Desk, client_for: Any, platform_client: Any
) -> None:
    owner = sign_in(client_for(new.business.slug), make_member(new.business))
    new.google.add_user(ANA)
    begun = owner.post(f"/dashboard/team/{new.provider.pk}/calendars/google/connect")
    back = consented(new.google, begun.headers["Location"], ANA, {OWNED})
    page = owner.get(platform_client.get("/calendars/google/callback", back).headers["Location"])
    assert (page.status_code, alive(new.google)) == (409, 1)
    assert TAKE_BACK in page.content.decode()


def test_a_partial_consent_for_an_account_in_use_ends_nobody_else_s(
    new: Desk, other_business: Business, google: GoogleSandbox
) -> None:
    with tenant_context(other_business):
        there = connected(other_business, google)
    with pytest.raises(NotGranted) as refused:
        new.connect(scopes={LIST})
    assert (alive(google), TAKE_BACK in refused.value.message) == (1, False)
    with tenant_context(other_business):
        assert there.connection.account == ANA


def test_google_falling_silent_after_the_exchange_leaves_the_grant_and_says_so(new: Desk) -> None:
    new.google.fail("reset", on="calendarList.list", times=5)
    with pytest.raises(VendorSilent) as refused:
        new.connect()
    assert (alive(new.google), TAKE_BACK in refused.value.message) == (1, True)


def test_a_revoke_that_fails_is_said(new: Desk) -> None:
    new.google.fail(on="oauth.revoke", status=503, times=5)
    with pytest.raises(NotGranted) as refused:
        new.connect(scopes={LIST})
    assert (alive(new.google), TAKE_BACK in refused.value.message) == (1, True)


def without_refresh_token(new: Desk) -> Connection:
    """Come back by a consent that was for online access only."""
    query = (
        f"client_id={new.google.client.client_id}&redirect_uri=http://localhost/calendars/google/callback"
        f"&response_type=code&scope={LIST}%20{OWNED}"
    )
    code = consented(new.google, f"https://g?{query}", ANA)["code"]
    return connecting.connect(
        business=new.business, provider_id=new.provider.pk, code=code, code_verifier="", by=STAFF, now=new.now
    )


def test_no_refresh_token_gives_the_access_back(new: Desk) -> None:
    with pytest.raises(CodeRefused) as refused:
        without_refresh_token(new)
    assert (alive(new.google), TAKE_BACK in refused.value.message, Connection.objects.count()) == (0, False, 0)


def test_no_refresh_token_for_an_account_in_use_ends_nobody_else_s(business: Business, google: GoogleSandbox) -> None:
    connected(business, google)
    with pytest.raises(CodeRefused):
        without_refresh_token(desk(business, google, name="Marco Vitale"))
    assert alive(google) == 1


def test_who_connects_while_the_account_is_given_back_is_asked_to_come_again(new: Desk) -> None:
    with grants.ending(vendor="google", account=ANA) as unused:
        assert unused
        with pytest.raises(AccessEnding):
            new.connect()
    assert (Connection.objects.count(), Grant.objects.count()) == (0, 0)
    assert new.connect().account == ANA


def test_tokens_that_came_before_a_revoke_are_not_kept(ana: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The former connection is left, and its worker revokes between the exchange and what follows it."""
    marco = desk(ana.business, ana.google, name="Marco Vitale")
    parting.leave(connection=ana.connection, events_go=False, now=ana.now)
    listed = GoogleAccount.calendars

    def overtaken(account: GoogleAccount) -> Any:
        found = listed(account)
        ana.drain()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(GoogleAccount, "calendars", overtaken)
        with pytest.raises(AccessEnding):
            marco.connect()
    assert (alive(ana.google), Connection.objects.count()) == (0, 0)
    marco.connect()
    assert alive(ana.google) == 1


def test_a_connection_made_in_time_keeps_the_worker_from_revoking(ana: Desk) -> None:
    marco = desk(ana.business, ana.google, name="Marco Vitale")
    parting.leave(connection=ana.connection, events_go=False, now=ana.now)
    marco.connect()
    ana.drain()
    assert (alive(ana.google), Connection.objects.get().provider_id) == (1, marco.provider.pk)


def test_one_gives_back_at_a_time_and_a_worker_that_died_is_followed(ana: Desk) -> None:
    parting.leave(connection=ana.connection, events_go=False, now=ana.now)
    with grants.ending(vendor="google", account=ANA) as unused:
        assert not unused
    Grant.objects.all().delete()
    with grants.ending(vendor="google", account=ANA):
        ana.drain()
        assert (alive(ana.google), Connection.objects.count()) == (1, 1)
    GrantEnd.objects.update(until=grants.moment())  # as if its lease had run out
    ana.drain()
    assert (alive(ana.google), Connection.objects.count()) == (0, 0)


def test_of_one_who_connects_and_one_who_gives_back_only_one_goes_on(committed: Business) -> None:
    outcomes: dict[str, bool] = {}
    ready = threading.Barrier(2)

    def connect(account: str) -> None:
        since = grants.moment()
        ready.wait()
        try:
            with transaction.atomic():
                grants.use(vendor="google", account=account, tenant_id=committed.pk, holder=uuid4(), since=since)
            outcomes["connected"] = True
        except grants.Ending:
            outcomes["connected"] = False

    def give_back(account: str) -> None:
        ready.wait()
        with grants.ending(vendor="google", account=account) as unused:
            outcomes["given back"] = unused

    def run(work: Callable[[str], None], account: str) -> None:
        connection.set_tenant(committed)
        try:
            work(account)
        finally:
            connection.close()

    for number in range(20):
        account = f"{number}@gmail.example"
        threads = [threading.Thread(target=run, args=(work, account)) for work in (connect, give_back)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes["connected"] != outcomes["given back"]


def test_marks_of_access_given_back_are_forgotten(ana: Desk) -> None:
    parting.leave(connection=ana.connection, events_go=False, now=ana.now)
    ana.drain()
    assert GrantEnd.objects.count() == 1
    GrantEnd.objects.update(until=grants.moment() - housekeeping.KEEP_KEYS)
    housekeeping.sweep()
    assert GrantEnd.objects.count() == 0
