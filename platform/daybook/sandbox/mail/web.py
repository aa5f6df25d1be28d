"""The mailbox page and its control plane.

GET    /                       the mails, newest first (?to= filters)
GET    /mail/<id>[/text|calendar|raw|html|attachment/<n>|inline/<cid>]
GET    /_control/messages      as JSON, with ?to= and ?subject=
DELETE /_control/messages      empty the mailbox
POST   /_control               {"mode": "ok|refuse|hang|lost", "code", "recipient", "seconds", "times"}
GET    /healthz
"""

import json
from dataclasses import asdict
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from daybook.sandbox.mail import pages
from daybook.sandbox.mail.smtp import Behaviour, Delivery, Mode
from daybook.sandbox.mail.store import Mail, Mailbox

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
PAGE_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self' data:"
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data: http: https:; font-src data:; frame-ancestors 'self'"
)
STATIC = {"mailbox.css": "text/css; charset=utf-8", "mailbox.js": "text/javascript; charset=utf-8"}


@cache
def static(name: str) -> bytes:
    return (Path(__file__).parent / "static" / name).read_bytes()


class MailboxServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], mailbox: Mailbox, delivery: Delivery) -> None:
        self.mailbox, self.delivery = mailbox, delivery
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    server: MailboxServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet: the page asks every two seconds."""

    def do_GET(self) -> None:
        if not self._local():
            return
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match [unquote(word) for word in parts.path.strip("/").split("/")]:
            case ["healthz"]:
                self._answer(b"ok", TEXT)
            case [""]:
                self._list(query.get("to", ""))
            case ["static", name] if name in STATIC:
                self._answer(static(name), STATIC[name])
            case ["_control", "messages"]:
                self._json([mail.as_json() for mail in self._search(query)])
            case ["_control"]:
                self._json(asdict(self.server.delivery.behaviour))
            case ["mail", key, *view] if mail := self.server.mailbox.get(key):
                self._mail(mail, view)
            case _:
                self._answer(pages.not_found().encode(), HTML, HTTPStatus.NOT_FOUND)

    def do_DELETE(self) -> None:
        if self._local() and self._known("/_control/messages"):
            self.server.mailbox.clear()
            self._json({"cleared": True})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._local() or not self._known("/_control"):
            return
        try:
            values = json.loads(body)
            behaviour = Behaviour(**{**values, "mode": Mode(values["mode"])})
        except (ValueError, TypeError, KeyError) as error:
            self._json({"error": str(error)}, HTTPStatus.BAD_REQUEST)
            return
        self.server.delivery.behaviour = behaviour
        self._json(asdict(behaviour))

    def _local(self) -> bool:
        """Whether the request names this machine: a page elsewhere must not read mails through a name of its own."""
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        allowed = host in ("localhost", "127.0.0.1", "[::1]") or host.endswith(".localhost")
        origin = self.headers.get("Origin")
        if allowed and (origin is None or urlsplit(origin).netloc == self.headers["Host"]):
            return True
        self._answer(b"This page answers to localhost only.", TEXT, HTTPStatus.FORBIDDEN)
        return False

    def _known(self, path: str) -> bool:
        if self.path != path:
            self._json({"error": "not found"}, HTTPStatus.NOT_FOUND)
        return self.path == path

    def _search(self, query: dict[str, str]) -> list[Mail]:
        return self.server.mailbox.search(query.get("to", ""), query.get("subject", ""))

    def _list(self, to: str) -> None:
        mailbox = self.server.mailbox
        self._answer(pages.mail_list(mailbox.search(to), to, mailbox.recipients()).encode(), HTML)

    def _mail(self, mail: Mail, view: list[str]) -> None:
        match view:
            case ["html"] if mail.html is not None:
                self._answer(pages.mail_html(mail).encode(), HTML, policy=MAIL_POLICY)
            case ["raw", "download"]:
                self._download(f"{mail.key}.eml", "message/rfc822", mail.raw)
            case ["attachment", number] if number.isdigit() and int(number) < len(mail.attachments):
                item = mail.attachments[int(number)]
                self._download(item.filename, item.content_type, item.content)
            case ["inline", content_id] if picture := mail.inline(content_id):
                self._answer(picture.content, picture.content_type, policy=MAIL_POLICY)
            case [] | ["text" | "calendar" | "raw" | "headers"]:
                self._answer(pages.mail_detail(mail, view[0] if view else "").encode(), HTML)
            case _:
                self._answer(pages.not_found().encode(), HTML, HTTPStatus.NOT_FOUND)

    def _download(self, name: str, content_type: str, content: bytes) -> None:
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        self._answer(content, content_type, extra={"Content-Disposition": disposition})

    def _json(self, value: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._answer(json.dumps(value).encode(), "application/json", status)

    def _answer(
        self,
        body: bytes,
        content_type: str,
        status: HTTPStatus = HTTPStatus.OK,
        policy: str = PAGE_POLICY,
        extra: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        for name, value in {**headers, **(extra or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
