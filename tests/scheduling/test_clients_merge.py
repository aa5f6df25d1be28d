"""Two records of one person become one; a booking in flight goes along."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from daybook.core.audit.models import AuditEntry
from daybook.core.errors import Invalid, NotFound
from scheduling.models import Appointment, Client, ClientFile, Consent, WaitlistEntry
from scheduling.selectors.clients_twins import marked, twins
from scheduling.services import bookings, client_merging
from scheduling.services.client_blocks import block
from scheduling.services.clients import ClientDetails
from scheduling.services.placing import Wish
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio, furnish
from tests.faults.racing import codes, racers
from tests.scheduling.clients_world import book, make_client
from tests.scheduling.race_world import Call, World, world

NewClient = Callable[..., Any]


@pytest.fixture
def studio(business: Business, clock: Callable[[str], None]) -> Studio:
    clock(NOW)
    return furnish(business)


@pytest.fixture
def pair(studio: Studio) -> tuple[Client, Client]:
    """Ada, and Ada again with her other address; everything that hangs on a client hangs on the second."""
    ada = make_client("Ada Lovelace", "ada@example.test", notes="Likes tea", tags=["VIP"])
    twin = make_client("A. Lovelace", "a@example.test", "+12075550199", notes="No nuts", tags=["vip", "late"])
    Client.objects.filter(pk=twin.pk).update(possible_duplicate=True, timezone="Europe/Berlin")
    book(studio, ada, "2027-06-16T13:00:00-04:00")
    book(studio, twin, "2027-06-17T13:00:00-04:00")
    now = make.at(NOW)
    Consent.objects.create(client=twin, kind="photos", text="Yes", given_at=now)
    ClientFile.objects.create(client=twin, name="a.txt", file="x/y", content_type="text/plain", size=1, uploaded_at=now)
    WaitlistEntry.objects.create(
        service=studio.massage, client=twin, name="A", first_date=date(2027, 6, 10), last_date=date(2027, 6, 11),
        token_digest="x", created_at=now,
    )  # fmt: skip
    twin.refresh_from_db()
    return ada, twin


def test_everything_moves_and_the_other_is_gone(pair: tuple[Client, Client]) -> None:
    ada, twin = pair
    block(twin, reason="Never pays", now=make.at(NOW))
    kept = client_merging.merge(ada, twin, take={"phone": True})
    kept.refresh_from_db()
    assert (kept.name, kept.email, kept.phone) == ("Ada Lovelace", "ada@example.test", "+12075550199")
    assert (kept.notes, kept.tags, kept.timezone) == ("Likes tea\n\nNo nuts", ["late", "VIP"], "Europe/Berlin")
    assert (kept.blocked_reason, kept.possible_duplicate) == ("Never pays", False)
    assert not Client.objects.filter(pk=twin.pk).exists()
    for model in (Appointment, Consent, ClientFile, WaitlistEntry):
        rows: Any = model._default_manager
        assert set(rows.values_list("client_id", flat=True)) == {ada.pk}, model
    assert sorted(Appointment.objects.values_list("client_email", flat=True)) == ["a@example.test", "ada@example.test"]


def test_each_field_may_come_from_the_other(pair: tuple[Client, Client]) -> None:
    ada, twin = pair
    kept = client_merging.merge(ada, twin, take={"name": True, "email": True})
    assert (kept.pk, kept.name, kept.email) == (ada.pk, "A. Lovelace", "a@example.test")


def test_what_cannot_be_merged(pair: tuple[Client, Client]) -> None:
    ada, twin = pair
    with pytest.raises(Invalid):
        client_merging.merge(ada, ada)
    client_merging.merge(ada, twin)
    with pytest.raises(NotFound):
        client_merging.merge(ada, twin)


def test_whoever_has_less_takes_what_the_other_has(studio: Studio) -> None:
    one, two = make_client("One"), make_client("Two", "two@example.test", "+12075550111")
    kept = client_merging.merge(one, two)
    assert (kept.email, kept.phone) == ("two@example.test", "+12075550111")


def test_the_pages_compare_and_merge(studio: Studio, pair: tuple[Client, Client], client_for: NewClient) -> None:
    ada, twin = pair
    browser = studio.client(client_for)
    address = f"/dashboard/clients/{ada.pk}/merge"
    assert "Nobody has the same phone or name" in browser.get(address).content.decode()
    assert f"?with={twin.pk}" in browser.get(f"{address}?q=lovelace").content.decode()
    page = browser.get(f"{address}?with={twin.pk}").content.decode()
    for words in ("ada@example.test", "a@example.test", "Likes tea", "No nuts"):
        assert words in page
    answer = browser.post(address, {"with": twin.pk, "keep": ada.pk, "email": twin.pk, "name": ada.pk})
    assert answer.headers["Location"] == f"/dashboard/clients/{ada.pk}/"
    ada.refresh_from_db()
    assert (ada.name, ada.email) == ("Ada Lovelace", "a@example.test")
    assert browser.get(f"/dashboard/clients/{twin.pk}/").status_code == 404
    entry = AuditEntry.objects.get(action="client.merged")
    assert (entry.object_id, entry.object_name, entry.after["merged"]) == (str(ada.pk), "", str(twin.pk))
    assert "Lovelace" not in str(entry.after)
    assert browser.post(address, {"with": twin.pk}).status_code == 404
    assert browser.post(address).status_code == 422


def test_the_second_may_be_kept(studio: Studio, pair: tuple[Client, Client], client_for: NewClient) -> None:
    ada, twin = pair
    sent = {"with": twin.pk, "keep": twin.pk, "name": ada.pk, "email": twin.pk}
    answer = studio.client(client_for).post(f"/dashboard/clients/{ada.pk}/merge", sent)
    assert answer.headers["Location"] == f"/dashboard/clients/{twin.pk}/"
    twin.refresh_from_db()
    assert (twin.name, twin.email) == ("Ada Lovelace", "a@example.test")


def test_twins_are_found_by_phone_and_name(studio: Studio) -> None:
    first = make_client("Ada", "1@example.test", "+12075550199")
    second = make_client("Lovelace", "2@example.test", "+12075550199", possible_duplicate=True)
    third = make_client("LOVELACE", possible_duplicate=True)
    (one, two) = twins(list(marked()))
    assert (one.client, one.others) == (third, [second])
    assert (two.client, two.others) == (second, [first, third])


def in_flight(here: World, number: int, *, by_id: bool) -> list[Call]:
    """A merge, and at the same moment a booking for the one that goes."""
    keep = make_client("Keep", f"keep{number}@example.test")
    gone = make_client("Gone", f"gone{number}@example.test")
    details = ClientDetails("Gone", gone.email, client_id=gone.pk if by_id else None)
    wish = Wish(here.service, here.day(number), here.providers[0].pk)
    return [
        partial(client_merging.merge, keep, gone),
        partial(
            bookings.place, business=here.business, wish=wish, client=details, terms=here.terms, now=make.NOW,
            by=make.CLIENT,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("by_id", [False, True])
def test_a_booking_in_flight_goes_along(committed: Business, by_id: bool) -> None:
    here = world(committed)
    with racers(committed, 2) as pool:
        for number in range(12):
            merged, booked = pool.race(in_flight(here, number, by_id=by_id))
            assert merged.won, codes([merged])
            assert booked.won, codes([booked])
            row = Appointment.objects.get(pk=booked.value.pk)
            kept = Client.objects.get(email=f"keep{number}@example.test")
            late = Client.objects.filter(email=f"gone{number}@example.test").first()
            assert row.client_id in {kept.pk, late.pk if late else None}
            assert late is None or row.client_id == late.pk
