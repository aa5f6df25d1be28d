"""Sending packages and gift certificates to those who have them: a row of the outbox for each mail."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.emails import orders
from billing.emails.orders import Post
from billing.enums import OrderState
from billing.models import ClientPackage, GiftCertificate
from billing.services import codes
from daybook.core.crypto import derive_token
from daybook.core.mail import Outcome, send
from daybook.core.outbox import Drop, Entry, GiveUp, enqueue_all
from scheduling.emails.letters import language_of
from scheduling.services.messages import NotSent, reply_address
from tenants.selectors import client_url

if TYPE_CHECKING:
    from daybook.core.mail import Letter
    from tenants.models import Business

MAIL = "order.mail"


def ask(row: ClientPackage | GiftCertificate, *, now: datetime) -> None:
    """Have the code sent to everybody whose address is known; once for each code. In the caller's transaction."""
    enqueue_all([_entry(row, to, now) for to in _addresses(row)])


def deliver(*, business: Business, payload: dict[str, Any], now: datetime) -> None:
    """Send one of these mails. Raises `Drop` when it is not true any more, `NotSent` to be tried again."""
    row = _row(payload)
    if row is None or row.state != OrderState.ACTIVE or row.generation != payload["generation"]:
        raise Drop("it does not hold any more")
    delivery = send(_letter(business, row, payload["to"]))
    if delivery.outcome is Outcome.REFUSED:
        raise GiveUp(delivery.detail)
    if delivery.outcome is not Outcome.SENT:
        raise NotSent(delivery.detail)


def gift_token(business: Business, row: GiftCertificate) -> str:
    """The secret of the page that shows a certificate to print."""
    return derive_token(business.pk, "gift page", row.pk, row.generation)


def gift_url(business: Business, row: GiftCertificate) -> str:
    """The page that shows a certificate to print."""
    return client_url(business, f"/gift/{row.pk}?t={gift_token(business, row)}")


def _letter(business: Business, row: ClientPackage | GiftCertificate, to: str) -> Letter:
    code, reply = codes.code_of(business, row), reply_address(business)
    if isinstance(row, ClientPackage):
        language = language_of(row.client_locale or business.locale)
        return orders.package(Post(business, to, language, code, client_url(business), reply), row)
    language = language_of(row.buyer_locale or business.locale)
    post = Post(business, to, language, code, gift_url(business, row), reply)
    return orders.gift(post, row, for_recipient=to == row.recipient_email)


def _addresses(row: ClientPackage | GiftCertificate) -> list[str]:
    named = [row.client_email] if isinstance(row, ClientPackage) else [row.recipient_email, row.buyer_email]
    return list(dict.fromkeys(address for address in named if address))


def _entry(row: ClientPackage | GiftCertificate, to: str, now: datetime) -> Entry:
    kind = "package" if isinstance(row, ClientPackage) else "gift"
    payload = {"of": kind, "id": str(row.pk), "to": to, "generation": row.generation}
    return Entry(MAIL, f"order:{row.pk}", f"{MAIL}:{row.pk}:{row.generation}:{to}", now, payload)


def _row(payload: dict[str, Any]) -> ClientPackage | GiftCertificate | None:
    pk = UUID(payload["id"])
    if payload["of"] == "package":
        return ClientPackage.objects.filter(pk=pk).first()
    return GiftCertificate.objects.filter(pk=pk).first()
