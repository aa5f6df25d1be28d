"""Who gets in where: every address of the running resolvers against `tests/permission_table.py`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from tenants import limits
from tenants.models import Business
from tests import permission_bodies as bodies
from tests import permission_table as table
from tests.conftest import HostClient
from tests.factories import NOW
from tests.permission_world import ROLES, Twin, copy, furnish, others

ACME, ZEN = "Acmecanary", "Zencanary"
LETS_IN = {
    "ALL": {"owner", "manager", "provider", "front_desk"},
    "DESK": {"owner", "manager", "front_desk"},
    "HOURS": {"owner", "manager", "provider"},
    "SETUP": {"owner", "manager"},
    "PEOPLE": {"owner", "manager"},
    "OWNER": {"owner"},
}
NO_KEYS = ("PEOPLE", "OWNER")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Line:
    """One method of one address."""

    group: str
    method: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def lines(text: str) -> list[Line]:
    found = []
    for row in text.strip().splitlines():
        words = row.split()
        methods = [word for word in words[1:] if word in ("GET", *WRITES)]
        path = " ".join(words[1 + len(methods) :])
        found += [Line(words[0], method, path) for method in methods]
    return found


API, PAGES = lines(table.API), lines(table.CLIENT_PAGES)
DASHBOARD, PLATFORM = lines(table.DASHBOARD), lines(table.PLATFORM)


def routes(urlconf: str) -> dict[str, set[str]]:
    """Every address of the resolver with the API's methods; pages say theirs when they are asked."""
    found: dict[str, set[str]] = {}
    for path, pattern in _patterns(get_resolver(urlconf)):
        view: Any = getattr(pattern.callback, "__self__", None)
        methods = {method for one in getattr(view, "operations", []) for method in one.methods}
        found.setdefault(path, set()).update(methods)
    found.pop("v1/")  # ninja's own name of its root, without a page
    return found


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, path)
        else:
            yield path, pattern


@pytest.mark.parametrize(
    ("urlconf", "known"),
    [("daybook.urls_tenant", API + PAGES + DASHBOARD), ("daybook.urls_public", API + PLATFORM)],
)
def test_hc160_every_address_is_in_the_table_and_nothing_else(urlconf: str, known: list[Line]) -> None:
    real = routes(urlconf)
    listed: dict[str, set[str]] = {}
    for line in known:
        listed.setdefault(line.path, set()).add(line.method)
    assert sorted(set(real) - set(listed)) == [], "not in tests/permission_table.py"
    assert sorted(set(listed) - set(real)) == [], "in tests/permission_table.py, but gone"
    wrong = {path: methods for path, methods in real.items() if methods and methods != listed[path]}
    assert wrong == {}, "other methods than in tests/permission_table.py"


