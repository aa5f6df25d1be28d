"""What the set-up refuses or keeps: currencies, absurd amounts and dates, settings that another process has changed."""

from typing import Any

import pytest

from daybook.core.errors import Conflict
from scheduling.models import AvailabilityRule, DateOverride, Service
from tenants import routing
from tenants.models import Business
from tenants.services.settings import change_booking_rules, change_settings
from tests import factories as make
from tests.dashboard.conftest import Studio
from tests.scheduling.staff import as_member


@pytest.fixture
def owner(studio: Studio, client_for: Any) -> Any:
    return studio.client(client_for)


def test_the_currency_stays_whoever_asks(studio: Studio) -> None:
    with pytest.raises(Conflict):
        change_settings(Business.objects.get(pk=studio.business.pk), currency="eur")
    refused = as_member(studio.member("owner")).patch("/settings", {"currency": "eur"})
    assert (refused.status_code, refused.json()["error"]) == (409, "currency_in_use")
    assert change_settings(studio.business, currency="usd", name="Same").name == "Same"
    Service.objects.update(price=0)
    assert change_settings(studio.business, currency="eur").currency == "eur"
    assert Business.objects.get(pk=studio.business.pk).currency == "eur"


def test_changing_a_setting_writes_that_setting_only(business: Business) -> None:
    stale = Business.objects.get(pk=business.pk)
    Business.objects.filter(pk=business.pk).update(status="suspended", slug="moved", tagline="New")
    change_settings(stale, name="Acme & Sons")
    change_booking_rules(stale, reminders=[120], hold_minutes=15)
    kept = Business.objects.get(pk=business.pk)
    assert (kept.name, kept.status, kept.slug, kept.tagline) == ("Acme & Sons", "suspended", "moved", "New")
    assert (kept.reminder_minutes, kept.hold_minutes) == ([120], 15)


def test_staff_see_at_once_what_another_process_has_saved(studio: Studio, owner: Any, settings: Any) -> None:
    settings.ROUTING_CACHE_SECONDS = 60.0
    routing.forget()
    owner.get("/")
    Business.objects.filter(pk=studio.business.pk).update(tagline="Changed elsewhere")  # no signal: another process
    assert "Changed elsewhere" in owner.get("/dashboard/settings/").content.decode()
    routing.forget()


@pytest.mark.parametrize("amount", ["1e999999", "1e39", "9" * 40, "-1e999999", "1e-999999", "0e99999", "Infinity"])
def test_absurd_amounts_are_refused(studio: Studio, owner: Any, amount: str) -> None:
    sent = {"name": "Cut", "duration_minutes": "60", "price": amount}
    assert owner.post("/dashboard/services/new", sent).status_code == 422
    assert owner.post("/dashboard/welcome?step=service", sent).status_code == 422
    fee = {"hours-0": "24", "percent-0": "0", "fixed-0": amount}
    assert owner.post("/dashboard/settings/policy", fee).status_code == 422


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_dates_that_no_calendar_shows(studio: Studio, owner: Any, day: str) -> None:
    answer = owner.post("/dashboard/availability/days/", {"provider": "all", "kind": "closed", "date": day})
    assert answer.status_code == 422
    assert not DateOverride.objects.exists()
    assert owner.get(f"/dashboard/appointments/?since={day}&until={day}").status_code == 200


def test_a_search_with_a_control_character(studio: Studio, owner: Any) -> None:
    asked = {"step": "search", "client_q": "a\0b", "day": "2027-06-10"}
    assert owner.post("/dashboard/appointments/new", asked).status_code == 200


def test_nothing_can_be_booked_only_without_any_hours(studio: Studio, owner: Any) -> None:
    warning = "so nothing can be booked"
    AvailabilityRule.objects.all().delete()
    assert warning in owner.get("/dashboard/availability/business").content.decode()
    make.open_week(studio.ana, "09:00", "17:00")
    assert warning not in owner.get("/dashboard/availability/business").content.decode()


def test_a_class_of_the_evening_leads_to_its_seats(studio: Studio, owner: Any) -> None:
    """Its local date, not the one in UTC; and the tab that has it."""
    stretch = make.make_service(studio.business, "Stretch", providers=[studio.ana], capacity=8)
    for start in ("2027-06-08T21:00:00-04:00", "2027-06-10T21:00:00-04:00"):
        make.make_appointment(studio.business, stretch, studio.ana, start, now=make.at("2027-06-01T12:00:00+00:00"))
    page = owner.get("/dashboard/calendar/?view=week&date=2027-06-09").content.decode()
    for tab, day in (("past", "2027-06-08"), ("upcoming", "2027-06-10")):
        query = f"tab={tab}&amp;service={stretch.pk}&amp;provider={studio.ana.pk}&amp;since={day}&amp;until={day}"
        assert query in page
        assert "Stretch" in owner.get(f"/dashboard/appointments/?{query.replace('&amp;', '&')}").content.decode()
