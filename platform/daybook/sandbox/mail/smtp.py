"""The SMTP side: it takes every mail, unless it was told to refuse, to hang or to lose its answer."""

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum

from aiosmtpd.smtp import SMTP, Envelope, Session

from daybook.sandbox.mail.store import Mailbox


class Mode(StrEnum):
    """How the server answers a mail."""

    OK = "ok"
    REFUSE = "refuse"  # answers with `code`: 4xx may be tried again, 5xx not
    HANG = "hang"  # takes the mail's content and says nothing for `seconds`; the mail is not kept
    LOST = "lost"  # keeps the mail and ends the connection without an answer: the sender cannot know


@dataclass(frozen=True)
class Behaviour:
    """What happens to the next mails; `times` limits it, then all is well again."""

    mode: Mode = Mode.OK
    code: int = 451
    recipient: str = ""  # only mails to addresses that contain this
    seconds: float = 60
    times: int | None = None

    def concerns(self, recipients: list[str]) -> bool:
        return self.mode is not Mode.OK and any(self.recipient.lower() in address.lower() for address in recipients)


class Delivery:
    """The handler of aiosmtpd: called for every mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.behaviour = Behaviour()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipients, content = envelope.rcpt_tos, bytes(envelope.original_content or b"")
        behaviour = self.behaviour if self.behaviour.concerns(recipients) else Behaviour()
        if behaviour.mode is not Mode.OK:
            self._count(behaviour)
        if behaviour.mode is Mode.REFUSE:
            return f"{behaviour.code} Refused, as told"
        if behaviour.mode is Mode.HANG:
            await asyncio.sleep(behaviour.seconds)
            return "421 Gave up, as told"
        self.mailbox.add(envelope.mail_from or "", recipients, content)
        if behaviour.mode is Mode.LOST and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 Kept"

    def _count(self, behaviour: Behaviour) -> None:
        if behaviour.times is not None:
            left = behaviour.times - 1
            self.behaviour = replace(behaviour, times=left) if left else Behaviour()
