"""The pages about Google calendars, what they cost, and the operators' commands."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as django_connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calendarsync.models import Attention, Connection, Mirror
from scheduling.models import Appointment, BusyTime
from tenants.models import Business
from tests.calendarsync.calendar_world import ANA, Desk, desk
from tests.factories import make_member, sign_in

connection: Any = django_connection  # django-tenants' methods have no types


@pytest.fixture
def owner(ana: Desk, client_for: Any) -> Any:
    return sign_in(client_for(ana.business.slug), make_member(ana.business))


def asked(ana: Desk) -> tuple[Appointment, Attention]:
    """An appointment whose event was moved, and the question about it."""
    ana.choose(on_change="ask")
    row = ana.book("10:00")
    ana.settle()
    ana.edit("move", ana.event_of(row)["id"], start="2027-06-07T14:00:00Z")
    ana.settle()
    return row, Attention.objects.get(answer="")


def text(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_question_stands_on_home_on_the_appointment_and_on_the_calendars_pages(ana: Desk, owner: Any) -> None:
    row, attention = asked(ana)
    address = f"/dashboard/team/calendars/found/{attention.pk}/accept"
    for page in (
        "/dashboard/",
        f"/dashboard/appointments/{row.pk}/",
        f"/dashboard/team/{ana.provider.pk}/calendars/",
        "/dashboard/team/calendars/",
    ):
        shown = text(owner, page)
        assert address in shown, page
        assert "Moved in the calendar" in shown, page


def test_closing_the_business_says_that_calendars_are_disconnected(ana: Desk, owner: Any) -> None:
    assert "Google calendars are disconnected" in text(owner, "/dashboard/settings/close")
    Connection.objects.all().delete()
    assert "Google calendars" not in text(owner, "/dashboard/settings/close")


def test_a_question_is_answered_by_a_button_once(ana: Desk, owner: Any) -> None:
    row, attention = asked(ana)
    address = f"/dashboard/team/calendars/found/{attention.pk}"
    answer = owner.post(f"{address}/accept", {"next": f"/dashboard/appointments/{row.pk}/"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/dashboard/appointments/{row.pk}/")
    assert f"{Appointment.objects.get(pk=row.pk).starts_at:%H:%M}" == "14:00"
    again = owner.post(f"{address}/revert", {"next": "//evil.example/"})
    assert (again.status_code, again.headers["Location"]) == (303, "/dashboard/")
    assert "answered already" in text(owner, "/dashboard/")
    assert owner.get(f"{address}/accept").status_code == 405
    assert owner.post(f"{address}/explode").status_code == 404


def test_a_provider_answers_for_himself_only(ana: Desk, client_for: Any) -> None:
    _row, attention = asked(ana)
    marco = desk(ana.business, ana.google, name="Marco Vitale")
    other = sign_in(client_for(ana.business.slug), make_member(ana.business, "provider", provider=marco.provider))
    assert other.post(f"/dashboard/team/calendars/found/{attention.pk}/revert").status_code == 403
    assert str(attention.pk) not in text(other, "/dashboard/")
    mine = sign_in(
        client_for(ana.business.slug),
        make_member(ana.business, "provider", email="ana@acme.test", provider=ana.provider),
    )
    assert str(attention.pk) in text(mine, "/dashboard/")
    assert mine.post(f"/dashboard/team/calendars/found/{attention.pk}/revert").status_code == 303
    assert not Attention.objects.filter(answer="").exists()


def test_a_lost_account_is_said_on_home_and_can_be_connected_again(ana: Desk, owner: Any) -> None:
    ana.google.revoke(ANA)
    ana.wait(minutes=16)
    ana.drain()
    assert "has to be connected again" in text(owner, "/dashboard/")
    page = text(owner, f"/dashboard/team/{ana.provider.pk}/calendars/")
    assert "Google does not let us in any more" in page
    assert "Connect again" in page
    overview = text(owner, "/dashboard/team/calendars/")
    assert "Reconnect" in overview
    assert "invalid_grant" in overview


def test_what_happens_while_a_calendar_is_broken_is_chosen_for_the_business(ana: Desk, owner: Any) -> None:
    ana.google.revoke(ANA)
    ana.wait(minutes=16)
    ana.drain()
    assert owner.post("/dashboard/team/calendars/", {"when_broken": "pause"}).status_code == 302
    assert BusyTime.objects.filter(source__startswith="paused:").count() == 1
    assert owner.post("/dashboard/team/calendars/", {"when_broken": "nonsense"}).status_code == 422


def test_a_choice_that_cannot_be_had_is_refused_with_what_was_typed(ana: Desk, owner: Any) -> None:
    address = f"/dashboard/team/{ana.provider.pk}/calendars/google/choose"
    answer = owner.post(address, {"counts": ["nonsense"], "receives": "", "privacy": "busy", "on_change": "apply"})
    assert answer.status_code == 422
    assert 'value="busy"' in answer.content.decode()
    assert owner.post(address, {}).status_code == 422


def test_disconnecting_asks_first(ana: Desk, owner: Any) -> None:
    ana.book("10:00")
    ana.drain()
    address = f"/dashboard/team/{ana.provider.pk}/calendars/google/disconnect"
    assert "Take them out" in text(owner, address)
    assert owner.post(address, {"events": "go"}).status_code == 303
    ana.drain()
    assert (Connection.objects.count(), ana.all_events()) == (0, [])
    assert owner.get(address).status_code == 404
    assert "Connect Google Calendar" in text(owner, f"/dashboard/team/{ana.provider.pk}/calendars/")


def test_read_now_asks_for_one_reading(ana: Desk, owner: Any) -> None:
    ana.google.notifications("drop")
    ana.outside("15:00", "16:00")
    for _press in range(3):
        assert owner.post(f"/dashboard/team/{ana.provider.pk}/calendars/google/read").status_code == 303
    ana.wait(minutes=0.1)
    ana.drain()
    assert (len(ana.busy()), ana.requests("events.list")) == (1, 1)


def test_the_overview_costs_the_same_for_one_connection_and_for_three(ana: Desk, owner: Any) -> None:
    counts = []
    text(owner, "/dashboard/team/calendars/")
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            text(owner, "/dashboard/team/calendars/")
        counts.append(len(queries))
        more = desk(ana.business, ana.google, name=f"Person{number} X")
        Connection.objects.create(provider=more.provider, connected_at=timezone.now(), state="active")
    assert len(set(counts)) == 1


def test_operators_see_how_calendars_stand_and_what_differs(ana: Desk) -> None:
    def said(*command: str) -> str:
        out = StringIO()
        call_command(*command, stdout=out)
        return out.getvalue()

    row = ana.book("10:00")
    ana.outside("15:00", "16:00")
    ana.edit("create", summary="Gym", start="2027-06-08T18:00:00Z", end="2027-06-08T19:00:00Z",
             recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])  # fmt: skip
    ana.settle()
    assert said("calendar_diff") == "0 differences\n"
    line = said("calendar_health", "--tenant", ana.business.slug)
    assert "active read=2027-06-01T12:" in line
    assert said("calendar_health", "--broken") == ""
    BusyTime.objects.filter(starts_at__day=7).delete()
    Mirror.objects.all().update(etag="", written_at=None)
    ana.google.notifications("drop")
    ana.edit("move", ana.event_of(row)["id"], start="2027-06-07T11:30:00Z")
    found = said("calendar_diff", "--tenant", ana.business.slug)
    assert "elsewhere 2027-06-07 10:00Z" in found
    assert "busy 2027-06-07 15:00Z to 2027-06-07 16:00Z" in found
    assert "2 differences" in found
    writes = ana.google.writes()
    assert said("calendar_diff").endswith("2 differences\n")
    assert ana.google.writes() == writes
    assert said("calendar_resync", "--full") == "1 connections are brought in step\n"
    ana.drain()
    ana.wait(minutes=1)
    ana.drain()
    assert said("calendar_diff") == "0 differences\n"


def test_a_business_without_connections_costs_booking_one_question(
    business: Business, django_assert_num_queries: Any
) -> None:
    from calendarsync.receivers import _match

    _match({business.pk}, timezone.now())  # the first query of a connection sets its search path, too
    with django_assert_num_queries(1):
        _match({business.pk}, timezone.now())


def test_a_new_business_is_asked_to_connect_a_calendar_until_it_has_or_says_no(
    business: Business, google: Any, client_for: Any, settings: Any
) -> None:
    new = desk(business, google)
    owner = sign_in(client_for(business.slug), make_member(business))
    assert "Connect a calendar" in text(owner, "/dashboard/")
    settings.GOOGLE_CLIENT_ID = ""
    assert "Connect a calendar" not in text(owner, "/dashboard/")
    settings.GOOGLE_CLIENT_ID = google.client.client_id
    assert "We need no other calendar" in text(owner, "/dashboard/team/calendars/")
    assert owner.post("/dashboard/checklist/no_calendar").status_code == 302
    assert "We need no other calendar" not in text(owner, "/dashboard/team/calendars/")
    business.refresh_from_db()
    business.onboarding = {}
    business.save()
    new.connect()
    assert "Connect a calendar<span" in text(owner, "/dashboard/")
    assert "We need no other calendar" not in text(owner, "/dashboard/team/calendars/")
