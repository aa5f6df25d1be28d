"""The HTTP side of the stand-in.

GET, POST  /o/oauth2/v2/auth       consent        POST /token, /revoke     GET /oauth2/v3/userinfo
           /calendar/v3/…          the API
GET        /  /calendar            pages for people
GET        /_control/<name>        violations, requests, writes, channels, notifications, held, users
POST       /_control/<command>     a command of Control with its values as JSON
GET        /healthz
"""

import base64
import json
import socket
import struct
import sys
import threading
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from daybook.sandbox.google import control as plane
from daybook.sandbox.google.api import Call
from daybook.sandbox.google.control import Control, Seen
from daybook.sandbox.google.errors import GoogleError, OAuthError
from daybook.sandbox.google.faults import Fault
from daybook.sandbox.google.pages import calendars, consent

HTML, CSS, JSON = "text/html; charset=utf-8", "text/css; charset=utf-8", "application/json; charset=UTF-8"
POLICY = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' http://localhost:* http://*.localhost:* http://127.0.0.1:* https:; base-uri 'none'; frame-ancestors 'none'"
AUTH, TOKEN, REVOKE, USERINFO = "/o/oauth2/v2/auth", "/token", "/revoke", "/oauth2/v3/userinfo"
OPERATIONS = {AUTH: "oauth.authorize", TOKEN: "oauth.token", REVOKE: "oauth.revoke", USERINFO: "oauth.userinfo"}
Served = tuple[int, bytes, str, dict[str, str]]  # status, body, kind, more headers
STYLE = Path(__file__).parent / "static" / "google.css"


class GoogleServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], control: Control) -> None:
        self.control = control
        self.released = threading.Event()  # set when requests that hang are to end
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A crash of the stand-in is told like a violation; clients that hang up are no news."""
        if isinstance(sys.exc_info()[1], OSError):
            return
        self.control.api.violations.append(
            {"where": "stand-in", "kind": "crash", "param": "", "detail": traceback.format_exc()}
        )


class Handler(BaseHTTPRequestHandler):
    server: GoogleServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet: the log of requests is on the control plane."""

    def _handle(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        self.route, self.query = parts.path, parts.query
        if not self._local():
            self._text("This server answers to localhost only.", status=403)
        elif self.route.startswith("/_control/"):
            self._control(self.route.removeprefix("/_control/"))
        elif self.route == "/healthz":
            self._text("ok")
        elif self.route == "/static/google.css":
            self._send(200, STYLE.read_bytes(), CSS)
        elif self.route in OPERATIONS or self.route.startswith("/calendar/v3/"):
            self._vendor()
        else:
            self._page()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def _local(self) -> bool:
        """Whether the request names this machine and does not come from a page elsewhere.

        A link to consent does; what changes something there, on the control plane or on the pages must not.
        """
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        allowed = host in ("localhost", "127.0.0.1", "[::1]") or host.endswith(".localhost")
        origin = self.headers.get("Origin")
        leads_here = self.command == "GET" and self.route == AUTH
        return allowed and (origin is None or leads_here or urlsplit(origin).netloc == self.headers["Host"])

    # What Google serves

    def _vendor(self) -> None:
        control = self.server.control
        operation = OPERATIONS.get(self.route) or control.api.operation(self.command, self.route)
        seen = Seen(operation, self.command, self.route, self.query, self._payload(), self._headers())
        with control.world.lock:
            control.requests.append(seen)
            fault = control.faults.next(operation, self.command, self.route)
        seen.fault = fault.kind if fault else ""
        if fault and self._failed(fault, seen):
            return
        with control.world.lock:
            status, body, kind, headers = self._served()
            access = control.accounts.bearer(self.headers.get("Authorization", ""))
            seen.email = access.grant.email if access else ""
        if fault and fault.kind == "after-commit":
            seen.status = status
            self._cut()
            return
        seen.status = status
        self._send(status, body, kind, headers)

    def _failed(self, fault: Fault, seen: Seen) -> bool:
        """Whether the fault was the answer."""
        match fault.kind:
            case "status":
                seen.status = fault.status
                body = fault.body(seen.operation)
                after = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
                self._send(fault.status, json.dumps(body).encode(), JSON, after)
                return True
            case "reset":
                self._cut()
                return True
            case "hang":
                self.server.released.wait(fault.seconds or 60)
                self._cut()
                return True
            case "delay":
                self.server.released.wait(fault.seconds)
        return False

    def _cut(self) -> None:
        """Ends the connection by a reset, without an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _served(self) -> Served:
        doors = {AUTH: self._consent, TOKEN: self._token, REVOKE: self._revoke, USERINFO: self._userinfo}
        try:
            return doors.get(self.route, self._api)()
        except OAuthError as error:
            return error.status, json.dumps(error.body).encode(), JSON, {}

    def _api(self) -> Served:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.control.api.answer(Call(self.command, self.route, self.query, self.body, headers))
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        etag = {"ETag": answer.body["etag"]} if answer.body and "etag" in answer.body else {}
        return answer.status, body, JSON, etag

    def _token(self) -> Served:
        return 200, json.dumps(self.server.control.accounts.token(self._form())).encode(), JSON, {}

    def _revoke(self) -> Served:
        token = self._form().get("token") or dict(parse_qsl(self.query)).get("token", "")
        self.server.control.accounts.revoke(token)
        return 200, b"{}", JSON, {}

    def _consent(self) -> Served:
        """The consent page; its form leads back to the client."""
        control = self.server.control
        try:
            asked = control.accounts.asked(dict(parse_qsl(self.query)))
        except OAuthError as error:
            control.api.violations.append({"where": AUTH, "kind": "oauth", "param": "", "detail": str(error)})
            return 400, consent.refused(error.body).encode(), HTML, {}
        if self.command == "GET":
            return 200, consent.page(asked, list(control.world.users.values()), self.path).encode(), HTML, {}
        form = parse_qsl(self.body.decode(), keep_blank_values=True)
        values = dict(form)
        email = (values.get("new_email") or values.get("email") or "").strip().lower()
        if values.get("decision") != "allow":
            return 303, b"", HTML, {"Location": control.accounts.deny(asked)}
        if "@" not in email:
            page = consent.page(asked, list(control.world.users.values()), self.path, problem="Choose an account.")
            return 400, page.encode(), HTML, {}
        scopes = {value for name, value in form if name == "scope" and value in asked.scopes}
        return 303, b"", HTML, {"Location": control.accounts.allow(asked, email, scopes)}

    def _userinfo(self) -> Served:
        access = self.server.control.accounts.bearer(self.headers.get("Authorization", ""))
        if access is None:
            raise OAuthError("invalid_request", "Invalid Credentials", 401)
        if not {scope.rsplit("/", 1)[-1] for scope in access.scopes} & {"email", "openid", "userinfo.email"}:
            raise OAuthError("insufficient_scope", "Request had insufficient authentication scopes.", 403)
        return 200, json.dumps(self.server.control.accounts.userinfo(access.grant.email)).encode(), JSON, {}

    def _form(self) -> dict[str, str]:
        """The form's fields. A client may name itself by HTTP's Basic instead."""
        form = dict(parse_qsl(self.body.decode("utf-8", "replace")))
        kind, _, value = (self.headers.get("Authorization") or "").partition(" ")
        if kind == "Basic":
            client_id, _, secret = base64.b64decode(value).decode("utf-8", "replace").partition(":")
            form |= {"client_id": unquote(client_id), "client_secret": unquote(secret)}
        return form

    def _headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items() if name.lower() != "authorization"}

    def _payload(self) -> Any:
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return self.body.decode("utf-8", "replace")

    # The control plane and the pages

    def _control(self, name: str) -> None:
        control = self.server.control
        try:
            if self.command == "GET":
                result = plane.read(control)[name]()
            elif name in plane.COMMANDS and self.command == "POST":
                result = getattr(control, name)(**(json.loads(self.body) if self.body else {}))
            else:
                raise KeyError(name)
        except KeyError as error:
            self._json({"error": f"not found: {error}"}, 404)
        except (ValueError, TypeError, GoogleError) as error:
            self._json({"error": str(error)}, 400)
        else:
            self._json({"ok": True} if result is None else result)

    def _page(self) -> None:
        control = self.server.control
        values = dict(parse_qsl(self.query if self.command == "GET" else self.body.decode()))
        with control.world.lock:
            answer = calendars.answer(control, self.command, self.route, values)
        if answer.location:
            self._send(303, b"", HTML, {"Location": answer.location})
        else:
            self._send(answer.status, answer.html.encode(), HTML)

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(status, json.dumps(value, default=str).encode(), JSON)

    def _text(self, text: str, status: int = 200) -> None:
        self._send(status, text.encode(), "text/plain; charset=utf-8")

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(HTTPStatus(status))
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if kind == HTML:
            self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")  # a client that forgets to close leaves nothing behind
        self.end_headers()
        self.wfile.write(body)
