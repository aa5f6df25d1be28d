"""What staff write to clients: once each, in the client's frame, never twice, and what became of it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import translation

from daybook.core import idempotency
from daybook.core.errors import Invalid
from daybook.core.idempotency import Replayed
from daybook.core.models import OutboxRow
from daybook.sandbox.mail.smtp import Behaviour, Mode
from scheduling.enums import Status
from scheduling.models import Appointment, Message
from scheduling.selectors import mail as mails
from scheduling.selectors.mail import State
from scheduling.services import notes, personal, transitions
from scheduling.views import timeline
from tests.factories import STAFF
from tests.scheduling.mail_world import NOW, START, World, html_of, later, make_world, run, to_client

if TYPE_CHECKING:
    from daybook.sandbox.mail.server import MailSandbox
    from tenants.models import Business

pytestmark = pytest.mark.usefixtures("business")


@pytest.fixture
def world(business: "Business") -> World:
    return make_world(business)


def write(*rows: Appointment, subject: str = "The bell", text: str = "Please knock.", **more: Any) -> int:
    return personal.write(rows, subject=subject, text=text, **{"now": NOW, "by": STAFF, **more})


def lines(world: World, appointment: Appointment) -> list[str]:
    found = timeline.entries(
        appointment.events.all(), mails.about(world.business, appointment, now=later(minutes=1)), "America/New_York"
    )
    return [" ".join(filter(None, (entry.text, entry.who, entry.state, entry.why))) for entry in found]


def test_a_message_is_sent_once_and_stands_in_the_history(world: World) -> None:
    mine = world.book(notify=False)
    run(NOW)
    assert write(mine, subject="Bell & whistle", text="<b>Please</b>\nknock & wait.") == 1
    assert "Message to kim@example.test by Rosa Marín waiting" in lines(world, mine)
    [sent] = run(NOW)
    assert (sent.to, sent.subject, sent.reply_to) == (["kim@example.test"], "Bell & whistle", ["hello@acme.test"])
    assert "&lt;b&gt;Please&lt;/b&gt;<br>knock &amp; wait." in html_of(sent)
    assert "<b>Please</b>\nknock & wait." in sent.body
    for part in (sent.body, html_of(sent)):
        assert "Thursday, 12 November 2026, 10:30" in part
        assert f"/a/{mine.reference}?t=" in part
        assert "Message from Harbor &" in part
    assert run(later(hours=1)) == []
    assert "Message to kim@example.test by Rosa Marín sent" in lines(world, mine)
    message = Message.objects.get(kind__startswith="staff:")
    assert (message.body, message.sent_at) == ("<b>Please</b>\nknock & wait.", NOW)


def test_each_address_gets_it_once_and_nobody_is_left_out_silently(world: World) -> None:
    first, second = world.book(), world.book(START + timedelta(days=1))
    other = world.book(START + timedelta(days=2), client={"email": "ada@example.test", "name": "Ada"})
    mute = world.book(START + timedelta(days=3), client={"email": "", "phone": "+12075550199", "name": "Mute"})
    rows = [first, second, other, mute]
    found = personal.recipients(rows)
    assert (found.reached, found.unreachable) == ([first, other], [mute])
    assert write(*rows) == 2
    run(NOW)
    subjects = [message.to[0] for message in mail.outbox if message.subject == "The bell"]
    assert sorted(subjects) == ["ada@example.test", "kim@example.test"]


def test_the_same_form_twice_writes_once(world: World) -> None:
    mine = world.book()
    key = idempotency.key_for(
        tenant_id=world.business.pk, route="dashboard:bulk", caller="me", key=str(uuid4()), body={}
    )
    write(mine, key=key)
    with pytest.raises(Replayed) as again:
        write(mine, key=key)
    assert again.value.answer.body == {"sent": 1}
    assert Message.objects.filter(kind__startswith="staff:").count() == 1
    assert OutboxRow.objects.filter(kind="client.personal").count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 151}, "subject"),
        ({"subject": "a\nBcc: all@example.test"}, "subject"),
        ({"text": " \n"}, "text"),
        ({"text": "x" * 5001}, "text"),
        ({"text": "bell \a"}, "text"),
    ],
)
def test_limits_are_kept(world: World, values: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        write(world.book(), **values)
    assert list(refused.value.details["fields"]) == [field]
    assert not Message.objects.filter(kind__startswith="staff:").exists()


def test_a_day_has_its_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "MOST_A_DAY", 2)
    mine = world.book()
    write(mine)
    write(mine)
    with pytest.raises(Invalid):
        write(mine)
    assert write(mine, now=later(days=1, minutes=1)) == 1


def test_a_refused_address_is_told_and_not_tried_again(world: World, mailbox: "MailSandbox") -> None:
    mine = world.book(notify=False, client={"email": "kim@refused.test"})
    write(mine)
    mailbox.delivery.behaviour = Behaviour(Mode.REFUSE, code=550, recipient="kim@refused.test")
    run(NOW)
    assert any(line.startswith("Message to kim@refused.test by Rosa Marín failed") for line in lines(world, mine))
    mailbox.delivery.behaviour = Behaviour()
    run(later(days=1))
    assert mailbox.mailbox.search(to="kim@refused.test") == []


def test_a_mail_server_that_is_away_only_delays_it(world: World, settings: Any) -> None:
    mine = world.book(notify=False)
    write(mine)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 9
    run(NOW)
    [line] = [line for line in lines(world, mine) if line.startswith("Message to kim")]
    assert "waiting ConnectionRefusedError" in line
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    OutboxRow.objects.update(locked_until=None)
    assert [message.subject for message in to_client(run(later(hours=1)))] == ["The bell"]


def test_the_frame_speaks_the_client_s_language_and_past_visits_have_no_button(world: World) -> None:
    mine = world.book(notify=False)
    Appointment.objects.filter(pk=mine.pk).update(status=Status.COMPLETED)
    write(mine, now=later(days=20))
    with translation.override("de"):
        [sent] = to_client(run(later(days=20)))
    assert "?t=" not in sent.body
    assert 'lang="en"' in html_of(sent)


def test_what_is_still_to_come_is_planned_and_what_is_not_true_any_more_says_why(world: World) -> None:
    mine = world.book(now=NOW)
    run(NOW)
    found = {(entry.kind, entry.state) for entry in mails.about(world.business, mine, now=NOW)}
    assert found == {
        ("client.confirmed", State.SENT), ("members.new", State.SENT), ("client.reminder", State.PLANNED)
    }  # fmt: skip
    assert sum("Reminder planned" in line for line in lines(world, mine)) == 2
    mine = transitions.cancel(business=world.business, appointment=mine, now=NOW, by=STAFF, notify=False)
    assert not any("Reminder" in line for line in lines(world, mine))
    run(START - timedelta(minutes=30))
    assert sum("Reminder dropped Not sent: the appointment is Cancelled." in line for line in lines(world, mine)) == 2


def test_shared_notes_stand_in_confirmations_and_reminders_only(world: World) -> None:
    mine = world.book()
    notes.keep(mine, staff="She is <difficult>", shared="Bring <shoes>", now=NOW, by=STAFF)
    [confirmed] = to_client(run(NOW))
    [reminder] = to_client(run(START - timedelta(hours=23)))
    for message in (confirmed, reminder):
        assert "Note from Harbor & Pine:\nBring <shoes>" in message.body
        assert "Bring &lt;shoes&gt;" in html_of(message)
        assert "difficult" not in message.body + html_of(message)
    transitions.cancel(business=world.business, appointment=mine, now=later(days=10), by=STAFF)
    [gone] = to_client(run(later(days=10)))
    assert "shoes" not in gone.body
    event = mine.events.get(action="notes_changed")
    assert event.detail == {"fields": ["staff_notes", "shared_notes"]}
    assert "She" not in str(event.detail)
