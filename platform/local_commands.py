"""The commands of `./dev` once there is an environment: services, the running platform, tests and checks.

`dev` runs this with the virtual environment's interpreter; only the standard library is used.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn

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


# Services: PostgreSQL and Valkey, shared by every command of this checkout that runs now


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


# ./dev up


def already_up() -> bool:
    with (LOCAL / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def addresses(ports: dict[str, int]) -> str:
    web = ports["web"]
    lines = [
        f"  Platform         http://localhost:{web}/",
        f"  Demo business    http://harbor-pine.localhost:{web}/",
        f"  Its dashboard    http://harbor-pine.localhost:{web}/dashboard/",
        f"  API reference    http://localhost:{web}/v1/docs",
        f"  Mailbox          http://localhost:{ports['mailbox']}/     every mail the platform sends",
        f"  Stripe           http://localhost:{ports['stripe']}/     a stand-in: test cards, no real money",
        f"  Google           http://localhost:{ports['google']}/     a stand-in: the calendars of made-up people",
    ]
    return "\n".join(lines)


def children_commands(ports: dict[str, int]) -> dict[str, list[str]]:
    python, web = PYTHON, ports["web"]
    celery = [python, "-m", "celery", "--quiet", "-A", "daybook.celery"]
    binds = ["--bind", f"127.0.0.1:{web}"]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        binds += ["--bind", f"[::1]:{web}"]
    return {
        "sandbox": [python, "-m", "daybook.sandbox"],
        "web": [
            *(python, "-m", "gunicorn", "daybook.wsgi:application", *binds),
            *("--preload", "--worker-class", "gthread", "--workers", "4", "--threads", "2", "--no-control-socket"),
            *("--log-level", "warning", "--worker-tmp-dir", str(LOCAL)),
        ],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(LOCAL / "beat"), "--pidfile", ""],
    }  # fmt: skip


def die_with_parent() -> None:
    """Linux: when `dev` is killed outright, its children end too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def relay(name: str, stream: IO[str]) -> None:
    for line in stream:
        print(f"{name:>8} | {line.rstrip()}", flush=True)


class Children:
    """The processes of the platform, each in a process group of its own."""

    def __init__(self, commands: dict[str, list[str]], env: dict[str, str]) -> None:
        self.processes = {name: self._start(command, env) for name, command in commands.items()}
        for name, process in self.processes.items():
            threading.Thread(target=relay, args=(name, process.stdout), daemon=True).start()

    @staticmethod
    def _start(command: list[str], env: dict[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads yet: they begin when every process has started
        )

    def ended(self) -> str | None:
        """Which process ended, and how; None while all run."""
        for name, process in self.processes.items():
            code = process.poll()
            if code is not None:
                return f"{name} ended ({'signal ' + str(-code) if code < 0 else 'exit code ' + str(code)})"
        return None

    def stop(self, patience: float = 10) -> None:
        for process in self.processes.values():
            self._signal(process, signal.SIGTERM)
        limit = time.monotonic() + patience
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, limit - time.monotonic()))
            self._signal(process, signal.SIGKILL)
            process.wait()

    @staticmethod
    def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)


def healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def daybook(*words: str, env: dict[str, str]) -> None:
    """A management command that must succeed."""
    if run(PYTHON, "-m", "daybook", *words, env=env):
        sys.exit(f"`daybook {' '.join(words)}` failed; see above.")


