"""The audit log's lines about the set-up: what a thing was like before and after a change, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from daybook.core import audit
from scheduling.models import AvailabilityRule, Category, DateOverride, Provider, Service, ServiceProvider
from scheduling.selectors.explain import clock

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from daybook.core.actors import Actor

Thing = Service | Provider | Category | DateOverride
SERVICE = (
    "name", "slug", "description", "category_id", "hue", "position", "active", "visibility", "duration_minutes",
    "buffer_before_minutes", "buffer_after_minutes", "buffers_within_hours", "step_minutes", "min_notice_minutes",
    "max_advance_days", "daily_cap", "capacity", "timezone", "location", "location_detail", "phone_required",
    "requires_approval", "price", "payment_modes", "deposit_type", "deposit_value",
)  # fmt: skip
PROVIDER = ("name", "title", "bio", "email", "phone", "hue", "timezone", "position", "photo", "active")
WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


@dataclass(slots=True)
class Trail:
    """What a change is about; whoever makes or deletes a thing says so."""

    thing: Thing | None
    gone: bool = False


@contextmanager
def recorded(
    action: str, thing: Thing | None = None, *, tenant_id: UUID, by: Actor, request: HttpRequest | None = None
) -> Iterator[Trail]:
    """One transaction with the change and its line. Nothing is written when nothing changed, or the change is refused."""
    with transaction.atomic():
        trail, before = Trail(thing), facts(thing) if thing else {}
        kind = thing.__class__.__name__ if thing else ""
        name, key = (_name(thing), thing.pk) if thing else ("", "")
        yield trail
        after: Mapping[str, Any] = {} if trail.gone or trail.thing is None else facts(trail.thing)
        if trail.thing is not None and not trail.gone:
            kind, name, key = trail.thing.__class__.__name__, _name(trail.thing), trail.thing.pk
        if before != after:
            line = audit.Line(action, kind.lower(), key, name, before, after)
            audit.record(line, tenant_id=tenant_id, by=by, request=request)


@contextmanager
def recorded_list(
    action: str, name: str, read: Callable[[], list[str]], *, tenant_id: UUID, by: Actor,
    request: HttpRequest | None = None, key: object = "",
) -> Iterator[None]:  # fmt: skip
    """The same for a list as a whole, such as weekly hours or an order; `read` answers it in words."""
    with transaction.atomic():
        before = read()
        yield
        after = read()
        if before != after:
            line = audit.Line(action, action.split(".")[0], key, name, {"list": before}, {"list": after})
            audit.record(line, tenant_id=tenant_id, by=by, request=request)


def facts(thing: Thing) -> dict[str, Any]:
    """Everything of a thing that staff may set, as it is now."""
    match thing:
        case Service():
            links = ServiceProvider.objects.filter(service=thing).select_related("provider")
            given = [_link(link.provider.name, link) for link in links.order_by("provider__name", "pk")]
            return {name: getattr(thing, name) for name in SERVICE} | {"providers": given}
        case Provider():
            links = ServiceProvider.objects.filter(provider=thing).select_related("service")
            gives = [_link(link.service.name, link) for link in links.order_by("service__name", "pk")]
            return {name: getattr(thing, name) for name in PROVIDER} | {"services": gives}
        case DateOverride():
            names = ("kind", "date", "end_date", "start_minute", "end_minute", "note")
            who = thing.provider.name if thing.provider else ""
            return {name: getattr(thing, name) for name in names} | {"provider": who}
        case _:
            return {"name": thing.name, "position": thing.position}


def week_in_words(rules: list[AvailabilityRule]) -> list[str]:
    """Weekly hours, each as `Mon 09:00–17:00`, with its dates where it has any."""
    return [_rule(rule) for rule in sorted(rules, key=lambda r: (r.weekday, r.start_minute, str(r.effective_from)))]


def _rule(rule: AvailabilityRule) -> str:
    dates = f" ({rule.effective_from or ''}–{rule.effective_to or ''})"
    hours = f"{WEEKDAYS[rule.weekday]} {clock(rule.start_minute)}–{clock(rule.end_minute)}"
    return hours + (dates if rule.effective_from or rule.effective_to else "")


def _link(name: str, link: ServiceProvider) -> str:
    own = [str(value) for value in (link.price, link.duration_minutes) if value is not None]
    return f"{name} ({', '.join(own)})" if own else name


def _name(thing: Thing) -> str:
    return str(thing.date) if isinstance(thing, DateOverride) else thing.name
