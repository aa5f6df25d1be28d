"""Signing up as a person does it: in a browser, with the link out of the mailbox."""

import re
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from daybook.core.outbox import relay
from tenants.models import Business
from tests.conftest import Site

if TYPE_CHECKING:
    from daybook.sandbox.mail.server import MailSandbox


def link_out_of(mailbox: "MailSandbox") -> str:
    """The link of the mail that the sign-up sent."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    relay.drain(now=timezone.now())
    (mail,) = mailbox.mailbox.search(to="rosa@pine.test")
    found = re.search(r"http://\S+/signup/verify/\S+", mail.text or "")
    assert found
    return found.group(0)


def test_a_person_opens_a_business_in_a_browser(site: Site, page: Page, mailbox: "MailSandbox") -> None:
    page.goto(f"{site.platform}/")
    page.get_by_role("link", name="Open your booking page").click()
    page.get_by_label("Business name").fill("Café Zürich")
    page.get_by_label("Business name").press("Tab")
    expect(page.get_by_label("Address of your booking page")).to_have_value("cafe-zurich")
    page.get_by_label("Address of your booking page").fill("acme")
    expect(page.get_by_role("status").filter(has_text="already taken")).to_be_visible()
    page.get_by_label("Address of your booking page").fill("cafe-rosa")
    expect(page.get_by_text("cafe-rosa.localhost is free")).to_be_visible()
    page.get_by_label("Business name").fill("Café Zürich AG")
    page.get_by_label("Business name").press("Tab")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("Address of your booking page")).to_have_value("cafe-rosa")
    page.get_by_label("Country").select_option("CH")
    page.get_by_label("Your name").fill("Rosa")
    page.get_by_label("E-mail").fill("rosa@pine.test")
    page.get_by_label("Password").fill("a-long-enough-secret")
    page.get_by_role("button", name="Create my booking page").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()

    page.goto(link_out_of(mailbox))
    page.get_by_role("button", name="Verify and open").click()
    page.wait_for_url(site.url("cafe-rosa", "/dashboard/welcome"))
    made = Business.objects.get(slug="cafe-rosa")
    assert (made.name, made.currency, made.status) == ("Café Zürich AG", "chf", "active")

    page.goto(f"{site.platform}/businesses/")
    page.get_by_role("link", name="Café Zürich AG").click()
    page.wait_for_url(site.url("cafe-rosa", "/dashboard/"))


def test_a_suggestion_that_comes_late_leaves_what_was_typed(site: Site, page: Page) -> None:
    page.goto(f"{site.platform}/signup")
    late: list[Route] = []
    page.route(re.compile(r"/signup/slug\?business_name"), lambda route: late.append(route))
    slug = page.get_by_label("Address of your booking page")
    with page.expect_request(re.compile("/signup/slug")):
        page.get_by_label("Business name").fill("Café Zürich")
        page.get_by_label("Business name").press("Tab")
    slug.press_sequentially("ac")
    with page.expect_response(re.compile("business_name")):
        late[0].continue_()
    slug.press_sequentially("me")
    expect(page.get_by_role("status").filter(has_text="already taken")).to_be_visible()
    expect(slug).to_have_value("acme")
