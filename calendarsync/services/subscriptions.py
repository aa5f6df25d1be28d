"""Outside feeds that a provider listens to: adding one, pausing it, taking it away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from calendarsync.domain.feeds import clean_address
from calendarsync.enums import FeedState, Problem
from calendarsync.gateways.ics.fetching import Failed
from calendarsync.models import Subscription
from calendarsync.services import feed_rows, listening
from daybook.core import audit
from daybook.core.checking import Checks
from daybook.core.errors import Invalid, NotFound
from daybook.core.ids import new_id
from scheduling.services.busy import replace_busy
from tenants import limits

if TYPE_CHECKING:
    from django.http import HttpRequest

    from daybook.core.actors import Actor
    from scheduling.models import Provider
    from tenants.models import Business

MOST = 10
"""Feeds that one provider can listen to."""
ASKED_A_MINUTE = 20
WHILE_SOMEBODY_WAITS = 10.0
"""Seconds that a feed may take when a person asked for it."""


def add(
    *, business: Business, provider: Provider, name: str, url: str, now: datetime, by: Actor,
    request: HttpRequest | None = None,
) -> Subscription:  # fmt: skip
    """Listen to a feed, if it can be read: its times close the provider's at once. Raises Invalid with what is wrong.

    The network is asked before the transaction. Nobody has us ask around: TooManyRequests.
    """
    name, address = _checked(provider, name, url)
    answer = _heard(business, provider, address, now)
    row = Subscription(
        id=new_id(), provider_id=provider.pk, name=name, url=address, host=urlsplit(address).hostname or "",
        made_at=now, asked_at=now, next_at=now,
    )  # fmt: skip

    def finish(_added: object) -> None:
        _refuse_another(provider, address)
        listening.went_well(row, answer, now)
        row.save(force_insert=True)
        feed_rows.look(row, due_at=row.next_at)
        _note(business, row, "calendar_subscription.added", by, request, after={"host": row.host})

    replace_busy(provider_id=provider.pk, source=row.source, title=row.name, times=answer.times, finish=finish)
    return row


def move(
    *, business: Business, subscription: Subscription, url: str, now: datetime, by: Actor,
    request: HttpRequest | None = None,
) -> Subscription:  # fmt: skip
    """Listen at another address from now on, if what is there can be read. Raises Invalid with what is wrong."""
    _name, address = _checked(subscription.provider, subscription.name, url, moving=True)
    answer = _heard(business, subscription.provider, address, now)

    def finish(_added: object) -> None:
        row = _locked(subscription)
        _refuse_another(row.provider, address, moving=True)
        former, row.url, row.host = row.host, address, urlsplit(address).hostname or ""
        row.state, row.turn, row.asked_at = FeedState.ACTIVE, row.turn + 1, now
        listening.went_well(row, answer, now)
        row.save()
        feed_rows.look(row, due_at=row.next_at)
        hosts = ({"host": former, "address": "former"}, {"host": row.host, "address": "new"})
        _note(business, row, "calendar_subscription.moved", by, request, *hosts)

    replace_busy(
        provider_id=subscription.provider_id, source=subscription.source, title=subscription.name, times=answer.times,
        finish=finish,
    )  # fmt: skip
    return _again(subscription)


def look_now(*, business: Business, subscription: Subscription, now: datetime) -> Subscription:
    """Ask a feed because a person wants it, and count everything again; answers how it stands then."""
    limits.count(f"feeds:{business.pk}", most=ASKED_A_MINUTE)
    with transaction.atomic():
        row = _locked(subscription)
        if row.state != FeedState.ACTIVE:
            return row
        row.turn += 1  # whatever became of the row of the outbox that looked after it, there is one now
        row.laid_out_at = None
        row.save(update_fields=["turn", "laid_out_at"])
        feed_rows.look(row, due_at=row.next_at)
    try:
        return listening.refresh(business, row, now=now, seconds=WHILE_SOMEBODY_WAITS)
    except listening.Overtaken:
        return _again(subscription)


def pause(*, business: Business, subscription: Subscription, by: Actor, request: HttpRequest | None = None) -> None:
    """Ask the feed no more for now; its times are open meanwhile."""

    def finish(_added: object) -> None:
        row = _locked(subscription)
        if row.state == FeedState.PAUSED:
            return
        row.state, row.busy, row.content, row.etag, row.last_modified = FeedState.PAUSED, 0, "", "", ""
        row.problem, row.status, row.failures, row.failing_since, row.told_at = Problem.NONE, 0, 0, None, None
        row.save()
        _note(business, row, "calendar_subscription.paused", by, request)

    _open(subscription, finish)


def resume(
    *, business: Business, subscription: Subscription, now: datetime, by: Actor, request: HttpRequest | None = None
) -> Subscription:
    """Ask the feed again, now and from now on; answers how it stands then."""
    with transaction.atomic():
        row = _locked(subscription)
        if row.state == FeedState.PAUSED:
            row.state, row.turn, row.next_at = FeedState.ACTIVE, row.turn + 1, now
            row.save(update_fields=["state", "turn", "next_at"])
            feed_rows.look(row, due_at=now)
            _note(business, row, "calendar_subscription.resumed", by, request)
    return look_now(business=business, subscription=row, now=now)


def remove(*, business: Business, subscription: Subscription, by: Actor, request: HttpRequest | None = None) -> None:
    """Forget the feed and open its times."""

    def finish(_added: object) -> None:
        row = _locked(subscription)
        _note(business, row, "calendar_subscription.removed", by, request, before={"host": row.host})
        row.delete()

    _open(subscription, finish)


def said(problem: str, status: int = 0) -> str:
    """In words what is wrong with a feed."""
    words = str(Problem(problem).label)
    return f"{words} ({status})" if status else words


def _heard(business: Business, provider: Provider, address: str, now: datetime) -> listening.Found:
    """What is at an address that a person typed. Raises Invalid when that cannot be read."""
    limits.count(f"feeds:{business.pk}", most=ASKED_A_MINUTE)
    answer = listening.ask(business, provider, address, known=listening.Known(), now=now, seconds=WHILE_SOMEBODY_WAITS)
    if isinstance(answer, listening.Found):
        return answer
    failed = answer if isinstance(answer, Failed) else Failed(Problem.ODD, 304)
    raise _invalid("url", said(failed.problem, failed.status))


def _open(subscription: Subscription, finish: Callable[[object], None]) -> None:
    """Take the feed's times away, under the lock under which they are written."""
    replace_busy(provider_id=subscription.provider_id, source=subscription.source, times=(), finish=finish)


