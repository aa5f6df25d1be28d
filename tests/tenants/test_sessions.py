"""Where people are signed in: what they are told of it, and how a session ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from daybook.core.audit import entries
from daybook.core.outbox import relay
from tenants.domain.devices import Device, device, network
from tenants.enums import Role
from tenants.models import Business, HandoffCode, Membership, SignIn, User
from tenants.selectors import sign_ins
from tenants.services import handoff, members, sessions
from tests.conftest import HostClient
from tests.tenants.people import PASSWORD, enter, follow_to, member, person, sign_in

ClientFor = Callable[..., Client]
LAPTOP = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
LAPTOP_UPDATED = LAPTOP.replace("140", "141")
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"
    " Mobile/15E148 Safari/604.1"
)
NEW = "another-long-secret"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (LAPTOP, Device("Chrome", "Windows")),
        (PHONE, Device("Safari", "iPhone")),
        (LAPTOP.replace("Safari/537.36", "Safari/537.36 Edg/140.0"), Device("Edge", "Windows")),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Device("Firefox", "Linux")),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
         Device("Chrome", "Android")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", Device("Safari", "Mac")),
        ("curl/8.0", Device("", "")),
        ("", Device("", "")),
    ],
)  # fmt: skip
def test_a_browser_in_plain_words(agent: str, expected: Device) -> None:
    assert device(agent) == expected


def test_addresses_of_one_neighbourhood() -> None:
    assert network("198.51.100.7") == network("198.51.100.200") != network("198.51.101.7")
    assert network("2001:db8:1:2::1") == network("2001:db8:1:9::5") != network("2001:db8:2::1")


class Cast:
    """Alice, owner of acme, with a laptop and a phone; each is signed in on the platform and on acme's host."""

    def __init__(self, business: Business, client_for: ClientFor) -> None:
        self.member = member(business, "alice")
        self.user = self.member.user
        self.laptop, self.laptop_there = self._device(client_for, LAPTOP, "198.51.100.7")
        self.phone, self.phone_there = self._device(client_for, PHONE, "203.0.113.9")

    def _device(self, client_for: ClientFor, agent: str, address: str) -> tuple[Client, Client]:
        facts = {"HTTP_USER_AGENT": agent, "REMOTE_ADDR": address}
        platform, there = HostClient("localhost", **facts), client_for("acme")
        there.defaults.update(facts)
        sign_in(platform, "alice")
        enter(platform, there, "acme")
        return platform, there

    def present(self) -> dict[str, bool]:
        """Who still gets in."""
        return {
            "laptop": self.laptop.get("/businesses/").status_code == 200,
            "laptop there": self.laptop_there.get("/dashboard/").status_code == 200,
            "phone": self.phone.get("/businesses/").status_code == 200,
            "phone there": self.phone_there.get("/dashboard/").status_code == 200,
        }


@pytest.fixture
def cast(business: Business, client_for: ClientFor) -> Cast:
    return Cast(business, client_for)


EVERYWHERE = {"laptop": True, "laptop there": True, "phone": True, "phone there": True}
ONLY_LAPTOP = {**EVERYWHERE, "phone": False, "phone there": False}


def of(user: User, agent: str, *, there: bool = False) -> SignIn:
    return SignIn.objects.get(user=user, agent=agent, business__isnull=not there)


def end(client: Client, which: Any) -> Any:
    return client.post("/accounts/sessions/end", {"which": str(which)})


def test_the_page_says_where_one_is_signed_in(cast: Cast) -> None:
    page = cast.laptop.get("/accounts/sessions/").content.decode()
    for words in ("Chrome on Windows", "Safari on iPhone", "198.51.100.7", "203.0.113.9", "Acme", "in use now"):
        assert words in page
    assert page.count("This device") == 1
    assert page.index("Chrome on Windows") < page.index("Safari on iPhone"), "the present one comes first"
    assert cast.present() == EVERYWHERE


def test_another_s_sessions_are_not_on_it(cast: Cast, platform_client: Client) -> None:
    person("dora")
    sign_in(platform_client, "dora")
    page = platform_client.get("/accounts/sessions/").content.decode()
    assert "198.51.100.7" not in page
    assert "nowhere else" in page
    assert end(platform_client, of(cast.user, PHONE).pk).status_code == 303
    assert cast.present() == EVERYWHERE


def test_signing_a_device_out_ends_the_businesses_opened_there(cast: Cast) -> None:
    gone = of(cast.user, PHONE)
    answer = end(cast.laptop, gone.pk)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/accounts/sessions/")
    assert cast.present() == ONLY_LAPTOP
    assert not Session.objects.filter(session_key=gone.session_key).exists()
    assert "Safari on iPhone" not in cast.laptop.get("/accounts/sessions/").content.decode()
    assert end(cast.laptop, gone.pk).status_code == 303, "what has ended before is no error"


