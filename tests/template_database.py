"""The test database: a migrated template with two businesses, made once per state of the migrations and cloned.

A clone takes a fraction of a second. It belongs to one process, which holds an advisory lock for it; a clone whose
lock is free was left behind by a killed run and goes.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from django.core.management import call_command
from django.db import connection as django_connection
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
connection: Any = django_connection  # django-tenants' methods have no types
BUSINESSES = ("acme", "zen")
TEMPLATES_KEPT = 3
BUILD_LOCK, CLONE_LOCK = 711, 712


def fingerprint() -> str:
    """Changes when migrations, the making of businesses or the dependencies change."""
    patterns = ("*/migrations/*.py", "platform/daybook/*/migrations/*.py", "tenants/services/*", "*/receivers.py")
    files = sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()} | {Path(__file__)})
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files))
    return digest.hexdigest()[:12]


class TestDatabase:
    """The clone of this process: `make()`, then `renew()` after tests whose rows were committed, then `drop()`."""

    __test__ = False  # its name is no invitation to pytest

    def __init__(self, worker: str) -> None:
        self.name = f"daybook_test_{os.getpid()}_{worker}"
        self.template = f"daybook_template_{fingerprint()}"
        self.server = connect_to_server()

    def make(self) -> None:
        with self._locked():
            if not self._exists(self.template):
                self._build_template()
            self._execute("select pg_advisory_lock(%s, hashtext(%s))", CLONE_LOCK, self.name)
            self._drop_abandoned()
            self._clone()
        use(self.name)

    def renew(self) -> None:
        """Bring the clone back to the state of the template."""
        connection.close()
        with self._locked():
            self._clone()

    def drop(self) -> None:
        connection.close()
        self._define("drop database if exists {} with (force)", self.name)
        self.server.close()

    def _clone(self) -> None:
        self._define("drop database if exists {} with (force)", self.name)
        self._define("create database {} template {} strategy = file_copy", self.name, self.template)

    def _build_template(self) -> None:
        draft = f"{self.template}_draft"
        self._define("drop database if exists {} with (force)", draft)
        self._define("create database {}", draft)
        use(draft)
        make_content()
        connection.close()
        self._define("alter database {} rename to {}", draft, self.template)
        self._drop_old_templates()

    def _drop_old_templates(self) -> None:
        """Others of this server may still need theirs, so the newest few stay (numbers of databases only grow)."""
        rows = self._execute(
            "select datname from pg_database where datname like 'daybook_template_%%' order by oid desc offset %s",
            TEMPLATES_KEPT,
        ).fetchall()
        for (name,) in rows:
            self._define("drop database if exists {} with (force)", name)

    def _drop_abandoned(self) -> None:
        rows = self._execute("select datname from pg_database where datname like 'daybook_test_%%'").fetchall()
        for (name,) in rows:
            if name != self.name and self._lock_is_free(name):
                self._define("drop database if exists {} with (force)", name)
                self._execute("select pg_advisory_unlock(%s, hashtext(%s))", CLONE_LOCK, name)

    def _lock_is_free(self, name: str) -> bool:
        row = self._execute("select pg_try_advisory_lock(%s, hashtext(%s))", CLONE_LOCK, name).fetchone()
        return bool(row and row[0])

    def _exists(self, name: str) -> bool:
        return self._execute("select 1 from pg_database where datname = %s", name).fetchone() is not None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time: a template with a connection to it cannot be cloned."""
        self._execute("select pg_advisory_lock(%s)", BUILD_LOCK)
        try:
            yield
        finally:
            self._execute("select pg_advisory_unlock(%s)", BUILD_LOCK)

    def _execute(self, query: LiteralString, *values: object) -> psycopg.Cursor[tuple[Any, ...]]:
        return self.server.execute(query, values)

    def _define(self, statement: LiteralString, *names: object) -> None:
        self.server.execute(sql.SQL(statement).format(*(sql.Identifier(str(name)) for name in names)))


def connect_to_server() -> psycopg.Connection[tuple[Any, ...]]:
    """A connection for databases as such, never to one of ours."""
    values = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    options = {name: values[key] for name, key in names.items() if values[key]}
    return psycopg.connect(**options, dbname="postgres", autocommit=True)


def use(name: str) -> None:
    """Point Django at a database."""
    connection.close()
    connection.settings_dict["NAME"] = name


def make_content() -> None:
    """Tables of `public`, the template schema and two live businesses, made as sign-up makes them."""
    from tenants.services import provisioning

    connection.set_schema_to_public()
    call_command("migrate", verbosity=0, interactive=False)
    for slug in BUSINESSES:
        provisioning.make_business(name=slug.title(), slug=slug)
