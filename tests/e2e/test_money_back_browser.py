"""Money back and fees in a browser: half a refund on cancelling, cancelling late, a no-show fee with 3-D Secure."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from billing.models import Payment, Refund
from billing.services import fees
from billing.services.concerns import raise_concern
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.models import Appointment
from scheduling.services.messages import manage_url
from tests import factories as make
from tests.accessibility import assert_usable_in_every_look
from tests.billing.money import make_dispute, make_refund
from tests.billing.stripe_money import Till, make_till
from tests.e2e.test_setup_browser import enter
from tests.factories import NOW, at

if TYPE_CHECKING:
    from tenants.models import Business
    from tests.conftest import Site

AFTER = at("2027-06-07T22:00:00+00:00")


@pytest.fixture
def till(
    stripe_sandbox: StripeSandbox,
    committed: "Business",
    site: "Site",
    page: Page,
    platform_client: Any,
    client_for: Callable[..., Any],
    clock: Callable[[Any], None],
) -> Till:
    clock(NOW)
    committed.timezone = "America/New_York"
    committed.save()
    enter(page, site, make.make_member(committed), client_for)
    return make_till(committed, stripe_sandbox, platform_client)


def client_page(site: "Site", till: Till, appointment: Appointment, path: str = "") -> str:
    """The client's own page on the running site."""
    return site.url("zen", "/a/" + manage_url(till.business, appointment, suffix=path).partition("/a/")[2])


def test_staff_cancel_with_half_a_refund(site: "Site", till: Till, page: Page) -> None:
    appointment = till.book()
    till.pay(appointment)
    page.goto(site.url("zen", f"/dashboard/appointments/{appointment.pk}/"))
    expect(page.locator("#money-events-title")).to_be_visible()
    assert_usable_in_every_look(page)
    page.get_by_role("link", name="Cancel appointment").click()
    page.get_by_label("Refund a part").check()
    page.get_by_label("Amount of that part").fill("500")
    page.get_by_role("button", name="Cancel appointment").click()
    expect(page.get_by_text("At most $100.00 can be refunded.")).to_be_visible()
    page.get_by_label("Amount of that part").fill("50")
    page.get_by_role("button", name="Cancel appointment").click()
    expect(page.get_by_text("kept $50.00, refunded $50.00")).to_be_visible()
    till.work(NOW + timedelta(minutes=1))
    page.reload()
    expect(page.get_by_text("Refund: Refunded")).to_be_visible()
    assert_usable_in_every_look(page)
    assert [refund["amount"] for refund in till.refunds_at_stripe()] == [5000]


def test_a_client_cancels_late_and_reads_before_what_it_costs(
    site: "Site", till: Till, page: Page, clock: Callable[[Any], None]
) -> None:
    appointment = till.book()
    till.pay(appointment)
    clock(at("2027-06-06T08:00:00-04:00"))
    page.goto(client_page(site, till, appointment, "/cancel"))
    expect(page.get_by_text("You will be refunded $50.00 to Visa 4242.")).to_be_visible()
    expect(page.get_by_text("The fee is $50.00.")).to_be_visible()
    assert_usable_in_every_look(page)
    page.get_by_role("button", name="Cancel appointment").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    till.work(at("2027-06-06T08:01:00-04:00"))
    assert Refund.objects.get().state == "succeeded"


def test_a_no_show_fee_that_the_bank_wants_the_client_to_confirm(
    site: "Site", till: Till, page: Page, clock: Callable[[Any], None]
) -> None:
    appointment = till.book()
    till.keep_card(appointment, "4000002760003184")
    clock(AFTER)
    page.goto(site.url("zen", f"/dashboard/appointments/{appointment.pk}/"))
    page.get_by_role("link", name="No-show").click()
    expect(page.get_by_text("By the policy: charge $100.00 to Visa 3184")).to_be_visible()
    assert_usable_in_every_look(page)
    page.get_by_role("button", name="Mark as no-show").click()
    till.work(AFTER + timedelta(minutes=1))
    page.goto(site.url("zen", f"/dashboard/appointments/{appointment.pk}/"))
    expect(page.get_by_text("The client has a link to pay.")).to_be_visible()

    page.goto(client_page(site, till, appointment, "/fee"))
    expect(page.get_by_role("heading", name="$100.00 to pay")).to_be_visible()
    assert_usable_in_every_look(page)
    page.get_by_role("button", name="Pay $100.00").click()
    page.get_by_label("Card number").fill("4000 0027 6000 3184")
    page.get_by_label("Name on card").fill("Kim Lee")
    page.get_by_role("button", name="Pay $100.00").click()
    page.get_by_role("button", name="Complete").click()
    page.wait_for_url("**/fee?**back=1")
    till.hear(AFTER + timedelta(minutes=10))
    page.goto(client_page(site, till, appointment, "/fee"))
    expect(page.get_by_role("heading", name="Nothing is left to pay")).to_be_visible()
    payment = Payment.objects.get()
    assert (payment.state, payment.amount) == ("succeeded", 10000)
    assert fees.fee_of(appointment) == payment


def test_the_pages_of_payments_and_the_policy_are_for_everybody(site: "Site", till: Till, page: Page) -> None:
    appointment = till.book()
    payment = till.pay(appointment)
    make_refund(payment, 2500, "failed", failure_code="declined")
    make_dispute(till.pay(till.book(), 4000), 4000, due_by=NOW + timedelta(days=5))
    raise_concern("cash_to_return", "one", appointment=appointment, now=NOW, amount=4000, currency="usd")
    till.keep_card(appointment)
    for path in (
        "payments/", "payments/refunds/", "payments/disputes/", "payments/concerns/", "settings/policy", "",
        f"clients/{appointment.client_id}/", f"appointments/{appointment.pk}/cancel",
    ):  # fmt: skip
        page.goto(site.url("zen", f"/dashboard/{path}"))
        assert_usable_in_every_look(page)


def test_the_policys_examples_follow_what_is_typed(site: "Site", till: Till, page: Page) -> None:
    page.goto(site.url("zen", "/dashboard/settings/policy"))
    expect(page.get_by_text("Cancel by Mon 7 Jun, 10:30 am for a full refund.")).to_be_visible()
    page.get_by_label("At least").first.fill("72")
    expect(page.get_by_text("Cancel by Sun 6 Jun, 10:30 am for a full refund.")).to_be_visible()
