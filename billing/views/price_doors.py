"""What the pages of prices share: their tabs, what the audit log remembers, and how it is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from billing.selectors.accounts import ready_account
from daybook.core.audit import Line, record
from tenants.auth import actor
from tenants.doors import business_of, member_of
from tenants.enums import Right

if TYPE_CHECKING:
    from django import forms

SECRETS = ("code_digest", "generation")


def page(request: HttpRequest, template: str, context: dict[str, Any], *, tab: str, status: int = 200) -> HttpResponse:
    """One of the pages, with its tabs. `ready`: the account can take payments, so things sell online."""
    member, business = member_of(request), business_of(request)
    known = {
        "tab": tab,
        "currency": business.currency,
        "may_see": member.may(Right.SEE_PAYMENTS),
        "may_change": member.may(Right.CHANGE_SETUP),
        "ready": ready_account(business) is not None,
    }
    return render(request, f"billing/prices/{template}.html", {**known, **context}, status=status)


def saved(request: HttpRequest, text: str, to: str, *parts: object, quiet: bool = False) -> HttpResponse:
    """Say that it is done on the page that comes next; `quiet`: something else was said."""
    if not quiet:
        messages.success(request, text)
    response = redirect(to, *parts)
    response.status_code = 303
    return response


class Trail:
    """What a change is about; whoever makes something says so."""

    def __init__(self, row: Model | None) -> None:
        self.row = row


@contextmanager
def recorded(request: HttpRequest, action: str, row: Model | None = None) -> Iterator[Trail]:
    """One transaction with the change and its line in the audit log; nothing is written when nothing changed."""
    with transaction.atomic():
        trail, before = Trail(row), facts(row)
        kind, key, name = action.split(".")[0], getattr(row, "pk", ""), str(row or "")
        yield trail
        after = facts(trail.row)
        if trail.row is not None:
            key, name = trail.row.pk or key, str(trail.row)
        if before != after:
            line = Line(action, kind, key, name, before, after)
            record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)


def facts(row: Model | None) -> dict[str, Any]:
    """What staff may read of a row, as the log keeps it; codes are no part of it."""
    if row is None or row.pk is None:
        return {}
    found = model_to_dict(row, exclude=SECRETS)
    return {name: value if isinstance(value, int | bool | None) else str(value) for name, value in found.items()}


def posted(request: HttpRequest, form: type[forms.Form], **about: Any) -> Any:
    """The form, with what was sent if it was."""
    return form(request.POST if request.method == "POST" else None, **about)
