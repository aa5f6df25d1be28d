"""The mail sandbox as a whole: an SMTP server and the mailbox page, both on loopback."""

import asyncio
import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller

from daybook.sandbox.mail.smtp import Delivery
from daybook.sandbox.mail.store import Mailbox
from daybook.sandbox.mail.web import MailboxServer

LIMIT = 30 * 1024 * 1024  # bytes in one mail


class MailSandbox:
    """`with MailSandbox(folder) as sandbox:` runs both servers; port 0 takes a free one."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", smtp_port: int = 0, web_port: int = 0) -> None:
        self.mailbox = Mailbox(folder)
        self.delivery = Delivery(self.mailbox)
        self.web = MailboxServer((host, web_port), self.mailbox, self.delivery)
        self._smtp = _Controller(self.delivery, hostname=host, port=smtp_port, data_size_limit=LIMIT)
        self._thread = threading.Thread(target=self.web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def smtp_port(self) -> int:
        return int(self._smtp.port)

    @property
    def web_port(self) -> int:
        return int(self.web.server_address[1])

    def __enter__(self) -> Self:
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every line of the protocol
        self._smtp.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.web.shutdown()
        self.web.server_close()
        self._smtp.stop()


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """aiosmtpd knocks at its own port to be ready; asked for port 0, it must first learn which one it got."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]