def _locked(subscription: Subscription) -> Subscription:
    found = Subscription.objects.select_related("provider").select_for_update(of=("self",))
    row = found.filter(pk=subscription.pk).first()
    if row is None:
        raise NotFound()
    return row


def _again(subscription: Subscription) -> Subscription:
    row = Subscription.objects.filter(pk=subscription.pk).first()
    if row is None:
        raise NotFound()
    return row


def _checked(provider: Provider, name: str, url: str, *, moving: bool = False) -> tuple[str, str]:
    """Name and address as they are kept; without a name it is called by its host."""
    checks = Checks()
    address = clean_address(url, plain=settings.OUTSIDE_PRIVATE_ALLOWED)
    if address is None:
        checks.problem(
            "url", _("Enter the address that your calendar gives you. It begins with https:// or webcal://.")
        )
    name = checks.line("name", name or urlsplit(address or "").hostname or "", most=80)
    checks.done()
    _refuse_another(provider, str(address), moving=moving)
    return name, str(address)


def _refuse_another(provider: Provider, address: str, *, moving: bool = False) -> None:
    present = [row.url for row in Subscription.objects.filter(provider_id=provider.pk)]
    if address in present:
        raise _invalid("url", _("This calendar is in the list already."))
    if len(present) >= MOST and not moving:
        raise _invalid("url", _("There are %(n)d calendars already. Remove one first.") % {"n": MOST})


def _invalid(field: str, message: str) -> Invalid:
    return Invalid("feed_refused", message, {field: [message]})


def _note(
    business: Business, row: Subscription, action: str, by: Actor, request: HttpRequest | None,
    before: dict[str, str] | None = None, after: dict[str, str] | None = None,
) -> None:  # fmt: skip
    line = audit.Line(action, "subscription", row.pk, row.name, before, after)
    audit.record(line, tenant_id=business.pk, by=by, request=request)
