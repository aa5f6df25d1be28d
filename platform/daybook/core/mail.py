"""Building one mail and handing it to the mail server, whose answer is a value: sent, refused, failed or unknown.

Names of businesses and clients come from strangers: every header is one printable line.
"""

import re
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr
from enum import StrEnum
from smtplib import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.message import utf8_charset_qp

LONGEST_SUBJECT = 200
LONGEST_NAME = 100


class Outcome(StrEnum):
    """What the mail server made of a mail. Only `FAILED` surely left nothing behind that may still arrive."""

    SENT = "sent"
    REFUSED = "refused"  # for good: another attempt will not help
    FAILED = "failed"  # not taken this time
    UNKNOWN = "unknown"  # the answer was lost


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome, with the server's words."""

    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar part: iCalendar text and its method, `REQUEST` or `CANCEL` of one event, or `PUBLISH` of several.

    Calendars act upon the first two by themselves; the third is a file to open.
    """

    content: bytes
    method: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. `message_id` and `thread` are without angle brackets.

    `unsubscribe_url`, if any, takes a POST without signing in.
    """

    to: str
    subject: str
    text: str
    html: str
    sender: str
    message_id: str
    thread: str = ""
    reply_to: str = ""
    language: str = "en"
    invitation: Invitation | None = None
    unsubscribe_url: str = ""


def one_line(text: str, longest: int = LONGEST_SUBJECT) -> str:
    """The text on one line, without control and formatting characters, cut to `longest`."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def inlined(html: str) -> str:
    """The page with its style sheet moved into style attributes; only at-rules (dark mode) stay in <style>."""
    page: str = css_inline.inline(html, keep_at_rules=True, load_remote_stylesheets=False)
    return page


class Mail(EmailMultiAlternatives):
    """Django's, except that a long subject in any language begins on the header's own line."""

    def message(self, **options: Any) -> Any:
        built: Any = super().message(**options)
        subject = str(self.subject)
        if not subject.isascii():
            built.replace_header("Subject", Header(subject, "utf-8", header_name="Subject"))
        return built


def build(letter: Letter) -> Mail:
    """The message: text, HTML, then the calendar part as the last alternative and again as `invite.ics`."""
    headers = {
        "Message-ID": f"<{letter.message_id}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
    }
    if letter.thread:
        headers["References"] = headers["In-Reply-To"] = f"<{letter.thread}>"
    if letter.unsubscribe_url:  # RFC 8058: mail programs show a button that sends a POST
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = Mail(
        subject=one_line(letter.subject),
        body=letter.text,
        from_email=formataddr((one_line(letter.sender, LONGEST_NAME), settings.MAIL_FROM)),
        to=[letter.to],
        reply_to=[letter.reply_to] if letter.reply_to else None,
        headers=headers,
    )
    message.encoding = utf8_charset_qp  # seven-bit, whatever the next mail server understands
    message.attach_alternative(letter.html, "text/html")
    if letter.invitation is not None:
        method, content = letter.invitation.method, letter.invitation.content
        if method != "PUBLISH":
            message.attach_alternative(content.decode(), f"text/calendar; method={method}")
        message.attach("appointments.ics" if method == "PUBLISH" else "invite.ics", content, "application/ics")
    return message


def send(letter: Letter) -> Delivery:
    """Hand the mail to the mail server. What it answers, or fails to, is the outcome; nothing is raised for it."""
    message = build(letter)
    server = get_connection()
    try:
        server.open()
    except (OSError, SMTPException) as error:
        return Delivery(Outcome.FAILED, _said(error))
    try:
        server.send_messages([message])
    except (OSError, SMTPException) as error:
        return Delivery(_outcome(error), _said(error))
    finally:
        server.close()
    return Delivery(Outcome.SENT)


def _outcome(error: Exception) -> Outcome:
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _answer in error.recipients.values()]
        return Outcome.REFUSED if all(code >= 500 for code in codes) else Outcome.FAILED
    if isinstance(error, SMTPSenderRefused):  # our own address: an operator can mend that
        return Outcome.FAILED
    if isinstance(error, SMTPResponseException):
        return Outcome.REFUSED if error.smtp_code >= 500 else Outcome.FAILED
    if isinstance(error, SMTPServerDisconnected) or not isinstance(error, SMTPException):
        return Outcome.UNKNOWN
    return Outcome.FAILED


def _said(error: Exception) -> str:
    return one_line(re.sub(r"\s+", " ", f"{type(error).__name__}: {error}"), 300)
