"""`./dev up`: the whole platform with demo data, until Ctrl-C."""

import contextlib
import ctypes
import fcntl
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import IO

from local_environment import (
    PYTHON,
    choose_ports,
    current_ports,
    demo_environment,
    run,
    say,
    services,
)
from local_services import LOCAL, ROOT


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


LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
MOST_REVIVALS, WITHIN_SECONDS = 10, 60.0


def die_with_parent() -> None:
    """Linux: when `dev` is killed outright, its children end too."""
    if LIBC is not None:
        LIBC.prctl(1, signal.SIGTERM)


def relay(name: str, stream: IO[str]) -> None:
    for line in stream:
        print(f"{name:>8} | {line.rstrip()}", flush=True)


class Children:
    """The processes of the platform, each in a process group of its own."""

    def __init__(self, commands: dict[str, list[str]], env: dict[str, str]) -> None:
        self.commands, self.env = commands, env
        self.processes = {name: self._start(command, env) for name, command in commands.items()}
        self._revived: list[float] = []
        for name, process in self.processes.items():
            self._relay(name, process)

    @staticmethod
    def _relay(name: str, process: subprocess.Popen[str]) -> None:
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
            preexec_fn=die_with_parent,  # noqa: PLW1509 - a call of the C library that is loaded already, no lock
        )

    def ended(self, *, revive: bool = False) -> str | None:
        """Which process ended, and how; None while all run. `revive` starts what somebody killed once more."""
        for name, process in self.processes.items():
            code = process.poll()
            if code is None or (revive and code < 0 and self._revive(name, -code)):
                continue
            return f"{name} ended ({'signal ' + str(-code) if code < 0 else 'exit code ' + str(code)})"
        return None

    def _revive(self, name: str, number: int) -> bool:
        """False when that was done too often of late."""
        now = time.monotonic()
        self._revived = [then for then in self._revived if now - then < WITHIN_SECONDS]
        if len(self._revived) >= MOST_REVIVALS:
            return False
        self._revived.append(now)
        say(f"{name} was killed (signal {number}); starting it again")
        self._signal(self.processes[name], signal.SIGKILL)  # what it left behind
        self.processes[name] = self._start(self.commands[name], self.env)
        self._relay(name, self.processes[name])
        return True

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
    while not (ended := children.ended(revive=True)):
        time.sleep(0.5)
    say(f"{ended}; stopping the rest")
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
