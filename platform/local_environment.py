"""What every command of `./dev` begins with: services, ports, and what the processes of the demo know.

Only the standard library is used.
"""

import contextlib
import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from local_services import LOCAL, ROOT, Postgres, Valkey, start, stop

PYTHON = sys.executable
STARTED = time.monotonic()


class Terminated(KeyboardInterrupt):
    """This process was told to end (SIGTERM); handled like Ctrl-C."""


def say(text: str) -> None:
    print(f"[{time.monotonic() - STARTED:5.1f}s] {text}", flush=True)


def run(*command: object, env: dict[str, str] | None = None) -> int:
    """Run a command in the checkout; its exit code. An interrupted one gets time to clean up."""
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT, env=env)
    try:
        return process.wait()
    except KeyboardInterrupt as interruption:
        if isinstance(interruption, Terminated):
            process.terminate()  # after Ctrl-C it has had its own signal from the terminal
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        raise


@contextlib.contextmanager
def services(valkey: str = "valkey") -> Iterator[dict[str, str]]:
    """The environment with DATABASE_URL, REDIS_URL and BROKER_URL. The last user of the local servers stops them.

    `valkey` names the Valkey to use: a name of one's own is a server of one's own.
    """
    postgres = None if os.environ.get("DATABASE_URL") else Postgres()
    cache = None if os.environ.get("REDIS_URL") else Valkey(valkey)
    with (LOCAL / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield {**os.environ, **start(postgres, cache)}
        finally:
            if cache and valkey != "valkey":
                cache.stop()
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(postgres)


def secret(name: str) -> str:
    """A random secret of this checkout, made once."""
    path = LOCAL / name
    if not path.exists():
        with (
            contextlib.suppress(FileExistsError),
            open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new,
        ):
            new.write(secrets.token_urlsafe(48))
    return path.read_text()


def demo_environment(env: dict[str, str], ports: dict[str, int]) -> dict[str, str]:
    """What every process of the demo knows."""
    values = {
        "DJANGO_SETTINGS_MODULE": "daybook.settings.demo",
        "DAYBOOK_LOCAL": str(LOCAL),
        "SECRET_KEY": secret("secret-key"),
        "LINK_KEY": secret("link-key"),
        "SECRETS_KEYS": secret("secrets-key"),
        "BASE_DOMAIN": "localhost",
        "PORT": str(ports["web"]),
        "PLATFORM_URL": f"http://localhost:{ports['web']}",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ports["smtp"]),
        "MAILBOX_PORT": str(ports["mailbox"]),
        "MAILBOX_URL": f"http://localhost:{ports['mailbox']}",
        "STRIPE_PORT": str(ports["stripe"]),
        "GOOGLE_PORT": str(ports["google"]),
    }
    values |= {} if env.get("STRIPE_SECRET_KEY") else stripe_sandbox(ports)
    values |= {} if env.get("GOOGLE_CLIENT_ID") else google_sandbox(ports)
    return {**env, **values}


def stripe_sandbox(ports: dict[str, int]) -> dict[str, str]:
    """What leads to the stand-in for Stripe; keys of one's own in the environment lead to Stripe itself."""
    return {
        "STRIPE_API_BASE": f"http://localhost:{ports['stripe']}",
        "STRIPE_SECRET_KEY": "sk_test_sandbox",
        "STRIPE_WEBHOOK_SECRETS": "whsec_test_connect,whsec_test_account",
        "STRIPE_THIN_SECRETS": "whsec_test_thin",
    }


def google_sandbox(ports: dict[str, int]) -> dict[str, str]:
    """What leads to the stand-in for Google; a client of one's own in the environment leads to Google itself."""
    base = f"http://localhost:{ports['google']}"
    return {
        "GOOGLE_CLIENT_ID": "daybook-local",
        "GOOGLE_CLIENT_SECRET": "local-secret",
        "GOOGLE_API_BASE": base,
        "GOOGLE_AUTH_URI": f"{base}/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URI": f"{base}/token",
        "GOOGLE_REVOKE_URI": f"{base}/revoke",
        "GOOGLE_WEBHOOK_URL": f"https://localhost:{ports['web']}/v1/webhooks/google-calendar",
        "OAUTHLIB_INSECURE_TRANSPORT": "1",
    }


def taken(port: int) -> bool:
    """Whether another program listens on this port of the loopback addresses."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            probe.settimeout(1)
            if probe.connect_ex((host, port)) == 0:
                return True
    return False


def choose_ports() -> dict[str, int]:
    """PORT when it is set, else 8000 or the next free one; the stand-ins take the next free ones."""
    wanted = os.environ.get("PORT")
    if wanted and taken(int(wanted)):
        sys.exit(f"Port {wanted} is taken by another program; choose another PORT, or none.")
    free = (port for port in range(int(wanted or 8000), 65000) if not taken(port))
    return {name: next(free) for name in ("web", "mailbox", "smtp", "stripe", "google")}


def current_ports() -> dict[str, int]:
    """The ports of the platform that runs now, else those it would take."""
    usual = {"web": int(os.environ.get("PORT") or 8000), "mailbox": 8001, "smtp": 8002, "stripe": 8003, "google": 8004}
    with contextlib.suppress(OSError, ValueError), (LOCAL / "up.json").open() as state:
        if already_up():
            return {**usual, **json.load(state)}
    return usual


def already_up() -> bool:
    with (LOCAL / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
