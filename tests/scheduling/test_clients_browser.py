"""Clients in a browser: found, tagged, blocked; a file imported with a line that is wrong. On desks and on phones."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from daybook.core.outbox import relay
from scheduling.enums import Status
from scheduling.models import Client
from tests import factories as make
from tests.accessibility import assert_usable
from tests.dashboard.conftest import NOW, Studio, furnish
from tests.e2e.test_setup_browser import enter
from tests.scheduling.clients_world import book, make_client

if TYPE_CHECKING:
    from tenants.models import Business
    from tests.conftest import Site

NewClient = Callable[..., Any]
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
FILE = "Name,E-mail,Phone\nBea Brown,bea@example.test,(207) 555-0111\nCem,not an address,\n"


@pytest.fixture
def studio(committed: "Business", clock: Callable[[str], None], settings: Settings, tmp_path: Path) -> Studio:
    clock(NOW)
    settings.MEDIA_ROOT = tmp_path
    return furnish(committed)


@WIDTHS
def test_find_a_client_tag_and_block(
    site: "Site", page: Page, studio: Studio, client_for: NewClient, width: int
) -> None:
    ada = make_client("Ada Lovelace", "ada@example.test", "+12075550199")
    make_client("Bea Brown", "bea@example.test", possible_duplicate=True)
    book(studio, ada, "2027-05-20T13:00:00-04:00", status=Status.COMPLETED)
    enter(page, site, studio.member("owner"), client_for)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/clients/"))
    assert_usable(page)
    page.get_by_label("Search by name, e-mail or phone").fill("555 0199")
    expect(page.get_by_text("Bea Brown")).to_be_hidden()
    page.get_by_role("link", name="Ada Lovelace").click()
    page.get_by_label("New tag").fill("VIP")
    page.get_by_role("button", name="Add tag").click()
    expect(page.get_by_role("button", name="Remove the tag VIP")).to_be_visible()
    page.get_by_label("Notes for the team").fill("Likes tea")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_label("Add a file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("link", name="a.txt")).to_be_visible()
    page.get_by_text("Block from online booking").click()
    page.get_by_label("Reason").fill("Never pays")
    assert_usable(page)
    page.get_by_role("button", name="Block Ada Lovelace").click()
    expect(page.get_by_text("Ada Lovelace cannot book online.")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Can book online.")).to_be_visible()
    kept = Client.objects.get(pk=ada.pk)
    assert (kept.tags, kept.notes, kept.blocked_at) == (["VIP"], "Likes tea", None)


@WIDTHS
def test_import_with_a_line_that_is_wrong(
    site: "Site", page: Page, studio: Studio, client_for: NewClient, width: int
) -> None:
    enter(page, site, studio.member("owner"), client_for)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/clients/imports/"))
    assert_usable(page)
    page.get_by_label("CSV file").set_input_files({"name": "my.csv", "mimeType": "text/csv", "buffer": FILE.encode()})
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    expect(page.get_by_text("E-mail: Enter an e-mail address")).to_be_visible()
    page.locator("summary", has_text="Columns").click()
    expect(page.get_by_label("Phone")).to_have_value("2")
    assert_usable(page)
    page.get_by_role("button", name="Import 1 line").click()
    expect(page.get_by_role("heading", name="Importing")).to_be_visible()
    relay.drain(now=make.at(NOW))
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    page.get_by_role("link", name="See the clients").click()
    expect(page.get_by_role("link", name="Bea Brown")).to_be_visible()
    assert Client.objects.get().phone == "+12075550111"


@WIDTHS
def test_merging_and_erasing_can_be_used_by_all(
    site: "Site", page: Page, studio: Studio, client_for: NewClient, width: int
) -> None:
    ada = make_client("Ada Lovelace", "ada@example.test", "+12075550199", notes="Likes tea")
    make_client("Ada L.", "twin@example.test", "+12075550199", possible_duplicate=True)
    book(studio, ada, "2027-06-16T13:00:00-04:00")
    enter(page, site, studio.member("owner"), client_for)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.url("zen", "/dashboard/clients/duplicates/"))
    assert_usable(page)
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("button", name="Merge the two")).to_be_visible()
    assert_usable(page)
    page.get_by_role("button", name="Merge the two").click()
    expect(page.get_by_text("Merged: Ada Lovelace.")).to_be_visible()
    page.get_by_role("link", name="Erase personal data…").click()
    page.get_by_label("Cancel them now; nobody is told").check()
    assert_usable(page)
    page.get_by_role("button", name="Erase Ada Lovelace").click()
    expect(page.get_by_text("No clients yet")).to_be_visible()
    page.goto(site.url("zen", "/dashboard/clients/new"))
    assert_usable(page)
    assert Client.objects.get().erased_at is not None
