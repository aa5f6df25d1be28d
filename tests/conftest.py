"""Fixtures of every test: businesses in a cloned database, clients, the clock, the mailbox and a real browser.

business, other_business   acme and zen; the connection is in the business's schema, rolled back after the test
committed                  zen, with real commits (races, threads, browsers); the database is renewed after the test
client_for(slug)           a client of a business's host;  platform_client: of the platform's host
clock(instant)             sets the domain's time
valkey                     a connection to this process's own, emptied Valkey database
mailbox                    a real SMTP server that Django's mail goes to, with what it received
stripe_sandbox             a Stripe of our own, empty, with our settings leading to it (tests/stripe_world.py)
google_sandbox             a Google of our own, as new, with our settings leading to it (tests/google_world.py)
site, page                 the site on a real port, and a browser page that fails the test on script errors
"""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection as django_connection
from django.test import Client
from django.test.client import ClientHandler
from hypothesis import settings as HypothesisSettings

from daybook.core.languages.catalogues import compile_all

if TYPE_CHECKING:
    from django.test.testcases import LiveServerThread
    from playwright.sync_api import Browser, ConsoleMessage, Page
    from pytest_django import DjangoDbBlocker
    from pytest_django.fixtures import Settings
    from redis import Redis

    from daybook.sandbox.mail.server import MailSandbox
    from tenants.models import Business
    from tests.template_database import TestDatabase

pytest_plugins = ["tests.stripe_world", "tests.google_world"]
connection: Any = django_connection  # django-tenants' methods have no types
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NOT_OUR_ERRORS = ("Failed to load resource", "htmx:afterRequest", "htmx:sendError")
"""What a browser and htmx say of an answer that is an error (tests look at those), and of a request that a click cut off."""
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", {}).get("workerid", "gw-1")
    use_valkey_database(int(worker.removeprefix("gw")) + 1)
    use_patient_hypothesis()
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # WhiteNoise warns when it is missing
    compile_all(Path(django_settings.BASE_DIR) / "locale", Path(django_settings.LOCALE_PATHS[0]))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A whole run takes every core, four at most; some tests are quicker in one process."""
    some = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.option.keyword
    return 0 if some else min(4, os.cpu_count() or 1)


def use_valkey_database(number: int) -> None:
    """Each process of a parallel run has a numbered database of its own."""
    location = django_settings.REDIS_URL.replace("db=0", f"db={number}")
    django_settings.REDIS_URL = django_settings.CACHES["default"]["LOCATION"] = location
    django_settings.CELERY_BROKER_URL = django_settings.CELERY_BROKER_URL.replace("host=0", f"host={number}")


def use_patient_hypothesis() -> None:
    """Examples may take their time: they use a database, on machines that do other things too."""
    known = HypothesisSettings.get_profile("ci" if os.environ.get("CI") == "true" else "default")
    HypothesisSettings.register_profile("daybook", parent=known, deadline=None)
    HypothesisSettings.load_profile("daybook")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and marker.kwargs.get("transaction"):
            raise pytest.UsageError(
                f"{item.nodeid}: use the fixture `committed`; transaction=True flushes all businesses"
            )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On the build machine nothing may be missing, so a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker of a parallel run
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and os.environ.get("CI") == "true":
        for report in skipped:
            reporter.write_line(f"skipped, which CI does not allow: {report.nodeid} {report.longrepr}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def test_database(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: "DjangoDbBlocker"
) -> Iterator["TestDatabase"]:
    from tests.template_database import TestDatabase

    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    database = TestDatabase(worker)
    with django_db_blocker.unblock():
        try:
            database.make()
            yield database
        finally:
            database.drop()


@pytest.fixture(scope="session")
def django_db_setup(test_database: "TestDatabase") -> None:
    """Replaces pytest-django's own making of a test database."""


