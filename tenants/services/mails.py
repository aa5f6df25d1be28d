"""Mails about accounts and invitations: rendered at once, kept sealed in the outbox, sent from there."""

import json
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import EmailMessage
from django.template.loader import render_to_string
from django_tenants.utils import schema_context

from daybook.core import clock
from daybook.core.outbox import enqueue
from tenants.services import sealing

KIND = "mail.account"


def send(*, to: str, template: str, context: dict[str, Any]) -> None:
    """Mail `tenants/mail/<template>.{txt,html}` to a person. The first line of the text is the subject."""
    values = {**context, "platform_url": settings.PLATFORM_URL, "base_domain": settings.BASE_DOMAIN}
    subject, _newline, text = render_to_string(f"tenants/mail/{template}.txt", values).strip().partition("\n")
    message = EmailMultiAlternatives(subject.strip(), text.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [to])
    message.attach_alternative(
        render_to_string(f"tenants/mail/{template}.html", {**values, "subject": subject}), "text/html"
    )
    enqueue_message(message)


def enqueue_message(message: EmailMessage) -> None:
    """Send this mail after the transaction commits. Its body may hold a link that opens an account: it is encrypted."""
    alternatives = getattr(message, "alternatives", [])
    html = next((content for content, kind in alternatives if kind == "text/html"), "")
    content = {"to": message.to, "subject": message.subject, "text": message.body, "html": html}
    key = str(uuid4())
    with schema_context("public"):
        enqueue(
            kind=KIND,
            aggregate=f"mail:{key}",
            dedupe_key=f"mail:{key}",
            payload={"sealed": sealing.seal(json.dumps(content), purpose=KIND)},
            due_at=clock.now(),
        )


def deliver(payload: dict[str, Any]) -> None:
    """Send a mail of the outbox."""
    content = json.loads(sealing.unseal(payload["sealed"], purpose=KIND))
    message = EmailMultiAlternatives(content["subject"], content["text"], settings.DEFAULT_FROM_EMAIL, content["to"])
    if content["html"]:
        message.attach_alternative(content["html"], "text/html")
    message.send()
