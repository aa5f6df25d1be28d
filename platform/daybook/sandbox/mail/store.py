"""The mails received, one `.eml` file each, so that a restart keeps them."""

import contextlib
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path
from typing import Any

KEPT = 1000


@dataclass(frozen=True)
class Attachment:
    filename: str
    content_type: str
    content: bytes


class Mail:
    """One received mail: its envelope and its parts."""

    def __init__(self, key: str, raw: bytes) -> None:
        self.key, self.raw = key, raw

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def received(self) -> datetime:
        """When it came in, UTC."""
        return datetime.fromtimestamp(int(self.key.split("-")[0]) / 1e6, UTC)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def sender(self) -> str:
        return str(self.message["From"] or self.message["Return-Path"] or "")

    @property
    def recipients(self) -> list[str]:
        """The envelope's recipients: blind copies too."""
        return str(self.message["X-Original-To"] or "").split(", ")

    @property
    def text(self) -> str | None:
        return self._body("plain")

    @property
    def html(self) -> str | None:
        return self._body("html")

    def _body(self, kind: str) -> str | None:
        part = self.message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part is not None else None

    @property
    def calendar(self) -> dict[str, str] | None:
        """The calendar part: its method (REQUEST, CANCEL) and text."""
        for part in self.message.walk():
            if part.get_content_type() == "text/calendar" and part.get_filename() is None:
                return {"method": str(part.get_param("method") or ""), "text": _text(part)}
        return None

    @property
    def attachments(self) -> list[Attachment]:
        return [
            Attachment(part.get_filename() or "attachment", part.get_content_type(), _bytes(part))
            for part in self.message.walk()
            if part.get_content_disposition() == "attachment" or part.get_filename()
        ]

    def inline(self, content_id: str) -> Attachment | None:
        """The part an `<img src="cid:…">` names."""
        for part in self.message.walk():
            if str(part["Content-ID"] or "").strip("<>") == content_id:
                return Attachment(content_id, part.get_content_type(), _bytes(part))
        return None

    def matches(self, to: str, words: str = "") -> bool:
        return to.lower() in " ".join(self.recipients).lower() and words.lower() in self.subject.lower()

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.key,
            "received": self.received.isoformat(),
            "from": self.sender,
            "to": self.recipients,
            "subject": self.subject,
            "message_id": str(self.message["Message-ID"] or ""),
            "headers": {name: str(value) for name, value in self.message.items()},
            "text": self.text,
            "html": self.html,
            "calendar": self.calendar,
            "attachments": [
                {"filename": item.filename, "content_type": item.content_type, "size": len(item.content)}
                for item in self.attachments
            ],
        }


def _bytes(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else part.as_bytes()


def _text(part: EmailMessage) -> str:
    return _bytes(part).decode(part.get_content_charset() or "utf-8", "replace")


class Mailbox:
    """Every mail received, newest first. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._mails = {path.stem: Mail(path.stem, path.read_bytes()) for path in sorted(folder.glob("*.eml"))}

    def add(self, sender: str, recipients: list[str], content: bytes) -> Mail:
        """Keep a mail, with its envelope written on top as mail servers do."""
        now = datetime.now(UTC)
        envelope = f"Return-Path: <{sender}>\r\nX-Original-To: {', '.join(recipients)}\r\n"
        envelope += f"Received: by sandbox; {format_datetime(now)}\r\n"
        mail = Mail(f"{int(now.timestamp() * 1e6)}-{secrets.token_hex(3)}", envelope.encode() + content)
        with self._lock:
            self._path(mail).write_bytes(mail.raw)
            self._mails[mail.key] = mail
            for key in list(self._mails)[:-KEPT]:
                self._forget(key)
        return mail

    def _path(self, mail: Mail) -> Path:
        return self.folder / f"{mail.key}.eml"

    def _forget(self, key: str) -> None:
        with contextlib.suppress(OSError):
            self._path(self._mails.pop(key)).unlink()

    def clear(self) -> None:
        with self._lock:
            for key in list(self._mails):
                self._forget(key)

    def get(self, key: str) -> Mail | None:
        return self._mails.get(key)

    def search(self, to: str = "", words: str = "") -> list[Mail]:
        """Mails to an address with these words in the subject (both may be parts), newest first."""
        with self._lock:
            mails = list(self._mails.values())
        return [mail for mail in reversed(mails) if mail.matches(to, words)]

    def recipients(self) -> list[str]:
        return sorted({address for mail in self.search() for address in mail.recipients if address})
