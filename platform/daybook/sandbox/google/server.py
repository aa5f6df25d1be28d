"""The sandbox as a whole: Google's OAuth and Calendar on a port of loopback."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from daybook.sandbox.google import contract
from daybook.sandbox.google import kept as kept_state
from daybook.sandbox.google.channels import Callback
from daybook.sandbox.google.control import Client, Control
from daybook.sandbox.google.web import AUTH, REVOKE, TOKEN, GoogleServer


@dataclass(frozen=True)
class Granted:
    """Tokens of a user; `arguments` are those of google.oauth2.credentials.Credentials."""

    email: str
    token: str
    refresh_token: str
    scopes: list[str]
    token_uri: str
    seconds: int
    client: Client

    @property
    def arguments(self) -> dict[str, Any]:
        return {
            "token": self.token,
            "refresh_token": self.refresh_token,
            "token_uri": self.token_uri,
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            "scopes": self.scopes,
            "expiry": datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=self.seconds),
        }


class GoogleSandbox(Control):
    """`with GoogleSandbox() as sandbox: sandbox.url`; port 0 takes a free one.

    `contracts` is the folder for the contract, `kept` that of a state which outlives a restart; `clock` says where
    somebody else's clock stands.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        client: Client | None = None,
        callbacks: Sequence[Callback] = (),
        contracts: Path | None = None,
        kept: Path | None = None,
        clock: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        super().__init__(contract.load(contracts), client or Client(), list(callbacks), clock)
        self.kept = kept
        self.is_new = kept is None or not kept_state.load(self, kept)
        self.web = GoogleServer((host, port), self)
        self._thread = threading.Thread(target=self.web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return int(self.web.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The application's settings that lead here."""
        return {
            "GOOGLE_CLIENT_ID": self.client.client_id,
            "GOOGLE_CLIENT_SECRET": self.client.client_secret,
            "GOOGLE_API_BASE": self.url,
            "GOOGLE_AUTH_URI": self.url + AUTH,
            "GOOGLE_TOKEN_URI": self.url + TOKEN,
            "GOOGLE_REVOKE_URI": self.url + REVOKE,
        }

    def grant(self, user: str, scopes: Iterable[str], *, seconds: int = 3600) -> Granted:
        """What a client has after the user allowed it the scopes, without a browser. Negative seconds: already old."""
        with self.world.lock:
            grant, token = self.accounts.grant(user, set(scopes))
        return Granted(user, token, grant.refresh_token, sorted(grant.scopes), self.url + TOKEN, seconds, self.client)

    def reset(self) -> None:
        """Everything as at the beginning; requests that hang are let go."""
        self.web.released.set()
        super().reset()
        self.web.released = threading.Event()

    def __enter__(self) -> Self:
        self.channels.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.web.released.set()
        self.web.shutdown()
        self.web.server_close()
        self.channels.close()
        if self.kept:
            kept_state.save(self, self.kept)
