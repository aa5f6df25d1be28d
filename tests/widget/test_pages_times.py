"""The services page and the times page, asked as a browser without scripts does."""

import re
from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from scheduling.models import Appointment, Category
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import make_appointment, make_block, make_exception, make_provider, make_service, open_week
from tests.widget import pages
from tests.widget.pages import NOW, Shop, fields, hold, make_shop, send

MASSAGE = "/book/deep-tissue-massage/"


@pytest.fixture
def shop(business: Business, clock: Callable[[str], None]) -> Shop:
    clock(NOW)
    return make_shop(business)


@pytest.fixture
def client(shop: Shop, client_for: Callable[[str], HostClient]) -> HostClient:
    return client_for(shop.business.slug)


def text(client: HostClient, path: str) -> str:
    return str(client.get(path).content.decode())


def test_services_stand_by_category_with_price_and_duration(client: HostClient, shop: Shop) -> None:
    category = Category.objects.create(name="Classes", position=1)
    make_service(
        shop.business, "Hot stone", providers=[shop.ana], duration_minutes=90, price=0, category=category, capacity=6
    )
    page = text(client, "/")
    assert page.index("Classes") < page.index("Hot stone") < page.index("Other services") < page.index("Deep tissue")
    for words in ("$95", "60 min", "Free", "1 h 30 min", "Group of up to 6"):
        assert words in page


def test_single_service_leads_straight_to_its_times(client: HostClient, shop: Shop) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, MASSAGE)


def test_choosing_a_service_is_a_step_only_where_there_is_a_choice(client: HostClient, shop: Shop) -> None:
    def steps() -> list[str]:
        held = str(hold(client, "2026-11-05T15:00Z").headers["Location"])
        return [step for page in (MASSAGE, held) for step in re.findall(r"Step \d of \d(?=[ <])", text(client, page))]

    assert steps() == ["Step 1 of 2", "Step 2 of 2"]
    make_service(shop.business, "Hot stone", providers=[shop.ana])
    assert steps() == ["Step 2 of 3", "Step 3 of 3"]


def test_services_page_without_services_says_so(client: HostClient, shop: Shop) -> None:
    shop.massage.active = False
    shop.massage.save()
    assert "Nothing can be booked yet" in text(client, "/")


