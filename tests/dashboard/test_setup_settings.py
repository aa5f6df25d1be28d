"""Settings, people who may sign in, keys, and the first minutes of a business: success, then each refusal."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from scheduling.models import Service
from scheduling.selectors.hours import rules_of
from tenants.enums import Role
from tenants.models import ApiKey, Business, Invitation
from tenants.services import members as people
from tenants.services import provisioning
from tests import factories as make
from tests.conftest import HostClient
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]


@pytest.fixture
def owner(studio: Studio, client_for: NewClient) -> Any:
    return studio.client(client_for)


ABOUT = {"name": "Harbor & Pine", "tagline": "Massage", "email": "Hello@Pine.test", "phone": "207 555 0123",
         "country": "US", "timezone": "Europe/Berlin", "locale": "en", "website": ""}  # fmt: skip


def test_the_business_is_described(studio: Studio, owner: Any) -> None:
    assert owner.post("/dashboard/settings/", ABOUT).status_code == 303
    studio.business.refresh_from_db()
    kept = studio.business
    assert (kept.name, kept.email, kept.phone, kept.timezone) == (
        "Harbor & Pine", "hello@pine.test", "+12075550123", "Europe/Berlin",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("email", "nowhere"), ("phone", "1"), ("website", "ftp://x.test"), ("timezone", "Mars/Base")],
)
def test_a_refused_description_changes_nothing(studio: Studio, owner: Any, field: str, value: str) -> None:
    answer = owner.post("/dashboard/settings/", {**ABOUT, field: value})
    assert answer.status_code == 422
    assert "data-error-summary" in answer.content.decode()
    assert Business.objects.get(pk=studio.business.pk).name == studio.business.name


RULES = {"hold_minutes": "15", "cancel_cutoff_minutes": "1 d", "reschedule_cutoff_minutes": "4 h",
         "complete_after_minutes": "12 h", "reminders": "2 d, 90", "policy_text": "Be kind."}  # fmt: skip


def test_booking_rules_are_typed_as_lengths_of_time(studio: Studio, owner: Any) -> None:
    page = owner.get("/dashboard/settings/booking").content.decode()
    assert 'value="24 h, 60 min"' in page
    assert owner.post("/dashboard/settings/booking", RULES).status_code == 303
    kept = Business.objects.get(pk=studio.business.pk)
    assert (kept.hold_minutes, kept.cancel_cutoff_minutes, kept.reminder_minutes) == (15, 1440, [2880, 90])
    owner.post("/dashboard/settings/booking", {**RULES, "reminders": ""})
    assert Business.objects.get(pk=studio.business.pk).reminder_minutes == [0]
    for field, value in [("hold_minutes", "2 h"), ("reminders", "often"), ("cancel_cutoff_minutes", "")]:
        assert owner.post("/dashboard/settings/booking", {**RULES, field: value}).status_code == 422


def test_the_look_is_previewed_and_kept(studio: Studio, owner: Any) -> None:
    preview = owner.get("/dashboard/settings/look/preview?brand_color=%23ffd400").content.decode()
    assert "--brand:#ffd400" in preview
    assert owner.get("/dashboard/settings/look/preview?brand_color=red").status_code == 200
    sent = {"brand_color": "#ffd400", "theme": "auto"}
    assert owner.post("/dashboard/settings/look", sent).status_code == 303
    kept = Business.objects.get(pk=studio.business.pk)
    assert (kept.brand_color, kept.theme) == ("#ffd400", "auto")
    assert owner.post("/dashboard/settings/look", {**sent, "brand_color": "yellow"}).status_code == 422


def test_another_address_leaves_the_old_one_leading_there(
    studio: Studio, other_business: Business, owner: Any, client_for: NewClient
) -> None:
    for slug in ("zen", "Admin", "-x-", "a"):
        assert owner.post("/dashboard/settings/address", {"slug": slug}).status_code == 422
    answer = owner.post("/dashboard/settings/address", {"slug": "Harbor-Pine"})
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/go/harbor-pine/?next=/dashboard/settings/address")
    moved = client_for("acme").get("/book/x/")
    assert moved.status_code == 301
    assert "//harbor-pine." in moved.headers["Location"]


def test_the_currency_stays_once_something_has_a_price(studio: Studio, owner: Any) -> None:
    assert "cannot be changed" in owner.get("/dashboard/settings/currency").content.decode()
    assert owner.post("/dashboard/settings/currency", {"currency": "eur"}).status_code == 409
    Service.objects.update(price=0)
    assert owner.post("/dashboard/settings/currency", {"currency": "xyz"}).status_code == 422
    assert owner.post("/dashboard/settings/currency", {"currency": "eur"}).status_code == 303
    assert Business.objects.get(pk=studio.business.pk).currency == "eur"


def test_the_businesss_policy(studio: Studio, owner: Any) -> None:
    page = owner.get("/dashboard/settings/policy").content.decode()
    assert 'value="48"' in page
    assert "$50.00 goes back" in page
    assert owner.post("/dashboard/settings/policy", {"hours-0": "24", "percent-0": "0"}).status_code == 303
    assert "Free up to 24 h before the start" in owner.get("/dashboard/settings/policy").content.decode()
    twice = {"hours-0": "24", "percent-0": "0", "hours-1": "24", "percent-1": "50"}
    assert owner.post("/dashboard/settings/policy", twice).status_code == 422


def test_a_secret_key_is_shown_once(studio: Studio, owner: Any) -> None:
    page = owner.post("/dashboard/settings/keys", {"name": "Site", "kind": "secret-read"}).content.decode()
    found = re.search(r"sk_live_[\w-]{30,}", page)
    assert found
    assert found.group(0) not in owner.get("/dashboard/settings/keys").content.decode()
    (key,) = ApiKey.objects.filter(business=studio.business, name="Site")
    assert key.scopes == ["read"]
    assert owner.post(f"/dashboard/settings/keys/{key.pk}/revoke").status_code == 303
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert owner.post("/dashboard/settings/keys", {"name": "", "kind": "publishable"}).status_code == 422


def test_a_form_that_is_sent_again_makes_no_second_key(studio: Studio, owner: Any) -> None:
    page = owner.get("/dashboard/settings/keys").content.decode()
    sent = {"name": "Site", "kind": "secret-write", "key_id": re.findall(r'name="key_id" value="([^"]+)"', page)[0]}
    first = owner.post("/dashboard/settings/keys", sent)
    assert (first.status_code, "sk_live_" in first.content.decode()) == (200, True)
    assert sent["key_id"] not in re.findall(r'name="key_id" value="([^"]+)"', first.content.decode())

    again = owner.post("/dashboard/settings/keys", sent)
    assert (again.status_code, again["Location"]) == (303, "/dashboard/settings/keys")
    assert "This key was made already" in owner.get("/dashboard/settings/keys").content.decode()
    assert ApiKey.objects.filter(business=studio.business, name="Site").count() == 1


def test_somebody_is_invited_again_and_taken_back(studio: Studio, owner: Any) -> None:
    sent = {"email": "new@people.test", "role": "front_desk", "provider": ""}
    assert owner.post("/dashboard/team/members/invite", sent).status_code == 303
    first = Invitation.objects.get(email="new@people.test")
    assert owner.post(f"/dashboard/team/invitations/{first.pk}/resend").status_code == 303
    second = Invitation.objects.get(email="new@people.test")
    assert second.token_digest != first.token_digest
    assert owner.post(f"/dashboard/team/invitations/{second.pk}/withdraw").status_code == 303
    assert not Invitation.objects.exists()
    assert owner.post(f"/dashboard/team/invitations/{second.pk}/withdraw").status_code == 404
    known = studio.member("manager").user.email
    assert owner.post("/dashboard/team/members/invite", {**sent, "email": known}).status_code == 422
    assert owner.post("/dashboard/team/members/invite", {**sent, "role": "provider"}).status_code == 422


def test_a_member_becomes_a_provider_and_the_last_owner_stays(studio: Studio, client_for: NewClient) -> None:
    boss = studio.member("owner")
    owner = make.sign_in(client_for("acme"), boss)
    bob = studio.member("front_desk")
    address = f"/dashboard/team/members/{bob.pk}/"
    assert owner.post(address, {"role": "provider", "provider": str(studio.ana.pk)}).status_code == 303
    bob.refresh_from_db()
    assert (bob.role, bob.provider_id) == (Role.PROVIDER, studio.ana.pk)
    refused = owner.post(f"/dashboard/team/members/{boss.pk}/", {"role": "manager", "provider": ""})
    assert refused.status_code == 422
    assert "A business needs an owner" in refused.content.decode()
    assert owner.post(f"/dashboard/team/members/{boss.pk}/switch", {"active": "0"}).status_code == 409
    assert owner.post(f"/dashboard/team/members/{bob.pk}/switch", {"active": "0"}).status_code == 303
    bob.refresh_from_db()
    assert bob.active is False
    assert owner.post(f"/dashboard/team/members/{bob.pk}/switch?active=1").status_code == 303
    bob.refresh_from_db()
    assert bob.active is True


def test_a_manager_neither_makes_nor_changes_owners(studio: Studio, client_for: NewClient) -> None:
    boss = studio.member("owner")
    manager = studio.client(client_for, "manager")
    sent = {"email": "x@people.test", "role": "owner", "provider": ""}
    assert manager.post("/dashboard/team/members/invite", sent).status_code == 422
    assert manager.post(f"/dashboard/team/members/{boss.pk}/switch", {"active": "0"}).status_code == 403
    boss.refresh_from_db()
    assert boss.active is True


def test_a_suspended_business_shows_its_set_up_and_changes_nothing(studio: Studio, owner: Any) -> None:
    provisioning.suspend(studio.business, reason="Unpaid plan.")
    page = owner.get("/dashboard/services/")
    assert page.status_code == 200
    assert "This business is paused" in page.content.decode()
    assert owner.post("/dashboard/settings/", ABOUT).status_code == 403


@pytest.fixture
def newcomer(business: Business, client_for: NewClient, clock: Callable[[str], None]) -> HostClient:
    """The owner of a business with one provider and nothing else."""
    clock("2027-06-09T15:00:00+00:00")
    client: HostClient = make.sign_in(client_for("acme"), make.make_member(business))
    return client


def test_three_steps_make_a_business_bookable(business: Business, newcomer: HostClient) -> None:
    make.make_provider(business, "Rosa")
    assert "What can clients book?" in newcomer.get("/dashboard/welcome").content.decode()
    refused = newcomer.post("/dashboard/welcome?step=service", {"name": "", "duration_minutes": "60"})
    assert refused.status_code == 422
    made = newcomer.post("/dashboard/welcome?step=service", {"name": "Cut", "duration_minutes": "45", "price": "30"})
    assert made.headers["Location"] == "/dashboard/welcome?step=hours"
    assert "When are you open?" in newcomer.get("/dashboard/welcome").content.decode()
    late = newcomer.post("/dashboard/welcome?step=hours", {"days": ["1", "2"], "start": "9", "end": "23:59"})
    assert late.status_code == 422
    newcomer.post("/dashboard/welcome?step=hours", {"days": ["1", "2"], "start": "9", "end": "17:30"})
    assert [(rule.weekday, rule.start_minute, rule.end_minute) for rule in rules_of()] == [
        (1, 540, 1050),
        (2, 540, 1050),
    ]
    assert "Your booking page is open" in newcomer.get("/dashboard/welcome").content.decode()
    booking_page = newcomer.get("/", follow=True)
    assert "Cut" in booking_page.content.decode()


def test_steps_are_left_for_later_and_stay_on_the_checklist(business: Business, newcomer: HostClient) -> None:
    for step in ("service", "hours"):
        assert newcomer.post(f"/dashboard/welcome?step={step}", {"skip": "1"}).status_code == 303
    page = newcomer.get("/dashboard/welcome").content.decode()
    assert "Almost there" in page
    assert Business.objects.get(pk=business.pk).onboarding == {"skipped_service": True, "skipped_hours": True}
    assert "Add your first service" in newcomer.get("/dashboard/").content.decode()


def test_an_invitation_of_another_business_does_not_exist(studio: Studio, other_business: Business, owner: Any) -> None:
    by = make.make_member(other_business, "owner")
    theirs, _token = people.invite(business=other_business, email="a@people.test", role=Role.MANAGER, by=by)
    assert owner.post(f"/dashboard/team/invitations/{theirs.pk}/withdraw").status_code == 404
    assert Invitation.objects.filter(pk=theirs.pk).exists()
