"""The pages of the platform's host (sign-up, log-in, two-step sign-in) hold: in words, in width, in colour."""

from typing import TYPE_CHECKING

from tests.conftest import HostClient
from tests.e2e.test_every_screen import TURN, look
from tests.tenants.people import PASSWORD, person, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.conftest import Site

OPEN = ("/", "/signup", "/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/nowhere")
SIGNED_IN = (
    "/businesses/",
    "/businesses/new/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/sessions/",
)


def looked_at(page: "Page", site: "Site", addresses: tuple[str, ...]) -> list[str]:
    """What is wrong with the pages, wide and light, then small and dark."""
    wrong = []
    for address in addresses:
        page.set_viewport_size({"width": 1280, "height": 844})
        answer = page.goto(f"{site.platform}{address}")
        if answer is None or answer.status != (404 if address == "/nowhere" else 200):
            wrong.append(f"{address}: answered {answer and answer.status}")
            continue
        wrong += look(page, f"{address} 1280 light")
        page.set_viewport_size({"width": 390, "height": 844})
        page.evaluate(TURN, "dark")
        wrong += look(page, f"{address} 390 dark")
    return wrong


def test_pages_for_everybody(page: "Page", site: "Site", page_errors: list[str]) -> None:
    assert not (wrong := looked_at(page, site, OPEN)), "\n".join(wrong)
    page_errors[:] = [error for error in page_errors if "404" not in error]


def test_pages_of_one_s_own_account(page: "Page", site: "Site", page_errors: list[str]) -> None:
    person("rosa")
    client = HostClient("localhost")
    sign_in(client, "rosa")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    cookie = client.cookies["daybook_session"].value
    page.context.add_cookies([{"name": "daybook_session", "value": cookie, "url": site.platform}])
    assert not (wrong := looked_at(page, site, SIGNED_IN)), "\n".join(wrong)
    assert page_errors == []