def test_a_business_s_session_ends_alone(cast: Cast) -> None:
    end(cast.laptop, of(cast.user, PHONE, there=True).pk)
    assert cast.present() == {**EVERYWHERE, "phone there": False}


def test_signing_out_everywhere_else_keeps_this_device(cast: Cast) -> None:
    end(cast.laptop, "others")
    assert cast.present() == ONLY_LAPTOP
    (line,) = entries(cast.member.business_id).filter(action="member.signed_out")
    assert (line.actor_name, line.address) == ("Alice", "198.51.100.7")


def test_one_may_end_the_present_session(cast: Cast) -> None:
    assert end(cast.laptop, of(cast.user, LAPTOP).pk).headers["Location"] == "/accounts/login/"
    assert cast.present() == {**EVERYWHERE, "laptop": False, "laptop there": False}


@pytest.mark.parametrize("which", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_session_changes_nothing(cast: Cast, which: str) -> None:
    assert end(cast.laptop, which).status_code == 303
    assert cast.present() == EVERYWHERE


def test_ending_is_by_post_with_the_token_only(cast: Cast) -> None:
    assert cast.laptop.get("/accounts/sessions/end").status_code == 405
    strict = HostClient("localhost", enforce_csrf_checks=True)
    strict.cookies = cast.laptop.cookies
    assert end(strict, "others").status_code == 403
    assert cast.present() == EVERYWHERE


def test_signing_out_on_the_platform_ends_the_businesses_opened_from_it(cast: Cast) -> None:
    cast.laptop.post("/accounts/logout/")
    assert cast.present() == {**EVERYWHERE, "laptop": False, "laptop there": False}


def test_leaving_a_business_s_host_is_listed_no_more(cast: Cast) -> None:
    cast.laptop_there.post("/leave")
    assert of(cast.user, LAPTOP, there=True).ended_at is not None
    assert of(cast.user, LAPTOP).ended_at is None


def test_a_code_of_an_ended_session_opens_nothing(cast: Cast, client_for: ClientFor) -> None:
    location = cast.phone.get("/go/acme/").headers["Location"]
    end(cast.laptop, "others")
    late = client_for("acme")
    assert follow_to(late, location).headers["Location"] == "http://localhost/businesses/"
    assert late.get("/dashboard/").status_code == 302
    assert HandoffCode.objects.filter(origin=of(cast.user, PHONE)).exists()


def test_a_business_s_session_lives_no_longer_than_its_origin(cast: Cast) -> None:
    keys = (of(cast.user, LAPTOP).session_key, of(cast.user, LAPTOP, there=True).session_key)
    origin, there = (Session.objects.get(session_key=key).expire_date for key in keys)
    assert abs(there - origin) < timedelta(seconds=2)


def test_a_changed_password_ends_every_other_session(cast: Cast) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert cast.laptop.post("/accounts/password/change/", form).status_code == 302
    assert cast.present() == {**ONLY_LAPTOP, "laptop there": False}
    kept = of(cast.user, LAPTOP)
    assert kept.session_key == cast.laptop.session.session_key
    cast.user.refresh_from_db()
    assert sign_ins(cast.user) == [kept]
    enter(cast.laptop, cast.laptop_there, "acme")
    assert cast.present() == ONLY_LAPTOP


def test_a_password_set_by_an_operator_leaves_no_session_in_the_list(cast: Cast) -> None:
    cast.user.set_password(NEW)
    cast.user.save()
    assert sign_ins(cast.user) == []
    assert not any(cast.present().values())


def test_a_removed_member_s_sessions_end_at_once_and_stay_ended(cast: Cast, business: Business) -> None:
    bob = member(business, "bob", Role.OWNER)
    members.deactivate(cast.member, by=bob)
    assert cast.present() == {**EVERYWHERE, "laptop there": False, "phone there": False}
    members.reactivate(cast.member, by=bob)
    assert cast.laptop_there.get("/dashboard/").status_code == 302
    assert cast.laptop.get("/accounts/sessions/").content.decode().count("Acme") == 0


def test_last_use_is_kept_every_few_minutes_and_with_no_query_between(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    row = of(cast.user, LAPTOP)
    later = timezone.now() + timedelta(hours=2)
    with time_machine.travel(later, tick=False):
        cast.laptop.defaults["REMOTE_ADDR"] = "198.51.100.80"
        cast.laptop.get("/businesses/")
        row.refresh_from_db()
        assert (row.seen_at, row.address) == (later, "198.51.100.80")
        with django_assert_num_queries(0):
            sessions.touch(request_with(row))
        page = cast.phone.get("/accounts/sessions/").content.decode()
        assert "2\N{NO-BREAK SPACE}hours ago" in page


def request_with(row: SignIn) -> Any:
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.session = {sessions.MARK: str(row.pk)}  # type: ignore[assignment]
    return request


def test_expired_sessions_are_in_no_list_and_forgotten_after_90_days(cast: Cast) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=20), tick=False):
        assert sign_ins(cast.user) == []
        assert SignIn.objects.count() == 4
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False):
        sign_in(HostClient("localhost"), "alice")
        assert SignIn.objects.count() == 1


