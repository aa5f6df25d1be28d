"""Google: consent, tokens, accounts."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from django.conf import settings
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2.rfc6749.errors import OAuth2Error
from requests.exceptions import RequestException

from calendarsync.gateways.base import Consent, Failure, Later, Refused, Tokens
from calendarsync.gateways.google.account import TIMEOUT, GoogleAccount

BASE = "https://www.googleapis.com/auth/"
LIST, OWNED, EVENTS = (
    f"{BASE}calendar.calendarlist.readonly",
    f"{BASE}calendar.events.owned",
    f"{BASE}calendar.events",
)
os.environ.setdefault("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")  # fewer scopes than asked for are our own page's business


class GoogleGateway:
    """`base.Gateway` for Google."""

    def offered(self) -> bool:
        """Whether this platform has a client id of Google's."""
        return bool(settings.GOOGLE_CLIENT_ID)

    def scopes(self, *, shared: bool) -> tuple[str, ...]:
        """The calendar list, and the events of the account's own calendars, or of all that it shows."""
        return (LIST, EVENTS if shared else OWNED)

    def enough(self, granted: tuple[str, ...]) -> bool:
        """Both are needed: people can untick each of them."""
        return self.lists(granted) and bool({OWNED, EVENTS} & set(granted))

    def lists(self, granted: tuple[str, ...]) -> bool:
        """By the first of the two."""
        return LIST in granted

    def reads_shared(self, granted: tuple[str, ...]) -> bool:
        """Only with the wider of the two."""
        return EVENTS in granted

    def consent(self, *, state: str, redirect: str, scopes: tuple[str, ...], hint: str = "") -> Consent:
        """Asks for consent each time, for without it Google gives no refresh token."""
        flow = _flow(redirect, scopes)
        more = {"login_hint": hint} if hint else {}
        url, _state = flow.authorization_url(state=state, access_type="offline", prompt="consent", **more)
        return Consent(url, flow.code_verifier)

    def exchange(self, *, code: str, code_verifier: str, redirect: str) -> Tokens | Failure:
        """One request. A code that is wrong, used or old is `Refused`."""
        flow = _flow(redirect, (), code_verifier)
        try:
            found = flow.fetch_token(code=code, timeout=TIMEOUT)
        except OAuth2Error as error:
            if error.error == "invalid_grant":
                return Refused("invalid_grant")
            return Later(f"token: {error.error or type(error).__name__}")
        except (RequestException, OSError, ValueError) as error:
            return Later(type(error).__name__, silent=True)
        scopes = found.get("scope", [])
        return Tokens(
            refresh=found.get("refresh_token", ""),
            access=found["access_token"],
            access_until=datetime.fromtimestamp(found.get("expires_at", 0), UTC),
            scopes=tuple(scopes.split() if isinstance(scopes, str) else scopes),
        )

    def open(self, tokens: Tokens) -> GoogleAccount:
        """No request is made before one is needed."""
        return GoogleAccount(tokens)


def _flow(redirect: str, scopes: tuple[str, ...], code_verifier: str | None = None) -> Flow:
    client = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
        "auth_uri": settings.GOOGLE_AUTH_URI,
        "token_uri": settings.GOOGLE_TOKEN_URI,
    }
    found: Flow = Flow.from_client_config(
        {"web": client}, scopes=list(scopes) or None, redirect_uri=redirect, code_verifier=code_verifier
    )
    return found