def static_state() -> str:
    """Changes when a static file, its build or a package changes."""
    commands = ROOT / "platform" / "daybook" / "core" / "management" / "commands"
    sources = [
        *(ROOT / "static").rglob("*"),
        *(ROOT / "locale").rglob("*.po"),
        *ROOT.glob("[a-z]*/static/**/*"),
        commands / "build_assets.py",
    ]
    digest = hashlib.sha256((ROOT / "requirements" / "dev.txt").read_bytes())
    for path in sorted(path for path in sources if path.is_file()):
        digest.update(f"{path}:{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def prepare(env: dict[str, str]) -> None:
    """Database, static files and demo data, each step safe to repeat."""
    daybook("migrate", env=env)
    say("database migrated")
    stamp, state = LOCAL / "static-state", static_state()
    if not stamp.exists() or stamp.read_text() != state:
        daybook("build_assets", env=env)
        daybook("collectstatic", "--noinput", "--clear", "--verbosity", "0", env=env)
        stamp.write_text(state)
        say("static files collected")
    daybook("demo_data", env=env)
    say("demo data ready")


def wait_until_ended(children: Children, ports: dict[str, int], env: dict[str, str]) -> int:
    """Announce the platform once it answers, then wait; the exit code when one of its processes ends."""
    waiting = [ports["web"], ports["mailbox"], ports["stripe"], ports["google"]]
    while not children.ended():
        waiting = [port for port in waiting if not healthy(port)]
        if not waiting:
            run(PYTHON, "-m", "daybook", "demo_data", "--payments", env=env)
            say("Daybook is running. Ctrl-C stops it.")
            print(f"\n{addresses(ports)}\n", flush=True)
            run(PYTHON, "-m", "daybook", "demo_data", "--show", env=env)
            break
        time.sleep(0.2)
    while not children.ended():
        time.sleep(0.5)
    say(f"{children.ended()}; stopping the rest")
    return 1


def up() -> int:
    lock = (LOCAL / "up.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Daybook is already running from this checkout:\n\n{addresses(current_ports())}")
        return 0
    with services() as found:
        say("PostgreSQL and Valkey ready")
        ports = choose_ports()
        env = demo_environment(found, ports)
        env.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser privileges")
        prepare(env)
        (LOCAL / "up.json").write_text(json.dumps(ports))
        children = Children(children_commands(ports), env)
        try:
            return wait_until_ended(children, ports, env)
        except KeyboardInterrupt:
            print(flush=True)
            say("stopping")
            return 0
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            children.stop()


# The other commands


def test(arguments: list[str]) -> int:
    if "--all" in arguments:
        arguments = ["-m", "", *(word for word in arguments if word != "--all")]
    with services(f"test-{os.getpid()}") as env:
        env["DJANGO_SETTINGS_MODULE"] = "daybook.settings.test"
        return run(PYTHON, "-m", "pytest", *arguments, env=env)


def check() -> int:
    """Every check, even after one has failed; 1 when any did."""
    python, lint_imports = [PYTHON, "-m"], str(Path(PYTHON).with_name("lint-imports"))
    with services(f"test-{os.getpid()}") as env:
        env["DJANGO_SETTINGS_MODULE"] = "daybook.settings.test"
        checks: dict[str, list[str]] = {
            "lint": [*python, "ruff", "check", "."],
            "format": [*python, "ruff", "format", "--check", "."],
            "types": [*python, "mypy"],
            "layers": [lint_imports],
            "migrations": [*python, "daybook", "makemigrations", "--check", "--dry-run"],
            "settings": [*python, "daybook", "check", "--fail-level", "WARNING"],
            "templates": [PYTHON, str(ROOT / "tests" / "check_templates.py")],
        }
        failed = []
        for name, command in checks.items():
            say(f"{name}")
            if run(*command, env=env):
                failed.append(name)
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nAll checks passed.", flush=True)
    return 1 if failed else 0


def manage(arguments: list[str], settings: str = "daybook.settings.demo") -> int:
    with services() as found:
        env = demo_environment(found, current_ports())
        env["DJANGO_SETTINGS_MODULE"] = os.environ.get("DJANGO_SETTINGS_MODULE", settings)
        return run(PYTHON, "-m", "daybook", *arguments, env=env)


def reset() -> int:
    if already_up():
        sys.exit("Daybook is running from this checkout; stop it first.")
    with (LOCAL / "users.lock").open("w") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Another ./dev command of this checkout is at work; wait for it first.")
        postgres = None if os.environ.get("DATABASE_URL") else Postgres()
        stop(postgres)
        if postgres:
            postgres.reset()
    shutil.rmtree(LOCAL)
    print("Local database, mails and secrets are gone.")
    return 0


def main(command: str, arguments: list[str]) -> int:
    alone = {"up": up, "check": check, "reset": reset}
    if command in alone:
        return alone[command]()
    if command == "test":
        return test(arguments)
    return manage(arguments if command == "manage" else [command, *arguments])


def terminate(*_: object) -> NoReturn:
    raise Terminated


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminate)
    try:
        sys.exit(main(sys.argv[1], sys.argv[2:]))
    except KeyboardInterrupt:
        sys.exit(130)