@pytest.fixture
def zen(
    business: Business,
    other_business: Business,
    clock: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Twin:
    """zen is asked; acme has the same rows under the same ids."""
    clock(NOW)
    settings.MEDIA_ROOT = tmp_path
    settings.PUBLIC_LIMIT_PER_ADDRESS = settings.PUBLIC_LIMIT_PER_BUSINESS = 100_000
    monkeypatch.setattr(limits, "GUESSES_PER_MINUTE", 100_000)
    zen = furnish(other_business, ZEN)
    zen.acme = copy(zen, business, ACME)  # type: ignore[attr-defined]
    return zen


def acme_of(zen: Twin) -> Twin:
    twin: Twin = zen.acme  # type: ignore[attr-defined]
    return twin


def visitors(zen: Twin) -> dict[str, HostClient]:
    """Everybody who may knock at zen's host."""
    acme = acme_of(zen)
    stranger = HostClient(zen.host)
    stranger.cookies = acme.member("owner").cookies
    return {
        "anonymous": HostClient(zen.host),
        **{str(role): zen.member(role) for role in ROLES},
        "stranger": stranger,
        "read_key": zen.with_key(zen.read_key),
        "write_key": zen.with_key(zen.write_key),
        "other_key": zen.with_key(acme.write_key),
    }


def ask(client: HostClient, line: Line, ids: dict[str, str], *, token: str = "") -> Any:
    """Send the request and take back what it did."""
    path = "/" + _filled(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", line.path), {**ids, "action": "cancel"})
    for area, action in (
        ("invitations", "withdraw"), ("domains", "choose"), ("calendars/feed", "off"), ("calendars", "pause")
    ):  # fmt: skip
        path = path.replace("/cancel", f"/{action}") if f"{area}/<" in line.path else path
    query = {name: _filled(value, ids) for name, value in bodies.QUERIES.get(line.name, {}).items()}
    if token:
        query["t"] = token
    options: dict[str, Any] = {"headers": {"origin": f"http://{client.defaults['HTTP_HOST']}", "X-Manage-Token": token}}
    data: Any = None
    if line.path.startswith("v1/") and line.method != "GET":
        body = json.dumps(bodies.BODIES.get(line.name, {}))
        data = _filled(body, {**ids, "token": token}, only=True)
        options["content_type"] = "application/json"
    address = f"{path}?{urlencode(query)}" if query else path
    point = transaction.savepoint()
    answer = getattr(client, line.method.lower())(address, data, **options)
    transaction.savepoint_rollback(point)
    return answer


def _filled(text: str, ids: dict[str, str], *, only: bool = False) -> str:
    for name, value in ids.items():
        text = text.replace("{" + name + "}", value)
    return text


def text_of(answer: Any) -> str:
    """What was answered; files are sent in pieces."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode(errors="replace"))


def outcome(answer: Any) -> str:
    """in, login, or the status that kept the caller out."""
    location = answer.headers.get("Location", "")
    if answer.status_code in (302, 303) and ("/go/" in location or "/accounts/login/" in location):
        return "login"
    if answer.status_code in (401, 403, 404, 405) or answer.status_code >= 500:
        return str(answer.status_code)
    return "in"


def expected(line: Line, who: str) -> str:
    """What the table promises this visitor."""
    if line.group == "OPEN":
        return "in"
    if line.group in ("FORM", "TOKEN", "SECRET"):
        return "403" if line.group == "FORM" else "404"
    by_page = line.path.startswith("dashboard/")
    if who in ("anonymous", "stranger", "other_key") or (by_page and who.endswith("_key")):
        return "login" if by_page else "401"
    if who == "read_key" and line.method != "GET":
        return "403"
    if who.endswith("_key"):
        return "403" if line.group in NO_KEYS else "in"
    if who not in LETS_IN[line.group]:
        return "403"
    return "404" if line.name in bodies.EMPTY_IS_404 else "in"


@pytest.mark.parametrize("part", [API, PAGES, DASHBOARD], ids=["api", "pages", "dashboard"])
def test_every_visitor_at_every_door_of_a_business(zen: Twin, part: list[Line]) -> None:
    """And nobody is ever shown a word of the twin whose things have the same ids."""
    wrong, leaks = [], []
    for who, client in visitors(zen).items():
        for line in part:
            answer = ask(client, line, zen.ids)
            if outcome(answer) != expected(line, who):
                wrong.append(f"{who}: {line.name} answered {answer.status_code}, expected {expected(line, who)}")
            if ACME.lower() in text_of(answer).lower():
                leaks.append(f"{who}: {line.name}")
    assert not wrong, "\n".join(wrong)
    assert not leaks, "\n".join(leaks)


def test_a_client_with_the_token_opens_his_own_appointment_only(zen: Twin) -> None:
    acme = acme_of(zen)
    for line in (line for line in API + PAGES if line.group == "TOKEN"):
        kind = line.path.partition("/")[0]
        form = line.method == "POST" and kind not in ("v1", "u")  # opened, but without the form's own token
        secret = {"w": "entry_token", "u": "reminders_token"}.get(kind, "token")
        opened = ask(HostClient(zen.host), line, zen.ids, token=zen.ids[secret])
        assert outcome(opened) == ("403" if form else "in"), line.name
        for token in (acme.ids[secret], zen.ids["hold_token"], "x" * 43):
            assert outcome(ask(HostClient(zen.host), line, zen.ids, token=token)) == "404", line.name


def test_pages_answer_405_to_methods_that_they_do_not_have(zen: Twin) -> None:
    """So that the table names every method that exists."""
    owner, here = zen.member("owner"), {line.name for line in DASHBOARD}
    for path in {line.path for line in DASHBOARD}:
        for method in ("GET", *WRITES):
            if f"{method} {path}" not in here:
                assert ask(owner, Line("", method, path), zen.ids).status_code == 405, f"{method} {path}"


def test_hc160_ids_that_only_the_other_business_has(zen: Twin, business: Business) -> None:
    """zen's own people, with ids of acme in path, query and body: as if they did not exist."""
    other = others(zen, acme_of(zen))
    owner, wrong = zen.member("owner"), []
    named = ("provider_id", "service_id", "category_id", "override_id", "appointment_id", "client_id", "member_id",
             "entry_id", "offer_id", "coupon_id", "package_id", "sold_id", "gift_id", "rate_id",
             "invitation_id", "key_id", "import_id", "domain_id", "export_id", "series_id", "subscription_id", "connection_id", "attention_id", "hold_token", "reference",
             "service>")  # fmt: skip
    for line in API + DASHBOARD + PAGES:
        if any(name in line.path for name in named):
            answer = ask(owner, line, other, token=other["token"])
            if answer.status_code not in (404, 422):
                wrong.append(f"{line.name} answered {answer.status_code}")
            assert ACME.lower() not in text_of(answer).lower(), line.name
    assert not wrong, "\n".join(wrong)


def test_hc160_other_ids_in_query_and_body(zen: Twin) -> None:
    other, owner = others(zen, acme_of(zen)), zen.member("owner")
    mixed = {**zen.ids, "service_id": other["service_id"], "provider_id": other["provider_id"]}
    for line in API:
        if line.name in bodies.BODIES or line.name in bodies.QUERIES:
            path = Line(line.group, line.method, _filled(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", line.path), zen.ids))
            if "{" not in json.dumps([bodies.BODIES.get(line.name), bodies.QUERIES.get(line.name)]).replace(
                "{token}", ""
            ):
                continue
            table_line = Line(line.group, line.method, line.path)
            answer = ask(owner, table_line, mixed)
            assert ACME.lower() not in text_of(answer).lower(), path
    for query in ("service_id", "provider_id", "client_id"):
        answer = owner.get("/v1/tenant-admin/appointments", {query: other[query]})
        assert answer.status_code in (200, 404)
        assert answer.status_code == 404 or answer.json()["items"] == []


@pytest.mark.parametrize("signed_in", [False, True])
def test_every_door_of_the_platform(zen: Twin, signed_in: bool) -> None:
    client, wrong = HostClient("localhost"), []
    if signed_in:
        client.force_login(zen.people["owner"].user)
    ids = {**zen.ids, "token": zen.ids["invitation_token"], "key": "x-y", "uidb36": "1", "pk": "1", "source": "nobody"}
    for line in PLATFORM:
        answer = ask(client, line, ids)
        got = outcome(answer)
        if line.path.startswith(("go/", "businesses/<")):
            got = "in" if "code=" in answer.headers.get("Location", "") else got
        want = "in" if line.group == "OPEN" or signed_in else "login"
        if line.group in ("SECRET", "VENDOR") or (signed_in and line.group == "FACTOR"):
            want = "404"
        if got != want:
            wrong.append(f"{line.name} answered {answer.status_code} {answer.headers.get('Location', '')}")
    assert not wrong, "\n".join(wrong)


def test_the_api_on_the_platform_s_host_needs_a_key(zen: Twin) -> None:
    for line in API:
        if line.path.startswith(("v1/public", "v1/tenant-admin")):
            assert outcome(ask(HostClient("localhost"), line, zen.ids)) == "401", line.name
            by_other_role = HostClient("localhost")
            by_other_role.force_login(zen.people["owner"].user)
            assert outcome(ask(by_other_role, line, zen.ids)) == "401", line.name
