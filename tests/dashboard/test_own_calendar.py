"""A member with his own calendar only gets at nobody else's: by no undo, no copy and no erasing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from scheduling.enums import Status
from scheduling.models import Appointment, Series
from scheduling.services import moves
from scheduling.services.moves import Move
from tenants.models import DataExport, Membership
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio

NewClient = Callable[..., Any]
NARROW = {"calendar": "own", "may_export": True}


@pytest.fixture
def manager(studio: Studio, client_for: NewClient) -> Any:
    """A manager who was given his own calendar only, and may export."""
    member = studio.member("manager", provider=studio.ana)
    Membership.objects.filter(pk=member.pk).update(**NARROW)
    return make.sign_in(client_for(studio.business.slug), member)


def test_taking_a_series_back_leaves_what_is_with_others(studio: Studio, client_for: NewClient) -> None:
    series = Series.objects.create(pk=uuid4(), count=2, created_at=make.at(NOW))
    mine = studio.book("2027-06-16T10:00:00-04:00", email="")
    theirs = studio.book("2027-06-23T10:00:00-04:00", studio.marco, name="Theo", email="")
    Appointment.objects.filter(pk__in=[mine.pk, theirs.pk]).update(series=series)
    browser = studio.client(client_for, "provider", provider=studio.ana)
    assert browser.post(f"/dashboard/appointments/series/{series.pk}/unbook").status_code == 303
    assert set(Appointment.objects.values_list("pk", "status")) == {
        (mine.pk, Status.CANCELLED), (theirs.pk, Status.CONFIRMED),
    }  # fmt: skip


def test_the_undo_of_a_move_leads_into_nobody_elses_calendar(studio: Studio, client_for: NewClient) -> None:
    given = studio.book("2027-06-16T10:00:00-04:00", studio.marco)
    given = moves.reschedule(
        business=studio.business, appointment=given, move=Move(given.starts_at, studio.ana.pk), now=make.at(NOW),
        by=make.STAFF,
    )  # fmt: skip
    address = f"/dashboard/calendar/appointments/{given.pk}/undo?after=1"
    browser = studio.client(client_for, "provider", provider=studio.ana)
    assert browser.post(address).status_code == 404
    given.refresh_from_db()
    assert given.provider_id == studio.ana.pk
    assert studio.client(client_for).post(address).status_code in (200, 302, 303)
    given.refresh_from_db()
    assert given.provider_id == studio.marco.pk


def test_no_copy_of_the_business_and_no_dossier(studio: Studio, manager: Any, client_for: NewClient) -> None:
    theirs = studio.book("2027-06-16T10:00:00-04:00", studio.marco)
    done = DataExport.objects.create(business=studio.business, state="done", file="x")
    assert manager.post("/dashboard/settings/data").status_code == 403
    assert manager.get(f"/dashboard/settings/data/{done.pk}").status_code == 403
    page = f"/dashboard/clients/{theirs.client_id}/"
    assert manager.get(f"{page}export").status_code == 403
    assert f"{page}export" not in manager.get(page).content.decode()
    assert manager.get(f"/v1/tenant-admin/clients/{theirs.client_id}/export").status_code == 403
    assert studio.client(client_for, "front_desk").get(f"{page}export").status_code == 403
    whole = studio.client(client_for).get(f"{page}export")
    assert whole.status_code == 200
    whole.close()


def test_erasing_cancels_nothing_of_others(studio: Studio, manager: Any) -> None:
    theirs = studio.book("2027-06-16T10:00:00-04:00", studio.marco)
    address = f"/dashboard/clients/{theirs.client_id}/erase"
    assert manager.post(address, {"upcoming": "cancel"}).status_code == 403
    assert manager.post(address).status_code == 409
    theirs.refresh_from_db()
    assert (theirs.status, theirs.client.erased_at) == (Status.CONFIRMED, None)


def test_reasons_are_kept_without_what_nobody_can_read(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("2027-06-16T10:00:00-04:00")
    address = f"/dashboard/appointments/{mine.pk}/cancel"
    assert studio.client(client_for).post(address, {"reason": "Ill\0ness"}).status_code == 302
    mine.refresh_from_db()
    assert mine.status == Status.CANCELLED
    assert mine.events.latest("id").reason == "Illness"
    assert mine.starts_at - make.at(NOW) > timedelta(0)
