"""Real processes of the platform for tests and measurements: web, worker and an own Valkey; each ends with its block."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

from local_services import Valkey

ROOT = Path(__file__).resolve().parents[2]
QUIET = ("--log-level", "error", "--no-control-socket")


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def database_url() -> str:
    """The address of the database that this process uses."""
    values = connection.settings_dict
    host = f"?host={values['HOST']}" if values["HOST"].startswith("/") else ""
    place = "" if host else f"{values['HOST']}{':' + str(values['PORT']) if values['PORT'] else ''}"
    who = quote(values["USER"]) + (f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else "")
    return f"postgresql://{who}@{place}/{values['NAME']}{host}"


def redis_environment(port: int) -> dict[str, str]:
    """What tells a process that Redis is at this port."""
    return {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "BROKER_URL": f"redis://127.0.0.1:{port}/0"}


@contextmanager
def process(*command: object, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of this checkout with our database; ended with all its children when the block ends."""
    path = os.pathsep.join([str(ROOT / "platform"), str(ROOT)])
    own = {**os.environ, "DATABASE_URL": database_url(), "PYTHONPATH": path, "LOG_LEVEL": "ERROR", **environment}
    words = [str(word) for word in command]
    running = subprocess.Popen(
        words, cwd=ROOT, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield running
    finally:
        _end(running)


def web(port: int, *options: object, application: str = "daybook.wsgi:application", **environment: str) -> Any:
    """gunicorn on a port of 127.0.0.1."""
    gunicorn = (sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", *QUIET)
    return process(*gunicorn, *(options or ("--worker-class", "gthread", "--threads", "4")), **environment)


def worker(**environment: str) -> Any:
    """A Celery worker with one thread of work."""
    celery = (sys.executable, "-m", "celery", "--quiet", "-A", "daybook.celery", "worker", "--pool", "solo")
    return process(*celery, "--loglevel", "CRITICAL", "--without-gossip", "--without-mingle", **environment)


def beat(schedule: Path, **environment: str) -> Any:
    """Celery's clock, which keeps its notes in the file `schedule`."""
    celery = (sys.executable, "-m", "celery", "--quiet", "-A", "daybook.celery", "beat")
    return process(*celery, "--loglevel", "CRITICAL", "--schedule", schedule, "--pidfile", "", **environment)


def valkey(port: int) -> Any:
    """An own Valkey on a port of 127.0.0.1 that keeps nothing."""
    return process(Valkey.program(), "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")


def get(port: int, path: str, host: str = "localhost") -> tuple[int, bytes]:
    """Status and body of a GET; (0, b"") when nobody answers."""
    asker = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        asker.request("GET", path, headers={"Host": host})
        answer = asker.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        asker.close()


def eventually(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until it is so; fail after `seconds`."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(0.05)


def _end(running: subprocess.Popen[bytes]) -> None:
    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(running.pid, kind)
            running.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
