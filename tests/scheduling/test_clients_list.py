"""The list of clients: what is in it, how it is narrowed, searched and sorted; exports; who may."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from daybook.core.audit.models import AuditEntry
from scheduling.enums import Status
from scheduling.models import Client
from scheduling.services.client_blocks import block
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio, furnish
from tests.scheduling.clients_world import book, make_client

NewClient = Callable[..., Any]
PAST = "2027-05-{:02d}T13:00:00-04:00"


@pytest.fixture
def studio(business: Business, clock: Callable[[str], None]) -> Studio:
    clock(NOW)
    return furnish(business)


@pytest.fixture
def names(studio: Studio, client_for: NewClient) -> Callable[[str], list[str]]:
    browser = studio.client(client_for)

    def get(query: str) -> list[str]:
        answer = browser.get(f"/dashboard/clients/?{query}")
        assert answer.status_code == 200
        return [row.name for row in answer.context["page"]]

    return get


@pytest.fixture
def people(studio: Studio) -> dict[str, Client]:
    """Ada came lately and comes again; Bea came long ago; Cem never; Dora is blocked; Eve has a next time only."""
    found = {
        "ada": make_client("Ada Lovelace", "ada@example.test", "+12075550199", tags=["VIP", "mornings"]),
        "bea": make_client("Bea Brown", "bea@example.test"),
        "cem": make_client("Cem Kaya", "", "+491701234567"),
        "dora": make_client("Dora Diaz", "dora@example.test", tags=["late"]),
        "eve": make_client("Eve Evans", "eve@example.test", possible_duplicate=True),
    }
    book(studio, found["ada"], PAST.format(20), status=Status.COMPLETED)
    book(studio, found["ada"], PAST.format(27), status=Status.COMPLETED)
    book(studio, found["ada"], PAST.format(13), status=Status.NO_SHOW)
    book(studio, found["ada"], "2027-06-16T13:00:00-04:00")
    book(studio, found["ada"], "2027-06-23T13:00:00-04:00")
    book(studio, found["bea"], "2026-10-01T13:00:00-04:00", status=Status.COMPLETED)
    book(studio, found["dora"], "2026-12-20T13:00:00-05:00", status=Status.COMPLETED)
    book(studio, found["eve"], "2027-06-17T13:00:00-04:00", status=Status.PENDING_APPROVAL)
    block(found["dora"], reason="Never pays", now=make.at(NOW))
    return found


def test_a_row_tells_what_matters(studio: Studio, people: dict[str, Client], client_for: NewClient) -> None:
    answer = studio.client(client_for).get("/dashboard/clients/")
    ada = answer.context["page"][0]
    assert (ada.name, ada.visits, ada.missed) == ("Ada Lovelace", 2, 1)
    assert ada.last_visit == make.at(PAST.format(27))
    assert ada.next_visit == make.at("2027-06-16T13:00:00-04:00")
    text = answer.content.decode()
    for words in ("ada@example.test", "+12075550199", "Thu 27 May 2027", "Wed 16 Jun", "VIP", "Blocked"):
        assert words in text


def test_filters(names: Callable[[str], list[str]], people: dict[str, Client]) -> None:
    assert names("") == ["Ada Lovelace", "Bea Brown", "Cem Kaya", "Dora Diaz", "Eve Evans"]
    assert names("view=recent") == ["Ada Lovelace"]
    assert names("view=lapsed") == ["Bea Brown"]
    assert names("view=lapsed&months=3") == ["Bea Brown", "Dora Diaz"]
    assert names("view=lapsed&months=12") == []
    assert names("view=never") == ["Cem Kaya"]
    assert names("view=blocked") == ["Dora Diaz"]
    assert names("view=duplicates") == ["Eve Evans"]
    assert names("tag=VIP") == ["Ada Lovelace"]
    assert names("tag=nothing") == names("view=nonsense&months=x&sort=y&page=z") == names("")


def test_search_by_name_mail_and_digits_of_the_phone(
    names: Callable[[str], list[str]], people: dict[str, Client]
) -> None:
    for text in ("lovel", "ADA", "ada@exa", "0199", "207 555", "(207) 555-0199", "%2B1 207 555 0199", "ada lace"):
        assert names(f"q={text}") == ["Ada Lovelace"], text
    assert names("q=0170 1234567") == ["Cem Kaya"]
    assert names("q=nobody") == names("q=%25") == names("q=_") == []


def test_orders(names: Callable[[str], list[str]], people: dict[str, Client]) -> None:
    assert names("sort=last")[:3] == ["Ada Lovelace", "Dora Diaz", "Bea Brown"]
    assert names("sort=next")[:2] == ["Ada Lovelace", "Eve Evans"]
    assert names("sort=visits")[0] == names("sort=missed")[0] == "Ada Lovelace"
    assert names("sort=new")[0] == "Eve Evans"


def test_the_erased_are_not_listed(names: Callable[[str], list[str]], people: dict[str, Client]) -> None:
    Client.objects.filter(pk=people["cem"].pk).update(erased_at=make.at(NOW))
    assert "Cem Kaya" not in names("")


def test_pages_of_25_keep_the_filters(studio: Studio, client_for: NewClient) -> None:
    for number in range(26):
        make_client(f"Client {number:02d}", f"c{number}@example.test", tags=["new"])
    browser = studio.client(client_for)
    first = browser.get("/dashboard/clients/?q=client&tag=new&view=never")
    assert len(first.context["page"]) == 25
    assert "1–25 of 26" in first.content.decode()
    assert "?q=client&amp;tag=new&amp;view=never&amp;page=2" in first.content.decode()
    assert len(browser.get("/dashboard/clients/?page=99").context["page"]) == 1


def test_empty_states(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    assert "No clients yet" in browser.get("/dashboard/clients/").content.decode()
    assert "Clear filters" in browser.get("/dashboard/clients/?q=nobody").content.decode()
    assert "Nobody here" in browser.get("/dashboard/clients/?view=lapsed").content.decode()
    part = browser.get("/dashboard/clients/?q=x", headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert b'id="list"' in part.content


@pytest.mark.parametrize("rows", [1, 30])
def test_queries(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        client = make_client(f"Client {number:02d}", f"c{number}@example.test", tags=[f"tag {number}"])
        book(studio, client, f"2027-06-{10 + number // 8:02d}T{9 + number % 8:02d}:00:00-04:00")
    browser = studio.client(client_for)
    browser.get("/dashboard/clients/")
    with django_assert_num_queries(QUERIES):
        browser.get("/dashboard/clients/")


QUERIES = 12
"""Host, session, member, clock and navigation as on every page; tags, count and the rows with their figures."""


def test_export_is_the_list_and_runs_nothing(studio: Studio, people: dict[str, Client], client_for: NewClient) -> None:
    Client.objects.filter(pk=people["bea"].pk).update(name="=HYPERLINK(1)", notes="@SUM(A1)")
    answer = studio.client(client_for).get("/dashboard/clients/export.csv?view=lapsed&months=6")
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("'=HYPERLINK(1),bea@example.test,,,'@SUM(A1),2026-10-01,,1,0,")
    (entry,) = AuditEntry.objects.filter(action="clients.exported")
    assert entry.after == {"clients": 1}
    said = {name: value for name, value in entry.__dict__.items() if not name.endswith("_id")}  # ids are random letters
    assert "bea" not in str(said)


@pytest.mark.parametrize(
    ("role", "list_", "new", "export", "imports"),
    [
        ("owner", 200, 200, 200, 200),
        ("manager", 200, 200, 200, 200),
        ("front_desk", 200, 200, 403, 403),
        ("provider", 403, 403, 403, 403),
    ],
)
def test_rights(
    studio: Studio, client_for: NewClient, role: str, list_: int, new: int, export: int, imports: int
) -> None:
    browser = studio.client(client_for, role, provider=studio.ana if role == "provider" else None)
    paths = ("", "new", "export.csv", "imports/")
    assert [browser.get(f"/dashboard/clients/{path}").status_code for path in paths] == [list_, new, export, imports]


def test_the_right_to_export_is_not_the_right_to_see(studio: Studio, client_for: NewClient) -> None:
    member = studio.member("provider", provider=studio.ana)
    member.may_export = True
    member.save()
    browser = make.sign_in(client_for("acme"), member)
    assert browser.get("/dashboard/clients/export.csv").status_code == 403
    desk = studio.member("front_desk")
    desk.may_export = True
    desk.save()
    assert make.sign_in(client_for("acme"), desk).get("/dashboard/clients/export.csv").status_code == 200
