"""The sandbox as a whole: Google's OAuth and Calendar on a port of loopback."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from daybook.sandbox.google import contract
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
    """`with GoogleSandbox() as sandbox: sandbox.url`; port 0 takes a free one. `kept_in` is for the contract."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        client: Client | None = None,
        callbacks: Sequence[Callback] = (),
        kept_in: Path | None = None,
    ) -> None:
        super().__init__(contract.load(kept_in), client or Client(), list(callbacks))
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
