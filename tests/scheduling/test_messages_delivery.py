"""Mail servers that are away, refuse, hang up or lose their answer: nothing is lost, nothing comes twice."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection as django_connection

from daybook.core.models import OutboxRow
from daybook.core.outbox import relay
from daybook.core.outbox.models import OutboxState
from daybook.sandbox.mail.smtp import Behaviour, Mode
from scheduling.enums import Status
from scheduling.models import Message
from tests.scheduling.mail_world import NOW, START, World, make_world

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from daybook.sandbox.mail.server import MailSandbox
    from tenants.models import Business

connection: Any = django_connection
HOUR = timedelta(hours=1)
KIM = "kim@example.test"


@pytest.fixture
def world(business: "Business") -> World:
    return make_world(business)


def retry(now: Any = NOW) -> None:
    """Drain without waiting for the pauses."""
    relay.drain(now=now, impatient=True)


def client_row() -> OutboxRow:
    return OutboxRow.objects.get(kind="client.confirmed")


def test_a_mail_goes_over_smtp_with_all_its_parts(world: World, mailbox: "MailSandbox") -> None:
    appointment = world.book(client={"name": "Zoë Müller-Łąka"})
    relay.drain(now=NOW)
    [kept] = mailbox.mailbox.search(to=KIM)
    assert kept.subject == "Confirmed: Deep tissue massage, Thu 12 Nov 10:30 am"
    assert kept.sender == "Harbor & Pine via Daybook <bookings@localhost>"
    assert "Thursday, 12 November 2026, 10:30 – 11:30 am" in (kept.text or "")
    assert "Manage booking" in (kept.html or "")
    assert kept.calendar is not None
    assert kept.calendar["method"] == "REQUEST"
    assert f"UID:{appointment.pk}@localhost" in kept.calendar["text"].replace("\r\n ", "").replace("\n ", "")
    assert "Zoë Müller-Łąka" in kept.calendar["text"]
    assert [(file.filename, file.content_type) for file in kept.attachments] == [("invite.ics", "application/ics")]
    [notice, _other] = mailbox.mailbox.search(words="New booking")
    assert notice.subject == "New booking: Zoë Müller-Łąka, Deep tissue massage, Thu 12 Nov 10:30 am"
    assert kept.raw.isascii()


def test_hc225_a_mail_server_that_is_down_fails_no_booking_and_gets_the_mails_later_once(
    world: World, mailbox: "MailSandbox", settings: "Settings"
) -> None:
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = closed_port()
    soon = world.book(NOW + 90 * timedelta(minutes=1))
    late = world.book(NOW + 150 * timedelta(minutes=1))
    assert (soon.status, late.status) == (Status.CONFIRMED, Status.CONFIRMED)
    for minutes in (0, 30, 60, 90, 119):
        retry(NOW + timedelta(minutes=minutes))
    assert not Message.objects.exists()
    settings.EMAIL_PORT = port
    back = NOW + 2 * HOUR
    retry(back)
    retry(back)
    subjects = sorted(mail.subject for mail in mailbox.mailbox.search(to=KIM))
    assert subjects == [
        "Confirmed: Deep tissue massage, Sun 1 Nov 8:30 am",
        "Confirmed: Deep tissue massage, Sun 1 Nov 9:30 am",
        "Reminder: Deep tissue massage, Sun 1 Nov 9:30 am",
    ]
    dropped = OutboxRow.objects.get(kind="client.reminder", payload__appointment=str(soon.pk))
    assert (dropped.state, dropped.last_error) == (OutboxState.DONE, "the appointment has started")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_refuses_for_now_is_asked_again(world: World, mailbox: "MailSandbox") -> None:
    mailbox.delivery.behaviour = Behaviour(Mode.REFUSE, code=451, recipient=KIM, times=2)
    world.book()
    relay.drain(now=NOW)
    assert not Message.objects.filter(recipient=KIM).exists()
    assert client_row().state == OutboxState.PENDING
    assert "451" in client_row().last_error
    retry()
    retry()
    retry()
    assert len(mailbox.mailbox.search(to=KIM)) == 1
    assert Message.objects.get(recipient=KIM).state == "sent"


def test_a_refusal_for_good_is_kept_and_not_tried_again(world: World, mailbox: "MailSandbox") -> None:
    mailbox.delivery.behaviour = Behaviour(Mode.REFUSE, code=550, recipient=KIM)
    world.book()
    relay.drain(now=NOW)
    assert client_row().state == OutboxState.DEAD
    message = Message.objects.get(recipient=KIM)
    assert message.state == "dropped"
    assert "550" in message.reason
    retry()
    assert mailbox.mailbox.search(to=KIM) == []
    assert len(mailbox.mailbox.search(words="New booking")) == 2


def test_one_recipient_who_fails_keeps_no_other_waiting_and_nobody_reads_twice(
    world: World, mailbox: "MailSandbox"
) -> None:
    mailbox.delivery.behaviour = Behaviour(Mode.REFUSE, code=451, recipient="ana@", times=1)
    world.book()
    relay.drain(now=NOW)
    assert [mail.recipients for mail in mailbox.mailbox.search(words="New booking")] == [["rosa@example.test"]]
    retry()
    recipients = sorted(mail.recipients[0] for mail in mailbox.mailbox.search(words="New booking"))
    assert recipients == ["ana@example.test", "rosa@example.test"]


def test_a_lost_answer_costs_one_copy_with_the_same_id_and_never_the_mail(world: World, mailbox: "MailSandbox") -> None:
    mailbox.delivery.behaviour = Behaviour(Mode.LOST, recipient=KIM, times=1)
    world.book()
    relay.drain(now=NOW)
    assert Message.objects.get(recipient=KIM).state == "sending"
    retry()
    retry()
    copies = mailbox.mailbox.search(to=KIM)
    assert len(copies) == 2
    assert len({str(mail.message["Message-ID"]) for mail in copies}) == 1
    assert Message.objects.get(recipient=KIM).state == "sent"


def test_what_a_killed_worker_left_is_sent_after_its_lease(world: World, mailbox: "MailSandbox") -> None:
    world.book()
    claimed = relay.claim(now=NOW, most=20)
    assert {row.kind for row in claimed} == {"client.confirmed", "members.new"}
    Message.objects.create(
        appointment_id=claimed[0].payload["appointment"],
        kind="client.confirmed",
        recipient=KIM,
        sequence=0,
        created_at=NOW,
    )  # killed while it was sending
    retry()
    assert mailbox.mailbox.search() == []
    OutboxRow.objects.update(locked_until=NOW)  # the lease is over
    retry()
    retry()
    assert len(mailbox.mailbox.search(to=KIM)) == 1
    assert len(mailbox.mailbox.search()) == 3


def test_hc220_relays_at_once_send_one_mail_each(committed: "Business", mailbox: "MailSandbox") -> None:
    world = make_world(committed)
    for hour in range(4):
        world.book(START + hour * HOUR)
    start = threading.Barrier(4)

    def work(_: int) -> None:
        try:
            start.wait()
            relay.drain(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(mailbox.mailbox.search(to=KIM)) == 4
    assert len(mailbox.mailbox.search()) == 12
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