def test_the_list_costs_the_same_with_many_sessions(cast: Cast, django_assert_num_queries: Any) -> None:
    assert len(sign_ins(cast.user)) == 4  # and the connection has found its schema
    with django_assert_num_queries(2):
        sign_ins(cast.user)
    for _turn in range(26):
        client = HostClient("localhost", HTTP_USER_AGENT=PHONE)
        client.force_login(cast.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    with django_assert_num_queries(2):
        assert len(sign_ins(cast.user)) == 30


# A mail about a new device


def arrive(agent: str, address: str) -> list[Any]:
    """Sign dora in from there, and answer what was mailed."""
    mail.outbox.clear()
    sign_in(HostClient("localhost", HTTP_USER_AGENT=agent, REMOTE_ADDR=address), "dora")
    relay.drain(now=timezone.now())
    return list(mail.outbox)


def test_a_new_device_or_network_is_told_of_by_mail(db: None) -> None:
    person("dora")
    assert arrive(LAPTOP, "198.51.100.7") == [], "the first sign-in of a new account is no news"
    assert arrive(LAPTOP_UPDATED, "198.51.100.250") == [], "the same laptop after an update, in the same network"
    (message,) = arrive(PHONE, "198.51.100.7")
    assert (message.to, message.subject) == (["dora@people.test"], "New sign-in to your Daybook account")
    assert "Safari on iPhone" in message.body
    assert "198.51.100.7" in message.body
    assert "http://localhost/accounts/sessions/" in message.body
    assert len(arrive(LAPTOP, "192.0.2.1")) == 1
    assert arrive(LAPTOP, "192.0.2.9") == []


def test_after_90_days_a_device_is_new_again(db: None) -> None:
    person("dora")
    arrive(LAPTOP, "198.51.100.7")
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False):
        assert len(arrive(LAPTOP, "198.51.100.7")) == 1


def test_the_way_to_a_business_is_no_new_device(cast: Cast) -> None:
    relay.drain(now=timezone.now())
    assert [message.subject for message in mail.outbox] == ["New sign-in to your Daybook account"], "the phone's"


def test_nothing_of_a_sign_in_is_logged(db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    person("dora")
    arrive(LAPTOP, "198.51.100.7")
    arrive(PHONE, "203.0.113.9")
    said = " ".join(record.getMessage() for record in caplog.records if record.name.startswith(("tenants", "daybook")))
    assert "dora" not in said
    assert "203.0.113" not in said


# A business that needs two-step sign-in


def test_members_without_a_second_step_are_sent_to_set_it_up(cast: Cast, business: Business) -> None:
    business.two_steps_needed = True
    business.save()
    away = cast.laptop_there.get("/dashboard/")
    assert (away.status_code, away.headers["Location"]) == (302, "http://localhost/businesses/acme/two-steps/")
    fragment = cast.laptop_there.get("/dashboard/x", headers={"hx-request": "true"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, away.headers["Location"])
    refused = cast.laptop_there.get("/v1/tenant-admin/echo")
    assert refused.status_code == 403
    page = cast.laptop.get("/businesses/acme/two-steps/")
    assert b"/accounts/2fa/totp/activate/" in page.content
    assert cast.laptop.get("/accounts/2fa/").status_code == 200, "never locked out of setting it up"
    assert cast.laptop_there.post("/leave").status_code == 302

    TOTP.activate(cast.user, generate_totp_secret())
    assert enter(cast.laptop, cast.laptop_there, "acme").status_code == 303
    assert cast.laptop_there.get("/dashboard/").json()["member"] == "owner"
    assert "/enter?code=" in cast.laptop.get("/businesses/acme/two-steps/").headers["Location"]


def test_other_businesses_do_not_ask_for_it(cast: Cast, business: Business, other_business: Business) -> None:
    business.two_steps_needed = True
    business.save()
    Membership.objects.create(business=other_business, user=cast.user, role=Role.MANAGER)
    zen = HostClient("zen.localhost")
    enter(cast.laptop, zen, "zen")
    assert zen.get("/dashboard/").json()["member"] == "manager"


def test_strangers_learn_nothing_of_what_a_business_needs(
    cast: Cast, other_business: Business, platform_client: Client
) -> None:
    person("dora")
    sign_in(platform_client, "dora")
    Business.objects.filter(pk=other_business.pk).update(two_steps_needed=True)
    for slug in ("zen", "nobody"):
        assert platform_client.get(f"/businesses/{slug}/two-steps/").status_code == 404


def test_a_code_without_an_origin_still_opens(business: Business) -> None:
    alice = member(business, "alice")
    code = handoff.make_code(user=alice.user, business=business)
    assert handoff.origin(code) is None
    assert handoff.redeem(code, business=business) == alice.user
