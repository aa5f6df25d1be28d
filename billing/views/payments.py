"""Money → Payments: transactions, refunds, disputes, and what somebody has to look at. Filters stand in the address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.enums import Method, PaymentState, RefundState
from billing.forms import PaymentFilterForm
from billing.selectors import panels
from billing.selectors import payments as reading
from billing.selectors.accounts import ready_account
from billing.selectors.concerns import concerns as concerns_of
from billing.selectors.concerns import described, open_count
from billing.services.concerns import answer_concern
from daybook.core import clock, formats
from daybook.core.audit import Line, record
from daybook.core.errors import Invalid
from daybook.core.tables import csv_response
from tenants.auth import actor
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from billing.models import Payment, Refund

PAGE = 25


@member_required(Right.SEE_PAYMENTS)
def transactions(request: HttpRequest) -> HttpResponse:
    """What clients paid, or should have."""
    form = _transactions_form(request)
    rows = reading.transactions(form.narrow(business_of(request).timezone))
    context = _context(request, "transactions", form, rows)
    context |= {
        "entries": panels.entries(list(context["page"])),
        "totals": reading.totals(rows),
        "online": ready_account(business_of(request)) is not None,
    }
    return render(request, "billing/payments/transactions.html", context)


@member_required(Right.SEE_PAYMENTS)
def refunds(request: HttpRequest) -> HttpResponse:
    """What went back."""
    form = _refunds_form(request)
    rows = reading.refunds(form.narrow(business_of(request).timezone))
    return render(request, "billing/payments/refunds.html", _context(request, "refunds", form, rows))


@member_required(Right.SEE_PAYMENTS)
def disputes(request: HttpRequest) -> HttpResponse:
    """What banks want back."""
    form = PaymentFilterForm(request.GET, states=[("open", pgettext("state", "Open")), ("closed", _("Closed"))])
    rows = reading.disputes(form.narrow(business_of(request).timezone))
    return render(request, "billing/payments/disputes.html", _context(request, "disputes", form, rows))


@member_required(Right.SEE_PAYMENTS)
def concerns(request: HttpRequest) -> HttpResponse:
    """Money that Daybook could not explain or settle by itself: what happened, and what to do."""
    closed = request.GET.get("view") == "closed"
    page = Paginator(concerns_of(closed=closed), PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "concerns",
        "page": page,
        "rows": [described(row) for row in page],
        "closed": closed,
        "waiting": open_count(),
        "zone": business_of(request).timezone,
        "query": "view=closed&" if closed else "",
        "may_change": member_of(request).may(Right.CHANGE_PAYMENTS),
    }
    return render(request, "billing/payments/concerns.html", context)


@member_required(Right.CHANGE_PAYMENTS, methods=("POST",))
def answer(request: HttpRequest, concern_id: UUID) -> HttpResponse:
    """Say what was done about it."""
    try:
        found = answer_concern(
            concern_id=concern_id, answer=request.POST.get("answer", ""), now=clock.now(), by=actor(request)
        )
    except Invalid as error:
        messages.error(request, " ".join(error.details["fields"].get("answer", [error.message])))
    else:
        line = Line("concern.answered", "concern", found.pk, found.kind, after={"answer": found.answer})
        record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)
        messages.success(request, _("Noted."))
    response = redirect("payments_concerns")
    response.status_code = 303
    return response


@member_required(Right.EXPORT)
def transactions_csv(request: HttpRequest) -> HttpResponse:
    """The list with its filters, all of it, for spreadsheets."""
    zone = business_of(request).timezone
    rows = list(reading.transactions(_transactions_form(request).narrow(zone)))
    header = [
        _("When"), _("Captured"), _("Client"), _("Reference"), _("For"), _("How"), _("Card"), _("State"), _("Amount"),
        _("Tip"), _("Left after refunds"), _("Stripe fee"), _("Platform fee"), _("Currency"), _("Payment at Stripe"),
        _("Account at Stripe"), _("By"),
    ]  # fmt: skip
    return _csv(request, "payments", header, list(_payment_lines(rows, zone)))


@member_required(Right.EXPORT)
def refunds_csv(request: HttpRequest) -> HttpResponse:
    """The list with its filters, all of it, for spreadsheets."""
    zone = business_of(request).timezone
    rows = list(reading.refunds(_refunds_form(request).narrow(zone)))
    header = [
        _("When"), _("Client"), _("Reference"), _("Why"), _("State"), _("Amount"), _("Currency"), _("By"), _("Note"),
        _("Refund at Stripe"), _("Payment at Stripe"),
    ]  # fmt: skip
    return _csv(request, "refunds", header, list(_refund_lines(rows, zone)))


def _transactions_form(request: HttpRequest) -> PaymentFilterForm:
    return PaymentFilterForm(request.GET, states=PaymentState.choices, methods=Method.choices)


def _refunds_form(request: HttpRequest) -> PaymentFilterForm:
    return PaymentFilterForm(request.GET, states=RefundState.choices)


def _context(request: HttpRequest, tab: str, form: PaymentFilterForm, rows: QuerySet[Any]) -> dict[str, Any]:
    kept = request.GET.copy()
    for name in ("page", *(name for name in request.GET if not request.GET[name])):
        kept.pop(name, None)
    return {
        "tab": tab,
        "form": form,
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "query": f"{kept.urlencode()}&" if kept else "",
        "here": request.path,
        "waiting": open_count(),
        "zone": business_of(request).timezone,
        "may_export": member_of(request).may(Right.EXPORT),
    }


def _csv(request: HttpRequest, name: str, header: list[str], rows: list[list[Any]]) -> HttpResponse:
    business = business_of(request)
    line = Line(f"{name}.exported", kind=name, after={"rows": len(rows)})
    record(line, tenant_id=business.pk, by=actor(request), request=request)
    day = clock.now().astimezone(ZoneInfo(business.timezone)).date()
    return csv_response(f"{name}-{business.slug}-{day}", header, rows)  # type: ignore[return-value]


def _payment_lines(rows: list[Payment], zone: str) -> Iterator[list[Any]]:
    entries: Iterable[panels.Entry] = panels.entries(rows)
    for entry in entries:
        row = entry.payment
        yield [
            _local(row.created_at, zone), _local(row.captured_at, zone), *_whose(row), row.get_purpose_display(),
            row.get_method_display(), f"{row.card_brand} {row.card_last4}".strip(), row.get_state_display(),
            _major(row.amount, row), _major(row.tip, row), _major(entry.left, row), _major(row.stripe_fee, row),
            _major(row.application_fee, row), row.currency.upper(), row.payment_intent_id, row.account_id, row.made_by,
        ]  # fmt: skip


def _refund_lines(rows: list[Refund], zone: str) -> Iterator[list[Any]]:
    for row in rows:
        payment = row.payment
        yield [
            _local(row.created_at, zone), *_whose(payment), row.get_reason_display(), row.get_state_display(),
            _major(row.amount, payment), payment.currency.upper(), row.made_by, row.note, row.refund_id,
            payment.payment_intent_id,
        ]  # fmt: skip


def _whose(payment: Payment) -> tuple[str, str]:
    if payment.appointment is not None:
        return payment.appointment.client_name, payment.appointment.reference
    return (payment.client.name if payment.client else "", "")


def _major(amount: int | None, payment: Payment) -> Any:
    return "" if amount is None else formats.major(amount, payment.currency)


def _local(instant: datetime | None, zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if instant else ""