@pytest.fixture(autouse=True)
def _clean_surroundings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that use services begin with an empty cache; all leave the connection in `public`."""
    if {"db", "committed", "valkey"} & set(request.fixturenames):
        cache.clear()
    yield
    connection.set_schema_to_public()


def business_named(slug: str) -> "Business":
    from tenants.models import Business

    found: Business = Business.objects.get(slug=slug)
    return found


@pytest.fixture
def business(db: None) -> "Business":
    """acme; the connection is in its schema."""
    found = business_named("acme")
    connection.set_tenant(found)
    return found


@pytest.fixture
def other_business(db: None) -> "Business":
    """zen; the connection stays where it is."""
    return business_named("zen")


@pytest.fixture
def committed(test_database: "TestDatabase", django_db_blocker: "DjangoDbBlocker") -> Iterator["Business"]:
    """zen, with rows that really commit; the connection is in its schema. Everything is as before after the test."""
    with django_db_blocker.unblock():
        found = business_named("zen")
        connection.set_tenant(found)
        yield found
        test_database.renew()


@lru_cache
def _handler(enforce_csrf_checks: bool) -> ClientHandler:
    """One for all clients, as in a web process: to make its middlewares anew takes longer than many a request."""
    return ClientHandler(enforce_csrf_checks)


class HostClient(Client):
    """A client of one host. The connection's schema is after each request what it was before."""

    def __init__(self, host: str, **defaults: Any) -> None:
        super().__init__(headers={"host": host}, **defaults)
        self.handler = _handler(self.handler.enforce_csrf_checks)

    def request(self, **request: Any) -> Any:
        before = connection.tenant
        try:
            return super().request(**request)
        finally:
            connection.set_tenant(before)


@pytest.fixture
def client_for() -> Callable[..., HostClient]:
    """`client_for("acme")` speaks to acme's host. Needs `business`, `db` or `committed` beside it."""
    return lambda slug, **defaults: HostClient(f"{slug}.{django_settings.BASE_DOMAIN}", **defaults)


@pytest.fixture
def platform_client() -> HostClient:
    """Speaks to the platform's host. Needs `business`, `db` or `committed` beside it."""
    return HostClient(django_settings.BASE_DOMAIN)


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Callable[[datetime | str | None], None]:
    """`clock("2027-03-13T15:00Z")` stops the domain's clock there; None lets it run. It runs again after the test.

    `stripe_sandbox`, where a test has it, goes by the same time.
    """
    from daybook.core import clock as domain_clock

    def set_to(instant: datetime | str | None) -> None:
        moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        domain_clock.set_to(moment)
        if "stripe_sandbox" in request.fixturenames:
            request.getfixturevalue("stripe_sandbox").set_clock(moment)

    return set_to


@pytest.fixture
def valkey() -> Iterator["Redis"]:
    from redis import Redis

    client = Redis.from_url(django_settings.REDIS_URL)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def mailbox(tmp_path: Path, settings: "Settings") -> Iterator["MailSandbox"]:
    """Django's mail goes over SMTP to this server: `mailbox.mailbox.search(to=…)`, `mailbox.delivery.behaviour = …`."""
    from daybook.sandbox.mail.server import MailSandbox

    with MailSandbox(tmp_path / "mailbox") as sandbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sandbox.smtp_port
        yield sandbox


class Site:
    """The whole site on a port of 127.0.0.1; browsers resolve `<slug>.localhost` to it."""

    def __init__(self, thread: "LiveServerThread") -> None:
        self.port = thread.port
        self.platform = f"http://localhost:{self.port}"

    def url(self, slug: str, path: str = "/") -> str:
        """An address of a business."""
        return f"http://{slug}.localhost:{self.port}{path}"


@pytest.fixture
def site(committed: "Business", settings: "Settings") -> Iterator[Site]:
    """A running site with real commits; `committed` gives its business, zen."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, port=0)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    running = Site(thread)
    settings.PLATFORM_URL, settings.PORT = running.platform, running.port
    yield running
    thread.terminate()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt install chromium)")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's event loop runs in this thread; our code is not in it
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page_errors() -> Iterator[list[str]]:
    """Errors of scripts and of the content security policy, as they happen; what is left at the end fails the test."""
    errors: list[str] = []
    yield errors
    assert errors == []


@pytest.fixture
def page(browser: "Browser", page_errors: list[str]) -> Iterator["Page"]:
    """A page of a fresh browser profile."""

    def note(message: "ConsoleMessage") -> None:
        if message.type == "error" and not message.text.startswith(NOT_OUR_ERRORS):
            page_errors.append(message.text)

    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: page_errors.append(str(error)))
    yield page
    context.close()
