"""Consent, codes and tokens: the authorization-code flow with PKCE as Google does it."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from daybook.sandbox.google.errors import OAuthError
from daybook.sandbox.google.world import World

CODE_LIFE, ACCESS_LIFE = timedelta(minutes=10), timedelta(seconds=3599)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SCOPE_BASE = "https://www.googleapis.com/auth/"

Form = dict[str, str]


@dataclass
class Grant:
    """What a user allowed a client to do. Former refresh tokens stay good until all are revoked at once."""

    email: str
    scopes: set[str]
    refresh_token: str
    alive: bool = True
    former: set[str] = field(default_factory=set)

    def is_of(self, token: str) -> bool:
        """Whether the refresh token is one of this grant, and good."""
        return self.alive and (token == self.refresh_token or token in self.former)


@dataclass
class Code:
    email: str
    scopes: set[str]
    redirect_uri: str
    challenge: str
    offline: bool
    nonce: str
    ends: datetime
    used: bool = False
    consented: bool = False


@dataclass
class Access:
    grant: Grant
    scopes: set[str]
    ends: datetime


@dataclass(frozen=True)
class Asked:
    """An authorization request that may be shown to the user."""

    scopes: list[str]
    redirect_uri: str
    state: str
    challenge: str
    offline: bool
    consent: bool
    include_granted: bool
    hint: str
    nonce: str


class Accounts:
    """Grants of users to the one client there is."""

    def __init__(self, world: World, client_id: str, client_secret: str) -> None:
        self.world, self.client_id, self.client_secret = world, client_id, client_secret
        self.grants: list[Grant] = []
        self._codes: dict[str, Code] = {}
        self._access: dict[str, Access] = {}

    def asked(self, query: Form) -> Asked:
        """The authorization request. Raises OAuthError, which is shown and never sent back by redirect."""
        if query.get("client_id") != self.client_id:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        redirect_uri = query.get("redirect_uri", "")
        if not _may_return_to(redirect_uri):
            raise OAuthError("redirect_uri_mismatch", "Addresses to return to are https, or http on localhost.")
        if query.get("response_type") != "code" or not query.get("scope"):
            raise OAuthError("invalid_request", "Required parameter is missing: response_type or scope")
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "Only S256 is taken as code_challenge_method.")
        return Asked(
            scopes=query["scope"].split(),
            redirect_uri=redirect_uri,
            state=query.get("state", ""),
            challenge=query.get("code_challenge", ""),
            offline=query.get("access_type") == "offline",
            consent="consent" in query.get("prompt", "").split(),
            include_granted=query.get("include_granted_scopes") == "true",
            hint=query.get("login_hint", ""),
            nonce=query.get("nonce", ""),
        )

    def allow(self, asked: Asked, email: str, scopes: set[str]) -> str:
        """The address to return to with a code. A grant of before is widened when the client asked for that."""
        self.world.add_user(email)
        before = self.grant_of(email)
        granted = scopes | (before.scopes if before and asked.include_granted else set())
        code = "4/0" + secrets.token_urlsafe(24)
        self._codes[code] = Code(
            email,
            granted,
            asked.redirect_uri,
            asked.challenge,
            asked.offline,
            asked.nonce,
            self.world.now() + CODE_LIFE,
            consented=asked.consent or before is None,
        )
        return _with_query(asked.redirect_uri, state=asked.state, code=code, scope=" ".join(sorted(granted)))

    def deny(self, asked: Asked) -> str:
        return _with_query(asked.redirect_uri, state=asked.state, error="access_denied")

    def token(self, form: Form) -> dict[str, Any]:
        """The answer of the token endpoint. Raises OAuthError."""
        if form.get("client_id") != self.client_id or form.get("client_secret") != self.client_secret:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(form)
            case "refresh_token":
                return self._refresh(form)
        raise OAuthError("unsupported_grant_type", "Invalid grant_type")

    def _exchange(self, form: Form) -> dict[str, Any]:
        code = self._codes.get(form.get("code", ""))
        if code is None or code.used or code.ends <= self.world.now():
            raise OAuthError("invalid_grant", "Malformed auth code.")
        if code.redirect_uri != form.get("redirect_uri"):
            raise OAuthError("redirect_uri_mismatch", "Bad Request")
        if code.challenge and not hmac.compare_digest(code.challenge, _challenge(form.get("code_verifier", ""))):
            raise OAuthError("invalid_grant", "Invalid code verifier.")
        code.used = True
        grant = self.grant_of(code.email)
        fresh = grant is None or code.consented
        if grant is None:
            grant = self._grant(code.email, code.scopes)
        elif fresh and code.offline:
            grant.former.add(grant.refresh_token)
            grant.refresh_token = "1//" + secrets.token_urlsafe(32)
        grant.scopes = code.scopes
        answer = self._answer(grant)
        if code.offline and fresh:
            answer["refresh_token"] = grant.refresh_token
        if "openid" in code.scopes:
            answer["id_token"] = self._id_token(code)
        return answer

    def _refresh(self, form: Form) -> dict[str, Any]:
        for grant in self.grants:
            if grant.is_of(form.get("refresh_token", "")):
                return self._answer(grant)
        raise OAuthError("invalid_grant", "Token has been expired or revoked.")

    def grant_of(self, email: str) -> Grant | None:
        """The grant that still holds."""
        return next((grant for grant in self.grants if grant.alive and grant.email == email), None)

    def grant(self, email: str, scopes: set[str]) -> tuple[Grant, str]:
        """A grant without a browser, with an access token."""
        self.world.add_user(email)
        found = self.grant_of(email) or self._grant(email, scopes)
        found.scopes = scopes
        return found, self._answer(found)["access_token"]

    def _grant(self, email: str, scopes: set[str]) -> Grant:
        grant = Grant(email, scopes, "1//" + secrets.token_urlsafe(32))
        self.grants.append(grant)
        return grant

    def _answer(self, grant: Grant) -> dict[str, Any]:
        token = "ya29." + secrets.token_urlsafe(32)
        self._access[token] = Access(grant, set(grant.scopes), self.world.now() + ACCESS_LIFE)
        seconds = int(ACCESS_LIFE.total_seconds())
        scope = " ".join(sorted(grant.scopes))
        return {"access_token": token, "expires_in": seconds, "scope": scope, "token_type": "Bearer"}

    def revoke(self, token: str) -> None:
        """Ends the grant of an access or refresh token. Raises OAuthError when there is none."""
        access = self._access.get(token)
        grants = [grant for grant in self.grants if grant.is_of(token)]
        if access and access.grant.alive:
            grants.append(access.grant)
        if not grants:
            raise OAuthError("invalid_token", "Token expired or revoked")
        for grant in grants:
            grant.alive = False

    def revoke_user(self, email: str) -> None:
        """The user takes back what he allowed."""
        for grant in self.grants:
            if grant.email == email:
                grant.alive = False

    def expire_access(self) -> None:
        """Access tokens are too old from now on; refresh tokens stay good."""
        self._access.clear()

    def bearer(self, header: str) -> Access | None:
        """Whom a request speaks for."""
        access = self._access.get(header.removeprefix("Bearer "))
        return access if access and access.grant.alive and access.ends > self.world.now() else None

    def userinfo(self, email: str) -> dict[str, Any]:
        return {**_identity(email), "name": self.world.users[email].name}

    def _id_token(self, code: Code) -> str:
        """Signed with the client's secret, since nobody verifies a token that comes straight from the endpoint."""
        now = int(self.world.now().timestamp())
        claims = {"iss": "https://accounts.google.com", "aud": self.client_id, "iat": now, "exp": now + 3600}
        claims |= _identity(code.email) | ({"nonce": code.nonce} if code.nonce else {})
        head = f"{_base64(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())}.{_base64(json.dumps(claims).encode())}"
        return f"{head}.{_base64(hmac.digest(self.client_secret.encode(), head.encode(), 'sha256'))}"


def _identity(email: str) -> dict[str, Any]:
    subject = str(int(hashlib.sha256(email.encode()).hexdigest()[:16], 16))
    return {"sub": subject, "email": email, "email_verified": True}


def _may_return_to(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _with_query(address: str, **values: str) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{address}{'&' if urlsplit(address).query else '?'}{query}"


def _challenge(verifier: str) -> str:
    return _base64(hashlib.sha256(verifier.encode()).digest())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