def test_services_page_needs_the_same_queries_for_one_and_four(
    client: HostClient, shop: Shop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_service(shop.business, "Hot stone", providers=[shop.ana])
    with django_assert_num_queries(8):
        client.get("/")
    for name in ("Swedish", "Sports"):
        make_service(shop.business, name, providers=[shop.ana, shop.marco])
    with django_assert_num_queries(8):
        client.get("/")


def test_times_are_in_the_page_for_the_first_day_that_has_any(client: HostClient) -> None:
    page = text(client, MASSAGE)
    assert "Wednesday, 4 November" in page
    assert 'value="2026-11-04T15:00Z"' in page
    assert "10:00 am" in page
    assert 'aria-current="date"' in page
    assert "7 times · soonest 10:00 am" in page


def test_times_open_on_the_first_month_with_times(client: HostClient, shop: Shop) -> None:
    make_block(None, "2026-11-01", to="2026-11-30")
    page = text(client, MASSAGE)
    assert "December <span>2026</span>" in page
    assert "Tuesday, 1 December" in page


def test_times_of_an_empty_month_name_the_next_free_day(client: HostClient, shop: Shop) -> None:
    make_block(None, "2026-11-01", to="2026-12-02")
    page = text(client, f"{MASSAGE}?month=2026-11")
    assert "Nothing is free this month." in page
    assert "Next available: 3 December" in page


def test_times_of_one_provider_only(client: HostClient, shop: Shop) -> None:
    make_block(shop.ana, "2026-11-04", to="2026-11-11")
    page = text(client, f"{MASSAGE}?with={shop.ana.pk}")
    assert "Thursday, 12 November" in page
    assert "Next: Thu 12 Nov" in page


def test_providers_are_hidden_when_there_is_one(client: HostClient, shop: Shop) -> None:
    make_service(shop.business, "Hot stone", providers=[shop.ana])
    assert 'name="with" value="any" form="take"' in text(client, "/book/hot-stone/")
    assert "<legend>" not in text(client, "/book/hot-stone/")


def test_removed_provider_gives_way_to_everyone(client: HostClient, shop: Shop) -> None:
    shop.ana.active = False
    shop.ana.save()
    assert "cannot be booked any more" in text(client, f"{MASSAGE}?with={shop.ana.pk}")


def test_times_page_needs_the_same_queries_for_two_and_four_people(
    client: HostClient, shop: Shop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(11):
        client.get(MASSAGE)
    for name in ("Lena Fischer", "Omar Haddad"):
        open_week(provider := make_provider(shop.business, name))
        shop.massage.links.create(provider=provider)
    with django_assert_num_queries(11):
        client.get(MASSAGE)


def test_times_fragment_swaps_month_and_times_only(client: HostClient) -> None:
    answer = client.get(f"{MASSAGE}?month=2026-12", headers={"HX-Request": "true"})
    body = answer.content.decode()
    assert '<table class="cal" id="grid"' in body
    assert 'id="time-list" hx-swap-oob="true"' in body
    assert "<html" not in body
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]


def test_times_fetched_ahead_may_wait_a_moment(client: HostClient) -> None:
    headers = {"HX-Request": "true", "HX-Preloaded": "true"}
    assert client.get(f"{MASSAGE}?month=2026-12", headers=headers).headers["Cache-Control"] == "private, max-age=10"


def test_history_restore_gets_the_whole_page(client: HostClient) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert b"<html" in client.get(MASSAGE, headers=headers).content


@pytest.mark.parametrize(
    "query",
    ["month=2026-13", "date=x", "tz=../etc/passwd", "with=1", "h=7", "start=%00", "month=9999-12", "date=2150-01-01"],
)
def test_malformed_choice_counts_as_none(client: HostClient, query: str) -> None:
    assert client.get(f"{MASSAGE}?{query}").status_code == 200


def test_unknown_service_is_404(client: HostClient) -> None:
    answer = client.get("/book/nothing/")
    assert answer.status_code == 404
    assert b'href="/"' in answer.content


def test_service_for_staff_only_is_404(client: HostClient, shop: Shop) -> None:
    make_service(shop.business, "Secret", providers=[shop.ana], visibility="staff")
    assert client.get("/book/secret/").status_code == 404


def test_24_hours(client: HostClient) -> None:
    assert "16:00" in text(client, f"{MASSAGE}?h=24&date=2026-11-05")


def test_hc254_zone_change_regroups_dates_and_keeps_the_picked_instant(client: HostClient, shop: Shop) -> None:
    page = text(client, f"{MASSAGE}?tz=Pacific/Auckland&date=2026-11-05&start=2026-11-05T20:00Z")
    assert "Friday, 6 November" in page
    assert 'value="2026-11-05T20:00Z" form="take" checked' in page
    assert "New Zealand Time — Auckland" in page
    assert "Harbor &amp; Pine is in Eastern Time — New York" in page


def test_hc254_repeated_hour_shows_its_offset(client: HostClient, shop: Shop, clock: Callable[[str], None]) -> None:
    clock("2026-10-30T12:00Z")
    for person in (shop.ana, shop.marco):
        make_exception(person, "2026-11-01", "00:00", "06:00")
    page = text(client, f"{MASSAGE}?date=2026-11-01")
    assert "1:00 am EDT" in page
    assert "1:00 am EST" in page
    assert 'value="2026-11-01T05:00Z"' in page
    assert 'value="2026-11-01T06:00Z"' in page


def test_in_person_times_are_in_the_business_zone_and_say_so(client: HostClient) -> None:
    page = text(client, MASSAGE)
    assert "In person: times are those of Harbor &amp; Pine, Eastern Time — New York." in page
    assert 'data-suggest="select"' not in page


def test_remote_service_takes_the_zone_of_the_device(client: HostClient, shop: Shop) -> None:
    make_service(shop.business, "Call", providers=[shop.ana], location="phone")
    assert 'data-suggest="select"' in text(client, "/book/call/")


def test_class_tells_the_seats_left_once_one_is_taken(client: HostClient, shop: Shop) -> None:
    yoga = make_service(shop.business, "Yoga", providers=[shop.ana], capacity=3, duration_minutes=60, step_minutes=60)
    page = text(client, "/book/yoga/?date=2026-11-05")
    assert "left</em>" not in page
    for name in ("kim", "lee"):
        make_appointment(shop.business, yoga, shop.ana, "2026-11-05T15:00Z", email=f"{name}@example.test")
    assert "10:00 am<em>1 left</em>" in text(client, "/book/yoga/?date=2026-11-05")


def test_hold_leads_to_the_details(client: HostClient) -> None:
    answer = hold(client, "2026-11-05T15:00Z")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/book/deep-tissue-massage/details?hold=")
    assert list(Appointment.objects.values_list("status", flat=True)) == ["held"]


def test_hold_sent_twice_holds_once(client: HostClient) -> None:
    form = fields(client.get(MASSAGE), "take") | {"start": "2026-11-05T15:00Z"}
    first, second = send(client, MASSAGE, form), send(client, MASSAGE, form)
    assert first.headers["Location"] == second.headers["Location"]
    assert Appointment.objects.count() == 1


def test_hold_without_a_time_says_so(client: HostClient) -> None:
    answer = send(client, MASSAGE, fields(client.get(MASSAGE), "take"))
    assert answer.status_code == 422
    assert b"Choose a time first." in answer.content


def test_hc251_time_just_taken_keeps_the_choice_and_offers_the_next_three(client: HostClient, shop: Shop) -> None:
    path = f"{MASSAGE}?with={shop.ana.pk}&date=2026-11-05&h=24"
    form = fields(client.get(path), "take")
    make_appointment(shop.business, shop.massage, shop.ana, "2026-11-05T15:00Z")
    answer = send(client, MASSAGE, form | {"start": "2026-11-05T15:00Z"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert" tabindex="-1" data-error-summary' in page
    assert "This time is not available any more." in page
    assert [f'name="offer" value="2026-11-05T{hour}:00Z"' in page for hour in (16, 17, 18)] == [True] * 3
    assert f'value="{shop.ana.pk}" checked' in page
    assert 'value="24" checked' in page
    assert 'name="start" value="2026-11-05T15:00Z"' not in page
    assert 'name="start" value="2026-11-05T16:00Z"' in page


def test_offered_time_is_held_with_one_click(client: HostClient) -> None:
    answer = hold(client, "2026-11-05T15:00Z", offer="2026-11-05T16:00Z")
    assert answer.status_code == 303
    assert Appointment.objects.get().starts_at.hour == 16


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://acme.localhost"},
        {"sec-fetch-site": "cross-site"},
        {},
    ],
)
def test_form_of_another_site_is_refused(client: HostClient, headers: dict[str, str]) -> None:
    form = fields(client.get(MASSAGE), "take") | {"start": "2026-11-05T15:00Z"}
    answer = client.post(MASSAGE, form, headers=headers)
    assert answer.status_code == 403
    assert not Appointment.objects.exists()


def test_form_with_fetch_metadata_alone_is_taken(client: HostClient) -> None:
    form = fields(client.get(MASSAGE), "take") | {"start": "2026-11-05T15:00Z"}
    assert client.post(MASSAGE, form, headers={"sec-fetch-site": "same-origin"}).status_code == 303


@pytest.mark.parametrize("token", ["", "made-up:1:2"])
def test_form_without_our_token_is_refused(client: HostClient, token: str) -> None:
    assert send(client, MASSAGE, {"token": token, "start": "2026-11-05T15:00Z"}).status_code == 403


def test_form_of_another_page_is_refused(client: HostClient) -> None:
    token = pages.only_form(client.get("/manage"))["token"]
    assert send(client, MASSAGE, {"token": token, "start": "2026-11-05T15:00Z"}).status_code == 403


def test_form_of_another_business_is_refused(
    client: HostClient, shop: Shop, client_for: Callable[[str], HostClient], other_business: Business
) -> None:
    form = {
        "token": pages.only_form(client_for("zen").get("/manage"))["token"],
        "reference": "X",
        "email": "a@b.example",
    }
    assert send(client, "/manage", form).status_code == 403


def test_no_page_sets_a_cookie_or_reads_one(client: HostClient) -> None:
    for path in ("/", MASSAGE, "/manage", "/policy", "/a/ABCDEFGH?t=x"):
        answer = client.get(path)
        assert not answer.cookies
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_pages_may_be_framed_by_their_own_host_only(client: HostClient) -> None:
    assert "frame-ancestors 'self'" in client.get(MASSAGE).headers["Content-Security-Policy"]
    for path in ("/manage", "/a/ABCDEFGH?t=x"):
        assert "frame-ancestors 'none'" in client.get(path).headers["Content-Security-Policy"]


def test_brand_sheet_never_changes(client: HostClient, shop: Shop) -> None:
    name = client.get(MASSAGE).content.decode().split('href="/brand-')[1].split('"')[0]
    answer = client.get(f"/brand-{name}")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/css"
    assert client.get("/brand-000000000000.css").status_code == 404


def test_hc194_markup_in_names_is_inert(client: HostClient, shop: Shop) -> None:
    shop.massage.name, shop.massage.description = "<img src=x onerror=alert(1)>", '"><svg/onload=alert(2)> {{7*7}}'
    shop.massage.save()
    page = text(client, MASSAGE)
    assert "<img src=x" not in page
    assert "<svg/onload" not in page
    assert "{{7*7}}" in page


def test_suspended_business_takes_no_bookings(client: HostClient, shop: Shop) -> None:
    shop.business.status = "suspended"
    shop.business.save()
    for path in ("/", MASSAGE):
        answer = client.get(path)
        assert answer.status_code == 403
        assert b"not taking bookings online" in answer.content


def test_too_many_requests_wait(client: HostClient, settings: Settings) -> None:
    settings.PUBLIC_LIMIT_PER_ADDRESS = 2
    answers = [client.get("/policy") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Retry-After" in answers[-1].headers
