"""What is deployed: the Compose file, the proxy and the image. No Docker engine runs here, so files are read and the
image's content is proved by its own steps: the wheel, in an environment that holds the locked packages only."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tenants.services.domains import CHALLENGE

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"SECRET_KEY": "s" * 48, "LINK_KEY": "l" * 48, "SECRETS_KEYS": "e" * 48}
PRODUCTION = {
    **SECRETS,
    "DJANGO_SETTINGS_MODULE": "daybook.settings.production",
    "BASE_DOMAIN": "daybook.example",
    "PLATFORM_URL": "https://daybook.example",
    "DATABASE_URL": "postgresql://daybook@db/daybook",
    "REDIS_URL": "redis://redis:6379/0",
    "SMTP_HOST": "mail.example",
    "MAIL_FROM": "bookings@daybook.example",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_compose_has_every_part(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "redis", "migrate", "web", "worker", "beat", "proxy"}


def test_every_lasting_service_tells_its_health(compose: dict[str, Any]) -> None:
    lasting = {name for name, service in compose["services"].items() if service["restart"] != "no"}
    assert lasting == {name for name, service in compose["services"].items() if "healthcheck" in service}


def test_images_are_pinned_to_a_version(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [image for image in images if not re.search(r":\d+\.\d+", image)] == []


def test_secrets_come_from_outside(compose: dict[str, Any]) -> None:
    environment = compose["services"]["web"]["environment"]
    assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert environment["LINK_KEY"].startswith("${LINK_KEY:?")
    assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]


def test_only_the_proxy_is_reached_from_outside(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]


def test_daybook_starts_when_the_database_is_migrated(compose: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        waits = compose["services"][name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}


def test_compose_gives_production_all_it_asks_for(compose: dict[str, Any]) -> None:
    given = set(compose["services"]["web"]["environment"]) | {"DJANGO_SETTINGS_MODULE"}
    assert set(PRODUCTION) <= given


def test_proxy_serves_all_hosts_and_names_the_client() -> None:
    config = (ROOT / "deploy" / "proxy.conf.template").read_text()
    assert "server_name .${BASE_DOMAIN};" in config
    assert "proxy_set_header Host $host;" in config
    assert "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" in config
    assert "proxy_set_header X-Forwarded-Proto https;" in config
    assert config.count("{") == config.count("}")


def test_proof_of_a_domain_is_asked_for_over_plain_http() -> None:
    plain = (ROOT / "deploy" / "proxy.conf.template").read_text().split("server {")[1]
    assert "listen 80" in plain
    assert re.search(rf"location {CHALLENGE} {{\s+proxy_pass http://daybook;", plain)


def start_production(**changes: str) -> subprocess.CompletedProcess[str]:
    """Load production settings in a process of their own, with changes to a good environment ("" removes)."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    code = "import daybook.settings.production"
    environment = {**kept, **PRODUCTION, **changes}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_production_starts_with_a_full_environment() -> None:
    assert start_production().stderr == ""


def test_production_starts_with_stripe_meant_for_real_money() -> None:
    secret = "whsec_" + "s" * 32
    real = {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRETS": f"{secret}, {secret}"}
    assert start_production(**real, STRIPE_THIN_SECRETS=secret).stderr == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "demo-only-" + "k" * 50}, "SECRET_KEY is missing, short or a default"),
        ({"LINK_KEY": "short"}, "LINK_KEY is missing, short"),
        ({"SECRETS_KEYS": ""}, "SECRETS_KEYS is missing, short"),
        ({"SECRETS_KEYS": "e" * 48 + ",demo-only-" + "e" * 50}, "SECRETS_KEYS is missing, short or a default"),
        ({"SECRETS_KEYS": SECRETS["LINK_KEY"]}, "SECRETS_KEYS must differ"),
        ({"GOOGLE_TOKEN_URI": "http://google.example/token"}, "GOOGLE_TOKEN_URI must be https"),
        ({"LINK_KEY": SECRETS["SECRET_KEY"]}, "LINK_KEY must differ"),
        ({"DEBUG": "1"}, "DEBUG is on"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is missing"),
        ({"REDIS_URL": ""}, "REDIS_URL is missing"),
        ({"SMTP_HOST": ""}, "SMTP_HOST is missing"),
        ({"BASE_DOMAIN": ""}, "BASE_DOMAIN is missing"),
        ({"PLATFORM_URL": "http://daybook.example"}, "PLATFORM_URL must be https"),
        ({"STRIPE_API_BASE": "http://localhost:12111"}, "STRIPE_API_BASE must be https"),
        ({"STRIPE_SECRET_KEY": "sk_test_sandbox"}, "STRIPE_SECRET_KEY is a test key"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "STRIPE_WEBHOOK_SECRETS is missing; STRIPE_THIN_SECRETS is missing"),
        (
            {"STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRETS": "whsec_test_connect"},
            "STRIPE_WEBHOOK_SECRETS has a test secret",
        ),
        ({"GOOGLE_AUTH_URI": "http://localhost:12112/auth"}, "GOOGLE_AUTH_URI must be https"),
        ({"OAUTHLIB_INSECURE_TRANSPORT": "1"}, "OAUTHLIB_INSECURE_TRANSPORT is set"),
        ({"GOOGLE_API_BASE": "http://localhost:12112"}, "GOOGLE_API_BASE must be https"),
    ],
)
def test_hc264_production_refuses_what_is_missing_default_or_unsafe(changes: dict[str, str], reason: str) -> None:
    refused = start_production(**changes)
    assert refused.returncode == 1
    assert reason in refused.stderr


def run(*command: object, environment: dict[str, str], cwd: Path = Path("/")) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO", "VIRTUAL"))}
    words = [str(part) for part in command]
    done = subprocess.run(words, env={**kept, **environment}, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_wheel_starts_with_the_locked_packages_alone(tmp_path: Path) -> None:
    uv, python = Path(sys.executable).with_name("uv"), tmp_path / "venv" / "bin" / "python"
    quiet = {"UV_PYTHON_DOWNLOADS": "never"}
    run(
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        tmp_path,
        environment={},
        cwd=ROOT,
    )
    [wheel] = tmp_path.glob("*.whl")
    run(uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv", environment=quiet)
    install = (uv, "pip", "install", "--quiet", "--python", python)
    run(*install, "--require-hashes", "-r", ROOT / "requirements" / "app.txt", environment=quiet)
    run(*install, "--no-deps", wheel, environment=quiet)

    folders = {name: str(tmp_path / name.lower()) for name in ("STATIC_ROOT", "ASSETS_DIR", "MEDIA_ROOT")}
    production = {**PRODUCTION, **folders}
    daybook = python.with_name("daybook")
    run(daybook, "build_assets", environment=production)
    run(daybook, "collectstatic", "--noinput", "--verbosity", "0", environment=production)
    manifest = json.loads((tmp_path / "static_root" / "staticfiles.json").read_text())
    assert "css/base.css" in manifest["paths"]
    run(daybook, "check", "--deploy", "--fail-level", "ERROR", environment=production)
    code = "from django.template.loader import get_template as t; import django; django.setup(); t('404.html')"
    run(python, "-c", code, environment=production)
    run(python, "-c", "import daybook.wsgi, daybook.celery", environment=production)
