"""HTTP: which part of the sandbox answers which address."""

import contextlib
import json
import socket
import struct
import time
from dataclasses import asdict, is_dataclass
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from daybook.sandbox.stripe.api import Incoming
from daybook.sandbox.stripe.delivery import Endpoint, Mode
from daybook.sandbox.stripe.refusals import Refusal

if TYPE_CHECKING:
    from daybook.sandbox.stripe.server import StripeSandbox

HTML = "text/html; charset=utf-8"
JSON = "application/json"
POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
RESET = struct.pack("ii", 1, 0)  # linger: an immediate close sends RST
LOOKS = ("violations", "requests", "events")
ACTS = (
    *("set_clock", "advance", "connect", "onboard", "account_capability", "requirements", "deauthorize", "pay"),
    *("answer_challenge", "saved_card", "detach_card", "refund_in_dashboard", "refund_result", "dispute"),
    *("close_dispute", "payout", "settle", "get", "of", "fail", "reset_faults", "reset"),
)


@cache
def stylesheet() -> bytes:
    return (Path(__file__).parent / "static" / "stripe.css").read_bytes()


class StripeServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], sandbox: "StripeSandbox") -> None:
        self.sandbox = sandbox
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet: clients that are gone, as those that a fault cut off."""


class Handler(BaseHTTPRequestHandler):
    server: StripeServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # head and body in one packet

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet: the request log is part of the control plane."""

    def do_GET(self) -> None:
        self._go()

    def do_POST(self) -> None:
        self._go()

    def do_DELETE(self) -> None:
        self._go()

    def _go(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        words = [unquote(word) for word in parts.path.strip("/").split("/")]
        match words:
            case ["healthz"]:
                self._send(b"ok", "text/plain")
            case ["static", "stripe.css"]:
                self._send(stylesheet(), "text/css; charset=utf-8")
            case ["v1" | "v2", *_]:
                self._api(parts.path, parts.query, body)
            case ["_control", act]:
                self._control(act, body)
            case _:
                self._page(words, body)

    def _api(self, path: str, query: str, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        out = self.server.sandbox.api.handle(Incoming(self.command, path, query, body, headers))
        time.sleep(out.wait)
        if out.cut:
            self._cut()
            return
        more = {"Request-Id": out.request_id, "Stripe-Version": self.server.sandbox.contract.api_version, **out.headers}
        if "idempotency-key" in headers:
            more["Idempotency-Key"] = headers["idempotency-key"]
        if "stripe-account" in headers:
            more["Stripe-Account"] = headers["stripe-account"]
        if out.answer.replayed:
            more["Idempotent-Replayed"] = "true"
        self._send(out.answer.body, JSON, out.answer.status, more)

    def _cut(self) -> None:
        """End the connection without an answer."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.connection.close()

    def _page(self, words: list[str], body: bytes) -> None:
        if self.command == "POST" and not self._own_page():
            self._send(b"Forms of other pages are not taken.", "text/plain", HTTPStatus.FORBIDDEN)
            return
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        page = self.server.sandbox.hosted.answer(self.command, words, form)
        more = {"Location": page.address} if page.address else {}
        self._send(page.text.encode(), HTML, page.status, {**more, "Content-Security-Policy": POLICY})

    def _control(self, act: str, body: bytes) -> None:
        if not self._local():
            self._json({"error": "This answers to localhost only."}, HTTPStatus.FORBIDDEN)
            return
        sandbox = self.server.sandbox
        try:
            if self.command == "GET" and act in LOOKS:
                found = getattr(sandbox, act)
                self._json(found() if callable(found) else found)
            elif self.command == "POST" and act == "webhooks":
                self._json(self._webhooks(json.loads(body or b"{}")))
            elif self.command == "POST" and act in ACTS:
                self._json(getattr(sandbox, act)(**json.loads(body or b"{}")))
            else:
                self._json({"error": "not found"}, HTTPStatus.NOT_FOUND)
        except Refusal as refusal:
            self._json(refusal.body, refusal.status)
        except (ValueError, TypeError, LookupError) as error:
            self._json({"error": f"{type(error).__name__}: {error}"}, HTTPStatus.BAD_REQUEST)

    def _webhooks(self, told: dict[str, Any]) -> Any:
        webhooks = self.server.sandbox.webhooks
        if "endpoints" in told:
            for kind, values in told["endpoints"].items():
                webhooks.endpoints[kind] = Endpoint(
                    tuple(values["secrets"]), values.get("url", ""), values.get("host", "")
                )
        if "redeliver" in told:
            self.server.sandbox.redeliver(told["redeliver"])
        if told.get("flush"):
            webhooks.flush(told.get("order"))
        if "mode" in told:
            webhooks.mode = Mode(told["mode"])
        return {"mode": webhooks.mode, "held": [event["id"] for event in webhooks.held()]}

    def _local(self) -> bool:
        """Whether the request names this machine, and comes from no page elsewhere."""
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        return host in ("localhost", "127.0.0.1", "[::1]") and self._own_page()

    def _own_page(self) -> bool:
        origin = self.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == self.headers["Host"]

    def _json(self, value: Any, status: int = 200) -> None:
        plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        self._send(json.dumps(plain).encode(), JSON, status)

    def _send(self, body: bytes, content_type: str, status: int = 200, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        fixed = {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in {**fixed, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # the client is gone
            self.wfile.write(body)
            self.wfile.flush()
