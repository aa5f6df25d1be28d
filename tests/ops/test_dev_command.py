"""The developer command and the servers it brings along, in a checkout of their own."""

import ast
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis

ROOT = Path(__file__).resolve().parents[2]
OWN = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "PORT", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "LINK_KEY", "CI")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in OWN}


def test_dev_can_be_read_by_an_older_python() -> None:
    """It must be able to say that it needs a newer one."""
    ast.parse((ROOT / "dev").read_text(), feature_version=(3, 8))


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--help",), 0), (("dance",), 2)])
def test_dev_explains_itself(arguments: tuple[str, ...], code: int) -> None:
    done = subprocess.run([sys.executable, ROOT / "dev", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "./dev up" in done.stdout


def services(checkout: Path, action: str) -> dict[str, Any]:
    command = [sys.executable, str(checkout / "platform" / "local_services.py"), action]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout or "{}")
    return found


def forget(checkout: Path) -> None:
    """Stop the servers of a checkout and remove what it keeps outside of itself."""
    code = "from local_services import Postgres, stop; stop(None); Postgres().reset()"
    subprocess.run([sys.executable, "-c", code], cwd=checkout / "platform", env=ENVIRONMENT, check=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "platform").mkdir()
    shutil.copy(ROOT / "platform" / "local_services.py", tmp_path / "platform")
    yield tmp_path
    forget(tmp_path)


def test_servers_start_from_nothing_once_however_many_ask(checkout: Path) -> None:
    command = [sys.executable, str(checkout / "platform" / "local_services.py"), "start"]
    racing = [subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [process.communicate(timeout=60)[0] for process in racing]
    assert len(set(answers)) == 1
    found = json.loads(answers[0])
    with psycopg.connect(found["DATABASE_URL"]) as connection:
        assert connection.execute("show deadlock_timeout").fetchone() == ("200ms",)
    with Redis.from_url(found["REDIS_URL"]) as valkey:
        assert valkey.ping()


def test_stopped_servers_are_gone_and_their_data_comes_back(checkout: Path) -> None:
    url = services(checkout, "start")["DATABASE_URL"]
    with psycopg.connect(url) as connection:
        connection.execute("create table kept (id int)")
    services(checkout, "stop")
    assert services(checkout, "status") == {"postgres": False, "valkey": False}
    services(checkout, "start")
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_postgresql_comes_back_after_it_was_killed(checkout: Path) -> None:
    url = services(checkout, "start")["DATABASE_URL"]
    with psycopg.connect(url) as connection:
        row = connection.execute("show data_directory").fetchone()
    assert row is not None
    os.kill(int(Path(row[0], "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    services(checkout, "start")
    with psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_given_servers_are_used_and_none_is_started(checkout: Path) -> None:
    environment = {**ENVIRONMENT, "DATABASE_URL": "postgresql://else/where", "REDIS_URL": "redis://elsewhere"}
    command = [sys.executable, str(checkout / "platform" / "local_services.py"), "start"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {}
    assert services(checkout, "status") == {"postgres": False, "valkey": False}


@pytest.fixture
def whole_checkout(tmp_path: Path) -> Iterator[Path]:
    """A copy of all files that belong to the repository, as a newcomer has them."""
    copy = tmp_path / "daybook"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    yield copy
    forget(copy)


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.2)
    return False


def status(port: int, path: str, host: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def group_members(root_pid: int) -> set[int]:
    """Processes below this one, whatever their group (Linux)."""
    below, parents = {root_pid}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rsplit(")", 1)[1].split()[1])
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return below - {root_pid}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_up_from_a_clean_checkout_runs_everything_and_stops_everything(whole_checkout: Path, tmp_path: Path) -> None:
    log = tmp_path / "up.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, whole_checkout / "dev", "up"], env=ENVIRONMENT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        assert wait_for(lambda: "Ctrl-C stops it" in log.read_text() or process.poll() is not None, 240)
        text = log.read_text()
        found = re.search(r"http://localhost:(\d+)/", text)
        assert found, text
        port = int(found[1])
        assert status(port, "/readyz", "localhost") == 200
        assert status(port, "/", "harbor-pine.localhost") == 200
        assert status(port, "/", "nobody.localhost") == 404
        second = subprocess.run(
            [sys.executable, whole_checkout / "dev", "up"], env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        assert "already running" in second.stdout
        children = group_members(process.pid)
        assert len(children) >= 6
        for name in ("celery", "gunicorn"):  # whoever kills a process of it finds the platform whole a moment later
            os.kill(min(pid for pid in children if name in Path(f"/proc/{pid}/cmdline").read_text()), signal.SIGKILL)
        assert wait_for(lambda: log.read_text().count("starting it again") == 2, 60)
        assert wait_for(lambda: status(port, "/readyz", "localhost") == 200, 60)
        assert process.poll() is None
        children = group_members(process.pid)
        process.terminate()
        assert process.wait(30) == 0
        assert [
            pid
            for pid in children
            if Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_text()
        ] == []
        assert services(whole_checkout, "status") == {"postgres": False, "valkey": False}
    finally:
        process.kill()
        process.wait()
