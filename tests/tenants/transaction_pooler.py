"""A connection pooler in transaction mode, as PgBouncer is one: a backend is a client's only until its transaction ends."""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from django.db import connection
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn

GREETING = {
    "server_version": "15.0",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO",
}


def message(kind: bytes, content: bytes) -> bytes:
    """One message of the protocol."""
    return kind + struct.pack("!i", len(content) + 4) + content


class Pooler:
    """Serves clients on a port of 127.0.0.1 with backends of the test's own database."""

    def __init__(self, backends: str, *, session_mode: bool) -> None:
        self.backends, self.session_mode = backends, session_mode
        self.idle: list[PGconn] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self.server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        backend: PGconn | None = None
        with accepted, accepted.makefile("rwb") as stream, suppress(OSError, EOFError, struct.error):
            client = cast(BinaryIO, stream)
            self._greet(client)
            while True:
                batch = read_batch(client)
                backend = backend or self._take()
                os.write(backend.socket, batch)
                open_transaction = relay_answer(backend, client)
                if not open_transaction and not self.session_mode:
                    self.idle.append(backend)
                    backend = None
        if backend:
            backend.finish()

    def _greet(self, client: BinaryIO) -> None:
        while True:
            (length,) = struct.unpack("!i", client.read(4))
            start = client.read(length - 4)
            if start[:4] == struct.pack("!i", 196608):
                break
            client.write(b"N")  # no SSL, no GSSAPI
            client.flush()
        client.write(message(b"R", struct.pack("!i", 0)))
        client.writelines(message(b"S", f"{name}\0{value}\0".encode()) for name, value in GREETING.items())
        client.write(message(b"K", struct.pack("!ii", 1, 1)) + message(b"Z", b"I"))
        client.flush()

    def _take(self) -> PGconn:
        """The backend that became free last, else a new one."""
        if self.idle:
            return self.idle.pop()
        return pq.PGconn.connect(self.backends.encode())


def read_batch(client: BinaryIO) -> bytes:
    """The client's messages up to the one that asks for an answer."""
    batch = b""
    while True:
        kind = client.read(1)
        if kind in (b"", b"X"):
            raise EOFError
        (length,) = struct.unpack("!i", client.read(4))
        batch += kind + struct.pack("!i", length) + client.read(length - 4)
        if kind in b"QS":
            return batch


def relay_answer(backend: PGconn, client: BinaryIO) -> bool:
    """Pass on what the backend says until it is ready again; whether a transaction is open."""
    while True:
        header = read_exactly(backend.socket, 5)
        content = read_exactly(backend.socket, struct.unpack("!i", header[1:])[0] - 4)
        client.write(header + content)
        if header[:1] == b"Z":
            client.flush()
            return content != b"I"


def read_exactly(descriptor: int, count: int) -> bytes:
    found = b""
    while len(found) < count:
        os.set_blocking(descriptor, True)
        found += os.read(descriptor, count - len(found))
    return found


@contextmanager
def pooled(*, session_mode: bool) -> Iterator[None]:
    """Django's connection goes through a pooler meanwhile."""
    values = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    pooler = Pooler(
        make_conninfo(**{name: values[key] for name, key in names.items() if values[key]}), session_mode=session_mode
    )
    real = {"HOST": values["HOST"], "PORT": values["PORT"]}
    connection.close()
    values.update(HOST="127.0.0.1", PORT=str(pooler.port))
    try:
        yield
    finally:
        connection.close()
        values.update(real)
        pooler.server.close()
        for backend in pooler.idle:
            backend.finish()
