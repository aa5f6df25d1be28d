"""`python -m daybook.sandbox`: every stand-in in one process, until a signal ends it.

Reads SMTP_HOST, SMTP_PORT, MAILBOX_PORT and DAYBOOK_LOCAL (where mails are kept).
"""

import os
import signal
from pathlib import Path
from types import FrameType

from daybook.sandbox.mail.server import MailSandbox


def stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    folder = Path(os.environ.get("DAYBOOK_LOCAL", ".local")) / "mailbox"
    host = os.environ.get("SMTP_HOST", "127.0.0.1")
    smtp_port = int(os.environ.get("SMTP_PORT", "8002"))
    with MailSandbox(folder, host=host, smtp_port=smtp_port, web_port=int(os.environ.get("MAILBOX_PORT", "8001"))):
        while True:
            signal.pause()


if __name__ == "__main__":
    main()
