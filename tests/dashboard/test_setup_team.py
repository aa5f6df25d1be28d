"""The team: photos, order, permissions of members, and what becomes of the appointments of who leaves."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from daybook.core import audit
from daybook.core.outbox import relay
from scheduling.domain.messages import Kind
from scheduling.enums import Status
from scheduling.models import Appointment, Message, Provider
from tenants.models import Membership
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio

NewClient = Callable[..., Any]


@pytest.fixture
def owner(studio: Studio, client_for: NewClient) -> Any:
    return studio.client(client_for)


def lines(studio: Studio) -> list[str]:
    return [entry.action for entry in audit.entries(studio.business.pk)]


# Photos and order


def picture(size: tuple[int, int] = (900, 600)) -> SimpleUploadedFile:
    made = io.BytesIO()
    Image.new("RGB", size, "teal").save(made, "PNG")
    return SimpleUploadedFile("ana.png", made.getvalue(), "image/png")


def person(studio: Studio, **values: Any) -> dict[str, Any]:
    return {"name": "Ana Duarte", "hue": "teal", "services": [str(studio.massage.pk)], **values}


def test_a_photo_is_kept_shown_to_clients_replaced_and_removed(studio: Studio, owner: Any) -> None:
    page = f"/dashboard/team/{studio.ana.pk}/"
    assert owner.post(page, person(studio, photo=picture())).status_code == 303
    studio.ana.refresh_from_db()
    first = studio.ana.photo.rsplit("/", 1)[1]
    shown = owner.get(f"/media/photo/{first}")
    assert Image.open(io.BytesIO(b"".join(shown) if shown.streaming else shown.content)).size == (480, 320)
    assert f"/media/photo/{first}" in owner.get("/dashboard/team/").content.decode()
    assert f"/media/photo/{first}" in owner.get(f"/book/{studio.massage.slug}/").content.decode()
    owner.post(page, person(studio, photo=picture((100, 100))))
    assert owner.get(f"/media/photo/{first}").status_code == 404
    owner.post(page, person(studio, remove_photo="on"))
    studio.ana.refresh_from_db()
    assert studio.ana.photo == ""


def test_what_is_no_picture_is_refused_and_nothing_is_lost(studio: Studio, owner: Any) -> None:
    wrong = SimpleUploadedFile("ana.svg", b"<svg onload='x()'/>", "image/svg+xml")
    answer = owner.post(f"/dashboard/team/{studio.ana.pk}/", person(studio, bio="Typed words", photo=wrong))
    assert answer.status_code == 422
    assert "not a picture" in answer.content.decode()
    assert "Typed words" in answer.content.decode()


def test_the_team_is_put_in_order_by_dragging_or_buttons_and_back(studio: Studio, owner: Any) -> None:
    Provider.objects.exclude(pk__in=[studio.ana.pk, studio.marco.pk]).delete()
    address = f"/dashboard/team/{studio.marco.pk}/move"

    def order() -> list[str]:
        return list(Provider.objects.order_by("position").values_list("name", flat=True))

    dragged = owner.post(address, {"place": "0"}, headers={"HX-Request": "true"})
    assert (dragged.status_code, order()) == (204, ["Marco Vitale", "Ana Duarte"])
    undo = re.search(r'"undo": "([^"]+)"', dragged.headers["HX-Trigger"])
    assert undo
    owner.post(undo.group(1), headers={"HX-Request": "true"})
    assert order() == ["Ana Duarte", "Marco Vitale"]
    page = owner.post(address, {"to": "up"}, follow=True).content.decode()
    assert order() == ["Marco Vitale", "Ana Duarte"]
    assert "Moved: Marco Vitale." in page
    assert lines(studio).count("team.ordered") == 3


# Permissions


def change(browser: Any, member: Membership, **values: str) -> Any:
    sent = {"role": member.role, "provider": str(member.provider_id or ""), "calendar": "", "may_export": "", **values}
    return browser.post(f"/dashboard/team/members/{member.pk}/", sent)


def test_a_members_permissions_differ_from_the_role_and_are_told_in_a_table(studio: Studio, owner: Any) -> None:
    desk = studio.member("front_desk")
    table = owner.post("/dashboard/team/members/rights", {"role": "front_desk", "may_export": "1"}).content.decode()
    assert re.search(r"Export lists</th><td class=\"n\">.*?Yes", table, re.DOTALL)
    assert change(owner, desk, may_export="1").status_code == 303
    desk.refresh_from_db()
    assert (desk.may_export, desk.calendar) == (True, "")
    refused = change(owner, desk, calendar="own")
    assert refused.status_code == 422
    assert "they see and change only their own" in refused.content.decode()
    assert change(owner, desk, calendar="own", provider=str(studio.ana.pk), may_export="0").status_code == 303
    desk.refresh_from_db()
    assert (desk.may_export, desk.calendar, desk.provider_id) == (False, "own", studio.ana.pk)
    entry = audit.entries(studio.business.pk).first()
    assert entry is not None
    assert (entry.action, entry.before["calendar"], entry.after["calendar"]) == ("member.changed", "", "own")
    assert "Own calendar only" in owner.get("/dashboard/team/members/").content.decode()


def test_nobody_raises_himself_or_gives_more_than_he_has(studio: Studio, client_for: NewClient) -> None:
    studio.member("owner")
    me = studio.member("manager", provider=studio.ana, email="m1@acme.test")
    Membership.objects.filter(pk=me.pk).update(calendar="own", may_export=False)
    me.refresh_from_db()
    browser = make.sign_in(client_for(studio.business.slug), me)
    answer = change(browser, me, may_export="1")
    assert (answer.status_code, "You cannot change your own permissions" in answer.content.decode()) == (422, True)
    desk = studio.member("front_desk", email="d1@acme.test")
    provider = studio.member("provider", provider=studio.marco, email="p1@acme.test")
    for wider in ({"may_export": "1"}, {"calendar": "all"}):
        refused = change(browser, provider, **wider)
        assert (refused.status_code, "do not have yourself" in refused.content.decode()) == (422, True)
    assert change(browser, desk, calendar="own", provider=str(studio.marco.pk)).status_code == 303
    invited = {"email": "new@acme.test", "role": "manager", "provider": ""}
    assert browser.post("/dashboard/team/members/invite", invited).status_code == 422
    me.refresh_from_db()
    provider.refresh_from_db()
    assert (me.may_export, me.calendar, provider.calendar) == (False, "own", "")


def test_ending_access_ends_open_sessions_at_once(studio: Studio, owner: Any, client_for: NewClient) -> None:
    desk = studio.member("front_desk")
    browsers = [make.sign_in(client_for(studio.business.slug), desk) for _ in range(2)]
    assert [b.get("/dashboard/calendar/").status_code for b in browsers] == [200, 200]
    owner.post(f"/dashboard/team/members/{desk.pk}/switch", {"active": "0"})
    assert [b.get("/dashboard/calendar/").status_code for b in browsers] != [200, 200]
    assert all(b.get("/v1/tenant-admin/appointments").status_code == 401 for b in browsers)


def test_somebody_is_invited_from_their_page(studio: Studio, owner: Any) -> None:
    Provider.objects.filter(pk=studio.ana.pk).update(email="ana@acme.test")
    page = owner.get(f"/dashboard/team/{studio.ana.pk}/").content.decode()
    assert f"/dashboard/team/members/invite?provider={studio.ana.pk}" in page
    form = owner.get(f"/dashboard/team/members/invite?provider={studio.ana.pk}").content.decode()
    assert 'value="ana@acme.test"' in form
    sent = {"email": "ana@acme.test", "role": "provider", "provider": str(studio.ana.pk)}
    owner.post("/dashboard/team/members/invite", sent)
    assert "Invited: ana@acme.test." in owner.get(f"/dashboard/team/{studio.ana.pk}/").content.decode()


# Reassigning


def choices(rows: dict[Appointment, str], **values: str) -> dict[str, str]:
    return {**{f"to-{row.pk}": to for row, to in rows.items()}, "do": "save", "notify": "on", **values}


def test_switching_somebody_off_leads_to_their_appointments(studio: Studio, owner: Any) -> None:
    one, other = studio.book("13:00"), studio.book("2027-06-10T10:00:00-04:00")
    studio.book("13:00", provider=studio.marco)
    answer = owner.post(f"/dashboard/team/{studio.ana.pk}/switch", {"active": "0"})
    address = f"/dashboard/team/{studio.ana.pk}/appointments"
    assert answer.headers["Location"] == address
    page = owner.get(address).content.decode()
    assert "Marco Vitale (booked then)" in page
    done = owner.post(address, choices({one: str(studio.marco.pk), other: str(studio.marco.pk)}))
    assert done.status_code == 409
    assert "Not free then." in done.content.decode()
    for row in (one, other):
        row.refresh_from_db()
    assert (one.provider, other.provider) == (studio.ana, studio.marco)
    assert other.starts_at == make.at("2027-06-10T10:00:00-04:00")
    kept = owner.post(address, choices({one: "cancel"}))
    assert kept.status_code == 303
    one.refresh_from_db()
    assert one.status == Status.CANCELLED
    assert "Nothing is booked" in owner.get(address).content.decode()


def test_the_client_hears_of_it_only_when_asked(studio: Studio, owner: Any) -> None:
    one, other = studio.book("13:00"), studio.book("2027-06-10T10:00:00-04:00")
    relay.drain(now=make.at(NOW))
    before = Message.objects.filter(kind=Kind.RESCHEDULED).count()
    address = f"/dashboard/team/{studio.ana.pk}/appointments"
    owner.post(address, choices({one: str(studio.marco.pk)}, notify=""))
    relay.drain(now=make.at(NOW))
    assert Message.objects.filter(kind=Kind.RESCHEDULED).count() == before
    owner.post(address, choices({other: str(studio.marco.pk)}))
    relay.drain(now=make.at(NOW))
    assert Message.objects.filter(kind=Kind.RESCHEDULED, appointment=other).exists()


def test_anyone_who_is_free_takes_them_and_hours_are_kept_unless_allowed(studio: Studio, owner: Any) -> None:
    lena = make.make_provider(studio.business, "Lena Fischer")
    studio.massage.links.create(provider=lena)
    make.open_week(lena, "12:00", "17:00")
    rows = [studio.book("13:00"), studio.book("2027-06-10T10:00:00-04:00")]
    studio.book("13:00", provider=studio.marco)
    studio.book("2027-06-10T10:00:00-04:00", provider=studio.marco)
    address = f"/dashboard/team/{studio.ana.pk}/appointments"
    assert owner.post(address, choices(dict.fromkeys(rows, "any"))).status_code == 409
    for row in rows:
        row.refresh_from_db()
    assert [row.provider for row in rows] == [lena, studio.ana]  # on Thursday at ten only Ana is there
    assert owner.post(address, choices({rows[1]: "any"}, outside="on")).status_code == 303
    rows[1].refresh_from_db()
    assert rows[1].provider == lena


def test_only_who_gives_the_service_can_be_chosen_and_all_can_be_set_at_once(studio: Studio, owner: Any) -> None:
    lena = make.make_provider(studio.business, "Lena Fischer")
    row = studio.book("13:00")
    address = f"/dashboard/team/{studio.ana.pk}/appointments"
    owner.post(address, choices({row: str(lena.pk)}))
    row.refresh_from_db()
    assert row.provider == studio.ana
    page = owner.post(address, {"all": str(studio.marco.pk), "do": "set"}).content.decode()
    assert f'<option value="{studio.marco.pk}" selected>Marco Vitale</option>' in page
    assert "Nothing is booked" in owner.get(f"{address}?from=2027-06-10&to=2027-06-12").content.decode()


def test_appointments_of_another_business_are_out_of_reach(
    studio: Studio, owner: Any, other_business: Any, client_for: NewClient
) -> None:
    from django_tenants.utils import tenant_context

    with tenant_context(other_business):
        theirs = make.make_provider(other_business, "Theirs")
    assert owner.get(f"/dashboard/team/{theirs.pk}/appointments").status_code == 404
    provider = studio.client(client_for, "provider", provider=studio.ana, email="p@acme.test")
    assert provider.get(f"/dashboard/team/{studio.ana.pk}/appointments").status_code == 403


def test_the_page_asks_as_often_for_one_as_for_thirty(studio: Studio, owner: Any) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(f"/dashboard/team/{studio.ana.pk}/appointments").status_code == 200
        return len(queries)

    studio.book("2027-06-09T13:00:00-04:00")
    first = count()
    for day in range(10, 40):
        studio.book(f"2027-0{6 + day // 31}-{(day - 1) % 30 + 1:02d}T10:00:00-04:00")
    assert (count(), first) == (15, 15)


# The audit log


def test_every_change_of_the_team_leaves_a_line_with_before_and_after(studio: Studio, owner: Any) -> None:
    owner.post("/dashboard/team/new", person(studio, name="Lena Fischer"))
    lena = Provider.objects.get(name="Lena Fischer")
    owner.post(f"/dashboard/team/{lena.pk}/", person(studio, name="Lena F.", services=[]))
    owner.post(f"/dashboard/team/{lena.pk}/switch", {"active": "0"})
    owner.post(f"/dashboard/team/{lena.pk}/delete")
    assert lines(studio)[:4] == ["provider.deleted", "provider.switched_off", "provider.changed", "provider.made"]
    changed = audit.entries(studio.business.pk).get(action="provider.changed")
    assert (changed.before, changed.after) == (
        {"name": "Lena Fischer", "services": ["Deep tissue massage"]},
        {"name": "Lena F.", "services": []},
    )
    assert changed.object_id == str(lena.pk)


def test_changes_by_the_api_leave_the_same_lines(studio: Studio, client_for: NewClient) -> None:
    from tenants.services import keys

    _key, text = keys.make_secret(business=studio.business, name="Till", by=None)
    till = client_for(studio.business.slug, HTTP_AUTHORIZATION=f"Bearer {text}")
    json = {"content_type": "application/json"}
    till.patch(f"/v1/tenant-admin/services/{studio.massage.pk}", {"capacity": 4}, **json)
    rule = {"weekday": 1, "start": "10:00", "end": "12:00"}
    till.put(f"/v1/tenant-admin/providers/{studio.ana.pk}/availability", {"rules": [rule]}, **json)
    hours, service = audit.entries(studio.business.pk)[:2]
    assert (hours.action, hours.after) == ("hours.changed", {"list": ["Mon 10:00–12:00"]})
    assert (service.action, service.before, service.after) == ("service.changed", {"capacity": 1}, {"capacity": 4})
    assert (service.actor_kind, service.actor_name) == ("api_key", "Till")
