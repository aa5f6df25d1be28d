"""A business with services, and a client's browser without scripts: it follows the forms of the pages."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from scheduling.models import Provider, Service
from tenants.models import Business
from tests.conftest import HostClient
from tests.factories import make_provider, make_service, open_week

NOW = "2026-11-04T14:41Z"
"""A Wednesday, 9:41 am in New York."""


@dataclass
class Shop:
    """Harbor & Pine: Ana and Marco give massages, weekdays 9 to 5 in New York."""

    business: Business
    ana: Provider
    marco: Provider
    massage: Service


def make_shop(business: Business, **service: Any) -> Shop:
    """The shop in the schema that the connection is in."""
    for name, value in {
        "name": "Harbor & Pine",
        "timezone": "America/New_York",
        "country": "US",
        "address": "24 Mercer St, Portland",
        "email": "hello@harborpine.example",
        "phone": "+12075550123",
    }.items():
        setattr(business, name, value)
    business.save()
    ana, marco = make_provider(business, "Ana Duarte"), make_provider(business, "Marco Vitale")
    values = {"name": "Deep tissue massage", "duration_minutes": 60, "step_minutes": 60, "price": 9500, **service}
    massage = make_service(business, providers=[ana, marco], **values)
    for person in (ana, marco):
        open_week(person)
    return Shop(business, ana, marco, massage)


def origin(client: HostClient) -> dict[str, str]:
    """What a browser says about where a form stands."""
    return {"origin": f"http://{client.defaults['HTTP_HOST']}"}


def fields(page: Any, form: str) -> dict[str, str]:
    """The hidden fields of a form, also of those that stand elsewhere and name it."""
    html = page.content.decode()
    own = re.search(rf'<form[^>]*id="{form}".*?</form>', html, re.DOTALL)
    inputs = re.findall(r"<input[^>]*>", own.group() if own else "")
    inputs += [tag for tag in re.findall(r"<input[^>]*>", html) if f'form="{form}"' in tag]
    hidden = (tag for tag in inputs if 'type="hidden"' in tag)
    return {attribute(tag, "name"): attribute(tag, "value") for tag in hidden}


def only_form(page: Any) -> dict[str, str]:
    """The hidden fields of a page with one form."""
    tags = re.findall(r'<input type="hidden"[^>]*>', page.content.decode())
    return {attribute(tag, "name"): attribute(tag, "value") for tag in tags}


def attribute(tag: str, name: str) -> str:
    """An attribute's value."""
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found.group(1)) if found else ""


def send(client: HostClient, url: str, data: dict[str, Any], **headers: str) -> Any:
    """Submit a form as a browser does."""
    return client.post(url, data, headers={**origin(client), **headers})


def hold(client: HostClient, start: str, path: str = "/book/deep-tissue-massage/", **data: str) -> Any:
    """Take a time on the times page: the answer of the POST."""
    page = client.get(path)
    return send(client, path, {**fields(page, "take"), "start": start, **data})


def book(client: HostClient, start: str, **typed: str) -> Any:
    """Hold and book: the answer of the last POST."""
    url = hold(client, start).headers["Location"]
    page = client.get(url)
    details = {"name": "Nadia Okafor", "email": "nadia@example.test", **typed}
    return send(client, url, {**fields(page, "details"), **details, "do": "book"})


def booked_page(client: HostClient, start: str = "2026-11-05T15:00Z", **typed: str) -> str:
    """The address of a new booking's page, without what it says at first."""
    return str(book(client, start, **typed).headers["Location"]).split("&")[0]
