"""A client reads, books and gets mail in the language chosen in the footer; nothing but the address remembers it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from scheduling.models import Appointment
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import make_service
from tests.widget.pages import NOW, Shop, fields, make_shop, send
from widget.views import languages

START = "2026-11-05T15:00Z"
WAY = re.compile(r"<(?:a|form)\s[^>]*>")


@pytest.fixture
def shop(business: Business, clock: Callable[[str], None]) -> Shop:
    clock(NOW)
    return make_shop(business)


@pytest.fixture
def client(shop: Shop, client_for: Callable[[str], HostClient]) -> HostClient:
    return client_for(shop.business.slug)


def test_a_page_offers_itself_in_each_language(client: HostClient) -> None:
    page = client.get("/book/deep-tissue-massage/?date=2026-11-05").content.decode()
    assert '<html lang="en"' in page
    for tag, name in (("en", "English"), ("de", "Deutsch"), ("es", "Español")):
        assert f'<a href="?date=2026-11-05&amp;lang={tag}" lang="{tag}" hreflang="{tag}"' in page
        assert f">{name}</a>" in page


def test_the_list_of_services_names_its_alternates(client: HostClient, shop: Shop) -> None:
    make_service(shop.business, providers=[shop.ana], name="Hot stone")
    page = client.get("/?lang=de").content.decode()
    host = client.defaults["HTTP_HOST"]
    for tag in ("en", "de", "es"):
        assert f'<link rel="alternate" hreflang="{tag}" href="http://{host}/?lang={tag}">' in page
    assert f'<link rel="alternate" hreflang="x-default" href="http://{host}/">' in page


def test_a_booking_stays_in_the_language_from_the_first_page_to_the_mail(client: HostClient) -> None:
    path = "/book/deep-tissue-massage/?lang=de&date=2026-11-05"
    times = client.get(path, headers={"accept-language": "es"})
    assert '<html lang="de"' in times.content.decode()
    assert all("lang=de" in way for way in _ways(times))
    assert times.headers["Content-Language"] == "de"

    taken = send(client, path, {**fields(times, "take"), "start": START})
    url = taken.headers["Location"]
    assert taken.status_code == 303
    assert "lang=de" in url
    details = client.get(url)
    assert "Ihre Angaben" in details.content.decode()
    assert all("lang=de" in way for way in _ways(details))

    typed = {"name": "Nadia Okafor", "email": "nadia@example.test", "do": "book"}
    booked = send(client, url, {**fields(details, "details"), **typed})
    assert "lang=de" in booked.headers["Location"]
    assert "Ihr Termin ist gebucht" in client.get(booked.headers["Location"]).content.decode()
    assert Appointment.objects.get().client_locale == "de"


def test_the_clock_is_that_of_the_language_until_another_is_chosen(client: HostClient) -> None:
    path = "/book/deep-tissue-massage/?date=2026-11-05"
    for query, shown, other in (
        ("", "1:00 pm", "13:00"),
        ("&lang=de", "13:00", "1:00 pm"),
        ("&h=24", "13:00", "1:00 pm"),
    ):
        page = client.get(path + query).content.decode()
        assert shown in page
        assert other not in page


def test_a_form_that_asks_by_get_keeps_the_language_in_a_field(client: HostClient) -> None:
    page = client.get("/book/deep-tissue-massage/?lang=es").content.decode()
    assert re.search(r'<form[^>]*method="get"[^>]*><input type="hidden" name="lang" value="es">', page)


def test_what_is_not_ours_is_left_as_it_is() -> None:
    asked = RequestFactory().get("/?lang=de")
    html = (
        '<a href="//x.test/">a</a><a href="https://x.test/?a=1">b</a><a href="#main">c</a><a href="/a?b=1#c">d</a>'
        '<a href="/a?lang=es">e</a><link href="/static/a.css"><form method="post" action="/b"></form>'
    )
    assert _carried(asked, HttpResponse(html)).content.decode() == html.replace(
        "/a?b=1#c", "/a?b=1&amp;lang=de#c"
    ).replace('action="/b"', 'action="/b?lang=de"')
    assert _carried(asked, HttpResponseRedirect("/a?b=1")).headers["Location"] == "/a?b=1&lang=de"
    assert _carried(asked, HttpResponseRedirect("//x.test/a")).headers["Location"] == "//x.test/a"
    plain = HttpResponse('<a href="/a">', content_type="text/calendar")
    assert _carried(asked, plain).content == b'<a href="/a">'
    assert _carried(RequestFactory().get("/?lang=xx"), HttpResponse('<a href="/a">')).content == b'<a href="/a">'


def _carried(asked: HttpRequest, answer: HttpResponse) -> HttpResponse:
    kept = languages.carry(asked, answer)
    assert isinstance(kept, HttpResponse)
    return kept


def _ways(page: Any) -> list[str]:
    """Each link and form of the page that leads on within the site, but for those to the languages themselves."""
    tags = WAY.findall(page.content.decode())
    leading = [tag for tag in tags if re.search(r'(href|action)="[/?]', tag)]
    assert leading
    return [tag for tag in leading if "data-language" not in tag and 'method="get"' not in tag]
