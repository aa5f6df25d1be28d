"""`python -m daybook.sandbox`: every stand-in in one process, until a signal ends it.

Reads SMTP_HOST, SMTP_PORT, MAILBOX_PORT, STRIPE_PORT, GOOGLE_PORT, PORT and DAYBOOK_LOCAL (where mails, payments
and calendars are kept).
"""

import contextlib
import os
import signal
from datetime import datetime
from pathlib import Path
from types import FrameType

import django
from django.db import Error, close_old_connections

from daybook.sandbox.google.channels import Callback
from daybook.sandbox.google.people import move_in
from daybook.sandbox.google.server import GoogleSandbox
from daybook.sandbox.mail.server import MailSandbox
from daybook.sandbox.stripe.delivery import Endpoint
from daybook.sandbox.stripe.server import SECRETS, StripeSandbox


def stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def domain_clock() -> datetime | None:
    """Where the clock of demo data stands; None while it runs."""
    from daybook.core import clock

    with contextlib.suppress(Error):
        close_old_connections()
        return clock.now() if clock.is_set() else None
    return None


def mail(local: Path) -> MailSandbox:
    return MailSandbox(
        local / "mailbox",
        host=os.environ.get("SMTP_HOST", "127.0.0.1"),
        smtp_port=int(os.environ.get("SMTP_PORT", "8002")),
        web_port=int(os.environ.get("MAILBOX_PORT", "8001")),
    )


def stripe(local: Path) -> StripeSandbox:
    """Its webhooks go to the platform's host on PORT."""
    port, web = int(os.environ.get("STRIPE_PORT", "8003")), os.environ.get("PORT", "8000")
    doors = {"connect": "stripe", "account": "stripe", "thin": "stripe-thin"}
    endpoints = {
        kind: Endpoint((SECRETS[kind],), f"http://127.0.0.1:{web}/v1/webhooks/{door}", host=f"localhost:{web}")
        for kind, door in doors.items()
    }
    url = f"http://localhost:{port}"
    folder = local / "stripe"
    return StripeSandbox(
        folder, port=port, url=url, webhooks=endpoints, settles=True, kept=folder / "state.json", clock=domain_clock
    )


def google(local: Path) -> GoogleSandbox:
    """Its notifications to https addresses of this machine go to the web on PORT."""
    port, web = int(os.environ.get("GOOGLE_PORT", "8004")), os.environ.get("PORT", "8000")
    callbacks = [Callback(f"localhost:{web}", f"http://127.0.0.1:{web}")]
    sandbox = GoogleSandbox(port=port, callbacks=callbacks, kept=local / "google", clock=domain_clock)
    if sandbox.is_new:
        move_in(sandbox)
    return sandbox


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    django.setup()
    local = Path(os.environ.get("DAYBOOK_LOCAL", ".local"))
    with mail(local), stripe(local), google(local):
        while True:
            signal.pause()


if __name__ == "__main__":
    main()
