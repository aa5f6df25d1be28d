"""What the mails say: headers, times, links, language; and that strangers' text stays text."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.mail import EmailMultiAlternatives
from django_tenants.utils import tenant_context

from daybook.core import crypto
from scheduling.services import messages, moves, transitions
from scheduling.services.moves import Move
from tenants.models import Domain, DomainKind
from tests.scheduling.mail_world import CLIENT, NOW, START, World, html_of, make_world, run, to_client

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tenants.models import Business

pytestmark = pytest.mark.usefixtures("business")
HOUR = timedelta(hours=1)
BERLIN = {"timezone": "Europe/Berlin"}


@pytest.fixture
def world(business: "Business") -> World:
    return make_world(business)


def client_mail(now: datetime = NOW) -> EmailMultiAlternatives:
    [message] = to_client(run(now))
    return message


def header(message: EmailMultiAlternatives, name: str) -> str:
    return str(message.message()[name])


def lines(message: EmailMultiAlternatives) -> list[str]:
    return [line for line in str(message.body).splitlines() if line]


def test_headers_name_the_business_and_keep_one_booking_in_one_thread(world: World) -> None:
    appointment = world.book()
    confirmed = client_mail()
    moves.reschedule(business=world.business, appointment=appointment, move=Move(START + HOUR), now=NOW, by=CLIENT)
    moved = client_mail()
    assert header(confirmed, "From") == "Harbor & Pine via Daybook <bookings@localhost>"
    assert header(confirmed, "Reply-To") == "hello@acme.test"
    assert header(confirmed, "Auto-Submitted") == "auto-generated"
    assert header(confirmed, "Content-Language") == "en"
    assert header(confirmed, "References") == header(moved, "References") == f"<{appointment.pk}@localhost>"
    assert re.fullmatch(
        rf"<{appointment.pk}\.client\.confirmed\.0\.[0-9a-f]{{8}}@localhost>", header(confirmed, "Message-ID")
    )
    assert header(confirmed, "Message-ID") != header(moved, "Message-ID")


def test_replies_go_to_the_owner_when_the_business_has_no_address(world: World) -> None:
    world.business.email = ""
    world.business.save()
    world.book()
    assert header(client_mail(), "Reply-To") == "rosa@example.test"


def test_a_confirmation_tells_everything_in_order(world: World) -> None:
    appointment = world.book()
    url = messages.manage_url(world.business, appointment)
    message = client_mail()
    assert lines(message) == [
        "Your appointment is confirmed",
        "Harbor & Pine is expecting you.",
        "Thursday, 12 November 2026, 10:30 – 11:30 am",
        "Eastern Time — New York (EST, UTC−5)",
        "Service: Deep tissue massage, 60 min",
        "With: Ana Duarte",
        "Where: 12 Wharf St, Portland ME",
        "Price: $95.00, to be paid at the visit",
        f"Reference: {appointment.reference}",
        "You can cancel or move it online until Thu 12 Nov, 8:30 am EST.",
        "Manage booking:",
        url,
        "Add to calendar:",
        url.replace("?t=", ".ics?t="),
        "-- ",
        "Harbor & Pine",
        "12 Wharf St, Portland ME",
        "Sent with Daybook",
    ]
    html = html_of(message)
    assert html.count('class="button"') == 1
    assert "Manage booking" in html
    assert "prefers-color-scheme: dark" in html
    assert 'style="' in html
    assert "<img" not in html


def test_the_manage_link_opens_this_appointment_on_the_business_host(world: World) -> None:
    appointment = world.book()
    link = urlsplit(messages.manage_url(world.business, appointment))
    assert (link.scheme, link.netloc, link.path) == ("http", "acme.localhost", f"/a/{appointment.reference}")
    [token] = parse_qs(link.query)["t"]
    assert crypto.matches(token, appointment.manage_digest)


def test_links_lead_to_the_primary_domain_with_the_platforms_port(world: World, settings: "Settings") -> None:
    settings.PLATFORM_URL = "https://daybook.test:8443"
    Domain.objects.create(
        tenant=world.business, domain="book.pine.test", kind=DomainKind.CUSTOM, is_primary=True, verified_at=NOW
    )
    world.book()
    sent = run(NOW)
    assert "https://book.pine.test:8443/a/" in str(to_client(sent)[0].body)
    notice = next(message for message in sent if message.to == ["rosa@example.test"])
    assert "https://acme.localhost:8443/dashboard/appointments/" in str(notice.body)


def test_hc193_every_link_of_a_mail_is_a_page_and_none_acts(world: World) -> None:
    world.service.requires_approval = True
    world.service.save()
    appointment = world.book()
    allowed = re.compile(
        r"http://acme\.localhost/(a/[0-9A-Z]{8}\?t=[\w-]+|a/[0-9A-Z]{8}\.ics\?t=[\w-]+|dashboard/appointments/[0-9a-f-]{36}/)"
        r"|https://(calendar\.google\.com|outlook\.live\.com|outlook\.office\.com|www\.google\.com/maps)/\S*"
    )
    sent = run(NOW)
    transitions.approve(business=world.business, appointment=appointment, now=NOW, by=CLIENT)
    sent += run(NOW)
    links = [link for message in sent for link in re.findall(r'href="([^"]+)"', html_of(message))]
    assert len(links) > 6
    assert [link for link in links if not allowed.fullmatch(link.replace("&amp;", "&"))] == []


def test_in_person_the_businesss_time_comes_first_and_the_clients_when_it_differs(world: World) -> None:
    world.book(client=BERLIN)
    assert lines(client_mail())[2:6] == [
        "Thursday, 12 November 2026, 10:30 – 11:30 am",
        "Time at Harbor & Pine: Eastern Time — New York (EST, UTC−5)",
        "Thursday, 12 November 2026, 4:30 – 5:30 pm",
        "Your time: Central European Time — Berlin (CET, UTC+1)",
    ]


def test_at_a_distance_the_clients_time_comes_first(world: World) -> None:
    world.service.location, world.service.location_detail = "video", "https://meet.example.test/ana"
    world.service.save()
    world.book(client=BERLIN)
    message = client_mail()
    assert message.subject == "Confirmed: Deep tissue massage, Thu 12 Nov 4:30 pm"
    assert lines(message)[2:6] == [
        "Thursday, 12 November 2026, 4:30 – 5:30 pm",
        "Your time: Central European Time — Berlin (CET, UTC+1)",
        "Thursday, 12 November 2026, 10:30 – 11:30 am",
        "Time at Harbor & Pine: Eastern Time — New York (EST, UTC−5)",
    ]
    assert 'href="https://meet.example.test/ana"' in html_of(message)


def test_hc224_a_reminder_over_the_spring_gap_names_zone_and_offset(world: World) -> None:
    start = datetime(2027, 3, 14, 7, 30, tzinfo=UTC)  # 03:30 EDT
    world.book(start)
    run(NOW)
    run(start - 24 * HOUR)
    assert run(datetime(2027, 3, 14, 6, 29, tzinfo=UTC)) == []
    [reminder] = run(datetime(2027, 3, 14, 6, 30, tzinfo=UTC))  # 01:30 EST: an hour has to pass
    assert "Sunday, 14 March 2027, 3:30 – 4:30 am" in lines(reminder)
    assert "Eastern Time — New York (EDT, UTC−4)" in lines(reminder)


@pytest.mark.parametrize(("hour", "name"), [(5, "EDT, UTC−4"), (6, "EST, UTC−5")])
def test_hc224_a_repeated_hour_says_which_of_the_two_it_is(world: World, hour: int, name: str) -> None:
    now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    world.book(datetime(2026, 11, 1, hour, 30, tzinfo=UTC), now=now)
    message = client_mail(now)
    assert "Sunday, 1 November 2026, 1:30 – " in str(message.body)
    assert f"({name})" in str(message.body)


def test_hc227_two_businesses_send_their_own_names_links_and_zones(world: World, other_business: "Business") -> None:
    with tenant_context(other_business):
        other = make_world(other_business, name="Zen Studio", owner="zoe@example.test")
        other_business.timezone, other_business.brand_color = "Europe/Madrid", "#aa3355"
        other_business.locale = "es"
        other_business.save()
        other.book(client={"timezone": "Europe/Madrid", "locale": "es"})
    world.book()
    by_sender = {message.from_email: message for message in to_client(run(NOW))}
    assert set(by_sender) == {
        "Harbor & Pine via Daybook <bookings@localhost>",
        "Zen Studio via Daybook <bookings@localhost>",
    }
    ours, theirs = (by_sender[sender] for sender in sorted(by_sender))
    assert (header(ours, "Reply-To"), header(theirs, "Reply-To")) == ("hello@acme.test", "hello@zen.test")
    assert (header(ours, "Content-Language"), header(theirs, "Content-Language")) == ("en", "es")
    assert "http://acme.localhost/a/" in str(ours.body)
    assert "http://zen.localhost/a/" in str(theirs.body)
    assert "jueves, 12 de noviembre de 2026, 16:30 – 17:30" in str(theirs.body)
    assert "zen" not in html_of(ours).lower()
    assert "harbor" not in html_of(theirs).lower()
    assert "#aa3355" in html_of(theirs)
    assert "#aa3355" not in html_of(ours)


def test_hc194_text_of_strangers_stays_text(world: World) -> None:
    world.service.name = '<img src=x onerror=alert(1)> {{ 7|add:"7" }} {{7*7}}'
    world.service.save()
    world.business.name, world.business.address = "<b>Pine</b>", "javascript:alert(1)"
    world.business.save()
    world.book(client={"name": '"><svg/onload=alert(1)>'}, notes="<script>alert(1)</script>\n{% load x %}")
    for message in run(NOW):
        html = html_of(message)
        assert "<img" not in html
        assert "<svg" not in html
        assert "<script" not in html
        assert "<b>Pine" not in html
        assert 'href="javascript' not in html
        assert "{{7*7}}" in html
        assert "49" not in str(message.subject)


def test_a_video_address_that_is_no_web_address_is_not_a_link(world: World) -> None:
    world.service.location, world.service.location_detail = "video", "javascript:alert(1)"
    world.service.save()
    world.book()
    html = html_of(client_mail())
    assert "javascript:alert(1)" in html
    assert 'href="javascript' not in html


def test_hc198_line_breaks_in_names_add_no_header_and_no_recipient(world: World) -> None:
    world.service.name = "Massage\r\nBcc: x@y.z\rX-Evil: 1"
    world.service.save()
    world.business.name = "Pine\nBcc: x@y.z"
    world.business.save()
    world.book(client={"name": "Bob\r\nBcc: x@y.z"})
    for message in run(NOW):
        assert message.recipients() == message.to
        assert message.message()["Bcc"] is None
        assert message.message()["X-Evil"] is None
        head = message.message().as_bytes().partition(b"\n\n")[0]
        assert not [line for line in head.splitlines() if line.startswith((b"Bcc", b"X-Evil"))]


def test_after_a_cancellation_the_button_books_again_and_nothing_can_be_managed(world: World) -> None:
    appointment = world.book()
    run(NOW)
    transitions.cancel(business=world.business, appointment=appointment, now=NOW, by=CLIENT)
    message = client_mail()
    assert "You have cancelled it." in str(message.body)
    assert "Book another time:\nhttp://acme.localhost/\n" in str(message.body)
    assert "You can cancel" not in str(message.body)
    assert "Price" not in str(message.body)


def test_a_move_tells_the_old_time(world: World) -> None:
    appointment = world.book()
    run(NOW)
    moves.reschedule(business=world.business, appointment=appointment, move=Move(START + HOUR), now=NOW, by=CLIENT)
    message = client_mail()
    assert "It was on Thu 12 Nov, 10:30 am EST before." in str(message.body)


def test_different_and_passed_deadlines_are_told_apart(world: World) -> None:
    appointment = world.book()
    appointment.policy = {"cancel_cutoff_minutes": 120, "reschedule_cutoff_minutes": 1440}
    appointment.save()
    sentence = "You can move it online until Wed 11 Nov, 10:30 am EST and cancel it until Thu 12 Nov, 8:30 am EST."
    assert sentence in str(client_mail().body)
    [reminder] = run(START - HOUR)
    assert "It is too late to change this online. Please contact Harbor & Pine." in str(reminder.body)
