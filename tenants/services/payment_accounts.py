"""Which account at the payment vendor a business has, and what was last read of it. No network here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from daybook.core.audit import Line, record
from daybook.core.errors import Conflict, NotFound
from daybook.core.ids import new_id
from tenants.enums import AccountEnd
from tenants.models import Business, StripeAccount
from tenants.selectors import latest_account

if TYPE_CHECKING:
    from django.http import HttpRequest

    from daybook.core.actors import Actor


class Readiness(TypedDict):
    """What the vendor says of an account; meanings as on the model."""

    can_charge: bool
    can_be_paid_out: bool
    capability: str
    due: list[str]
    deadline: str
    deadline_at: datetime | None
    disabled_reason: str
    display_name: str
    email: str
    country: str


def begin(business: Business, *, by: Actor, now: datetime, request: HttpRequest | None = None) -> StripeAccount:
    """The business's current account, or a row for one that is to be made. Two owners at once get the same row."""
    with transaction.atomic():
        Business.objects.select_for_update().get(pk=business.pk)
        found = StripeAccount.objects.filter(business=business, current=True).first()
        if found is not None:
            return found
        pk = new_id()
        made = StripeAccount(id=pk, business=business, key=f"account:{pk}", created_at=now)
        _keep(made)
        _note(made, "payments.connected", by, request)
        return made


def learn(row: StripeAccount, *, account_id: str) -> StripeAccount:
    """Note the id that the vendor gave. Noting it twice changes nothing; the first one stays."""
    StripeAccount.objects.filter(pk=row.pk, account_id="").update(account_id=account_id)
    row.refresh_from_db()
    return row


def renew_key(row: StripeAccount) -> None:
    """The vendor said no for good: the next attempt is a new request."""
    StripeAccount.objects.filter(pk=row.pk, account_id="").update(key=f"account:{row.pk}:{new_id()}")


def note(account_id: str, *, at: datetime, now: datetime, **found: Unpack[Readiness]) -> StripeAccount | None:
    """Keep what was read of an account, under its lock. Answers it when it could charge before and now cannot.

    What was asked (`at`, real time) before the answer that is kept changes nothing. An account that the vendor had
    taken from us and now shows again is no longer gone, but stays out of use.
    """
    with transaction.atomic():
        row = _locked(account_id)
        if row is None or (row.checked_at is not None and row.checked_at > at):
            return None
        if row.ended == AccountEnd.GONE:
            row.ended = AccountEnd.DISCONNECTED
        could = row.can_charge
        for name, value in found.items():
            setattr(row, name, value)
        row.checked_at = at
        if row.can_charge:
            row.ready_at, row.lost_at = row.ready_at or now, None
        elif could:
            row.lost_at = now
        _keep(row)
        return row if could and row.current and not row.can_charge else None


def end(account_id: str, *, why: AccountEnd, now: datetime, by: Actor, request: HttpRequest | None = None) -> bool:
    """The account is not used any more; what was paid through it is still refunded there. Whether it was in use."""
    with transaction.atomic():
        row = _locked(account_id)
        if row is None:
            return False
        was_current = row.current
        if was_current or why == AccountEnd.GONE:
            row.current, row.ended, row.ended_at = False, why, row.ended_at or now
            row.can_charge = row.can_charge and why != AccountEnd.GONE
            _keep(row)
        if was_current:
            _note(row, "payments.disconnected", by, request)
        return was_current


def take_again(business: Business, account: UUID, *, by: Actor, request: HttpRequest | None = None) -> StripeAccount:
    """Use an account again that was disconnected here. NotFound; Conflict while another one is in use."""
    with transaction.atomic():
        Business.objects.select_for_update().get(pk=business.pk)
        row = StripeAccount.objects.select_for_update().filter(business=business, pk=account).first()
        if row is None or row.ended == AccountEnd.GONE:
            raise NotFound()
        if row.current:
            return row
        if StripeAccount.objects.filter(business=business, current=True).exclude(account_id="").exists():
            raise Conflict("account_in_use", _("Another account is in use."))
        StripeAccount.objects.filter(business=business, current=True).delete()
        row.current, row.ended, row.ended_at = True, "", None
        _keep(row)
        _note(row, "payments.connected", by, request)
        return row


def _locked(account_id: str) -> StripeAccount | None:
    return StripeAccount.objects.select_for_update().filter(account_id=account_id).exclude(account_id="").first()


def _keep(row: StripeAccount) -> None:
    """Save it, and note at its business whether payments are lost: what its present or else its last account says."""
    row.save()
    latest = latest_account(row.business)
    assert latest is not None
    unable = latest.lost_at is not None and not latest.can_charge
    lost = unable if latest.current else latest.ended == AccountEnd.GONE
    Business.objects.filter(pk=row.business_id).exclude(payments_lost=lost).update(payments_lost=lost)


def _note(row: StripeAccount, action: str, by: Actor, request: HttpRequest | None) -> None:
    line = Line(action, "payment_account", row.pk, row.account_id)
    record(line, tenant_id=row.business_id, by=by, request=request)
