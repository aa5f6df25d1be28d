"""The account that a business's clients pay into, and what the platform takes of a payment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.domain import currencies, fees
from billing.domain.currencies import payable
from billing.enums import AccountState
from billing.gateways.base import AccountStatus
from daybook.core import formats
from scheduling.enums import PaymentMode
from scheduling.selectors.offer import prices, services
from tenants.enums import AccountEnd
from tenants.selectors import account_by_id, fee_basis_points, former_accounts, payment_account

if TYPE_CHECKING:
    from uuid import UUID

    from scheduling.models import Service
    from tenants.models import Business, StripeAccount


def account_of(business: Business) -> StripeAccount | None:
    """The account that the business uses now, ready or not; None when nothing is connected. 1 query."""
    found = payment_account(business)
    return found if found is not None and found.account_id else None


def ready_account(business: Business) -> AccountStatus | None:
    """The account that can be charged now, in the business's currency; None closes paid booking, not unpaid. 1 query."""
    found = account_of(business)
    if found is None or not found.can_charge or not currencies.allowed(business.currency, found.country):
        return None
    return status_of(found)


def refuses_currency(business: Business) -> bool:
    """Whether the business has an account that does not take its currency. 1 query."""
    found = account_of(business)
    return found is not None and not currencies.allowed(business.currency, found.country)


def business_of(account_id: str) -> Business | None:
    """Whose account this is, or was: events and refunds of former accounts still belong to their business."""
    found = account_by_id(account_id)
    return None if found is None else found.business


def application_fee(business: Business, amount: int) -> int:
    """What the platform takes of `amount` (minor units); zero: name no fee to Stripe at all. 1 query."""
    return fees.application_fee(amount, fee_basis_points(business))


def status_of(account: StripeAccount) -> AccountStatus:
    """The account in the words of the vendor port."""
    return AccountStatus(
        account_id=account.account_id,
        can_charge=account.can_charge,
        can_be_paid_out=account.can_be_paid_out,
        capability=account.capability,
        due=tuple(account.due),
        deadline=account.deadline,
        disabled_reason=account.disabled_reason,
        display_name=account.display_name,
        email=account.email,
        country=account.country,
        deadline_at=account.deadline_at,
    )


@dataclass(frozen=True, slots=True)
class Former:
    """An account that was used before. `again`: it may be used again; else Stripe does not let us."""

    pk: UUID
    account_id: str
    name: str
    ended_at: datetime | None
    again: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """What the owner sees of his account. `needs`: what Stripe still wants to know, in words."""

    state: AccountState
    account_id: str = ""
    name: str = ""
    email: str = ""
    payouts: bool = False
    needs: list[str] = field(default_factory=list)
    deadline_at: datetime | None = None
    overdue: bool = False
    lost_at: datetime | None = None
    checked_at: datetime | None = None
    former: list[Former] = field(default_factory=list)


def account_page(business: Business) -> AccountPage:
    """The account and those before it. 2 queries."""
    former = [_former(row) for row in former_accounts(business) if row.account_id]
    row = payment_account(business)
    if row is None:
        gone = bool(former) and not former[0].again
        return AccountPage(AccountState.GONE if gone else AccountState.NONE, former=former)
    return AccountPage(
        state=state_of(row),
        account_id=row.account_id,
        name=row.display_name,
        email=row.email,
        payouts=row.can_be_paid_out,
        needs=needs_in_words(row.due),
        deadline_at=row.deadline_at,
        overdue=row.deadline == "past_due",
        lost_at=row.lost_at,
        checked_at=row.checked_at,
        former=former,
    )


def state_of(account: StripeAccount) -> AccountState:
    """The account's state, as it is explained to people."""
    if account.can_charge:
        return AccountState.DUE if account.due else AccountState.READY
    if account.capability in ("rejected", "closed"):
        return AccountState.REJECTED
    if account.lost_at is not None:
        return AccountState.RESTRICTED
    if account.due or not account.account_id or account.checked_at is None:
        return AccountState.UNFINISHED
    return AccountState.PENDING


def _former(row: StripeAccount) -> Former:
    return Former(row.pk, row.account_id, row.display_name, row.ended_at, row.ended != AccountEnd.GONE)


def needs_in_words(due: Iterable[str]) -> list[str]:
    """Stripe's open requirements for people, each thing once."""
    found = dict.fromkeys(_need(name) for name in due)
    return list(found)


def _need(name: str) -> str:
    words = (
        (("document", "verification"), _("A document that proves an identity")),
        (("external_account", "bank_account", "default_outbound", "payout_method"), _("A bank account for payouts")),
        (("terms_of_service", "tos_"), _("Your agreement to Stripe's terms")),
        (("owners", "directors", "executives", "representative", "individual", "person"),
         _("Details of the people behind the business")),
        (("support", "statement_descriptor", "branding"), _("How clients recognise and reach the business")),
        (("business", "company", "mcc", "profile", "url", "display_name", "identity"), _("Details of the business")),
    )  # fmt: skip
    known = (text for parts, text in words if any(part in name for part in parts))
    return next(known, name.rpartition(".")[2].replace("_", " ").capitalize())


def needs_payments(business: Business) -> list[str]:
    """The names of services that can be booked by paying online only: closed to clients without a ready account."""
    return [service.name for service in services(active=True) if PaymentMode.PAY_IN_PERSON not in service.payment_modes]


def is_closed(business: Business, service: Service) -> bool:
    """Whether clients cannot book the service now, because it is paid online only and nothing can be paid. 2 queries
    for such a service, none for others."""
    if PaymentMode.PAY_IN_PERSON in service.payment_modes or ready_account(business) is not None:
        return False
    return any(payable(price, business.currency) for price in prices(service).values())


def fee_in_words(business: Business) -> str:
    """What the platform takes of each online payment, as a sentence. 1 query."""
    points = fee_basis_points(business)
    if not points:
        return _("Daybook takes nothing of your clients' payments.")
    percent = formats.percent(Decimal(points) / 100, get_language())
    return _("Daybook takes %(percent)s of each online payment.") % {"percent": percent}
