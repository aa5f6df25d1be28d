"""The mail sandbox over real sockets: SMTP in, JSON and pages out."""

import http.client
import json
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from daybook.sandbox.mail.server import MailSandbox

CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[MailSandbox]:
    with MailSandbox(tmp_path) as running:
        yield running


def letter(to: str = "kim@example.test", subject: str = "Your appointment") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Harbor & Pine <bookings@localhost>", to, subject
    message["Message-ID"] = "<1@localhost>"
    message.set_content("See you soon: http://harbor-pine.localhost:8000/manage/abc.")
    message.add_alternative(
        '<html><head></head><body><a href="http://x.test">Manage</a><img src="cid:logo"></body></html>', "html"
    )
    message.add_alternative(CALENDAR.encode(), "text", "calendar", params={"method": "REQUEST", "charset": "utf-8"})
    message.add_attachment(b"\x00\x01", "application", "octet-stream", filename="waiver.bin")
    return message


def send(sandbox: MailSandbox, message: EmailMessage, timeout: float = 5) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=timeout) as client:
        client.send_message(message)


def ask(
    sandbox: MailSandbox, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.web_port, timeout=5)
    connection.request(method, path, json.dumps(body) if body is not None else None, {"Host": "localhost", **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, dict(answer.getheaders())


def messages(sandbox: MailSandbox, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ask(sandbox, "GET", f"/_control/messages{query}")[1])
    return found


def tell(sandbox: MailSandbox, **behaviour: object) -> int:
    return ask(sandbox, "POST", "/_control", behaviour)[0]


def test_a_mail_sent_is_found_with_all_its_parts(sandbox: MailSandbox) -> None:
    send(sandbox, letter())
    [mail] = messages(sandbox)
    assert (mail["to"], mail["subject"], mail["message_id"]) == (
        ["kim@example.test"],
        "Your appointment",
        "<1@localhost>",
    )
    assert mail["text"].startswith("See you soon")
    assert "Manage" in mail["html"]
    assert mail["calendar"] == {"method": "REQUEST", "text": CALENDAR}
    assert mail["attachments"] == [{"filename": "waiver.bin", "content_type": "application/octet-stream", "size": 2}]


def test_mails_are_filtered_by_recipient_and_subject_newest_first(sandbox: MailSandbox) -> None:
    for to, subject in (("kim@example.test", "One"), ("lee@example.test", "Two"), ("kim@example.test", "Three")):
        send(sandbox, letter(to, subject))
    assert [mail["subject"] for mail in messages(sandbox)] == ["Three", "Two", "One"]
    assert [mail["subject"] for mail in messages(sandbox, "?to=kim@example.test")] == ["Three", "One"]
    assert [mail["subject"] for mail in messages(sandbox, "?to=kim&subject=one")] == ["One"]


def test_blind_copies_are_recipients_too(sandbox: MailSandbox) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port) as client:
        client.send_message(letter(), to_addrs=["kim@example.test", "hidden@example.test"])
    assert messages(sandbox)[0]["to"] == ["kim@example.test", "hidden@example.test"]


def test_mails_survive_a_restart(tmp_path: Path) -> None:
    with MailSandbox(tmp_path) as first:
        send(first, letter())
    with MailSandbox(tmp_path) as second:
        assert [mail["subject"] for mail in messages(second)] == ["Your appointment"]


def test_emptying_forgets_the_files_too(sandbox: MailSandbox, tmp_path: Path) -> None:
    send(sandbox, letter())
    assert ask(sandbox, "DELETE", "/_control/messages")[0] == 200
    assert messages(sandbox) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [451, 550])
def test_refuses_as_told(sandbox: MailSandbox, code: int) -> None:
    tell(sandbox, mode="refuse", code=code)
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(sandbox, letter())
    assert refusal.value.smtp_code == code
    assert messages(sandbox) == []


def test_refuses_only_the_next_mails_to_one_recipient(sandbox: MailSandbox) -> None:
    tell(sandbox, mode="refuse", recipient="kim@", times=1)
    send(sandbox, letter("lee@example.test"))
    with pytest.raises(smtplib.SMTPDataError):
        send(sandbox, letter())
    send(sandbox, letter())
    assert len(messages(sandbox)) == 2


def test_hangs_as_told_and_keeps_nothing(sandbox: MailSandbox) -> None:
    tell(sandbox, mode="hang", seconds=3)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(sandbox, letter(), timeout=0.3)
    assert messages(sandbox) == []


def test_loses_its_answer_but_keeps_the_mail(sandbox: MailSandbox) -> None:
    tell(sandbox, mode="lost", times=1)
    with pytest.raises((ConnectionError, smtplib.SMTPServerDisconnected)):
        send(sandbox, letter())
    assert len(messages(sandbox)) == 1


def test_unknown_behaviour_is_refused(sandbox: MailSandbox) -> None:
    assert tell(sandbox, mode="explode") == 400
    assert tell(sandbox, mode="ok", colour="red") == 400


def test_the_list_is_empty_then_shows_mails(sandbox: MailSandbox) -> None:
    assert "No mail yet" in ask(sandbox, "GET", "/")[1]
    send(sandbox, letter(subject="<b>Tom & Jerry</b>"))
    page = ask(sandbox, "GET", "/")[1]
    assert "&lt;b&gt;Tom &amp; Jerry&lt;/b&gt;" in page
    assert "No mail for this recipient" in ask(sandbox, "GET", "/?to=nobody")[1]


def test_views_of_one_mail(sandbox: MailSandbox) -> None:
    send(sandbox, letter())
    address = f"/mail/{messages(sandbox)[0]['id']}"
    assert f'src="{address}/html"' in ask(sandbox, "GET", address)[1]
    assert '<a href="http://harbor-pine.localhost:8000/manage/abc"' in ask(sandbox, "GET", f"{address}/text")[1]
    assert "METHOD:REQUEST" in ask(sandbox, "GET", f"{address}/calendar")[1]
    assert "X-Original-To: kim@example.test" in ask(sandbox, "GET", f"{address}/raw")[1]
    assert ask(sandbox, "GET", f"{address}/attachment/0")[:2] == (200, "\x00\x01")
    assert ask(sandbox, "GET", f"{address}/attachment/1")[0] == 404
    assert ask(sandbox, "GET", "/mail/nothing")[0] == 404


def test_html_of_a_mail_is_shown_without_scripts(sandbox: MailSandbox) -> None:
    send(sandbox, letter())
    address = f"/mail/{messages(sandbox)[0]['id']}"
    _, html, headers = ask(sandbox, "GET", f"{address}/html")
    assert headers["Content-Security-Policy"].startswith(
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'"
    )
    assert '<base target="_blank">' in html
    assert f'src="{address}/inline/logo"' in html


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_other_sites_cannot_read_or_steer_it(sandbox: MailSandbox, headers: dict[str, str]) -> None:
    assert ask(sandbox, "GET", "/_control/messages", None, **headers)[0] == 403
    assert ask(sandbox, "POST", "/_control", {"mode": "hang"}, **headers)[0] == 403
    assert ask(sandbox, "DELETE", "/_control/messages", None, **headers)[0] == 403


def test_djangos_own_backend_delivers_to_it(mailbox: MailSandbox) -> None:
    mail = EmailMultiAlternatives("Grüße", "Text", "Daybook <bookings@localhost>", ["kim@example.test"])
    mail.attach_alternative("<p>HTML</p>", "text/html")
    mail.send()
    [kept] = mailbox.mailbox.search(to="kim@example.test")
    assert (kept.subject, kept.text, kept.html) == ("Grüße", "Text", "<p>HTML</p>")
