"""Writing when providers are there: weekly rules as whole lists, date overrides one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from daybook.core.checking import Checks
from scheduling import signals
from scheduling.domain.hours import rule_problems
from scheduling.enums import OverrideKind
from scheduling.models import AvailabilityRule, DateOverride, Provider, Service
from scheduling.selectors.hours import rules_of

MOST_RULES = 500
LONGEST_SPAN_DAYS = 3660
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Hours:
    """One weekly window: weekday 0 = Sunday, minutes of the local day (end 1440 = midnight, below start = next day).

    `service_id` only in a provider's own list: hours for that service alone. Effective dates are inclusive.
    """

    weekday: int
    start_minute: int
    end_minute: int
    effective_from: date | None = None
    effective_to: date | None = None
    service_id: UUID | None = None


def replace_rules(
    *, hours: Sequence[Hours], provider: Provider | None = None, service: Service | None = None
) -> list[AvailabilityRule]:
    """Replace a whole list of weekly hours.

    A provider's list holds all his rules (for every service or one); a service's those for any provider; without
    either it is the business's. Raises `Invalid` naming each bad one as `rules.<place>.<field>`.
    """
    _check_rules(hours, own=provider is not None)
    own = service.pk if service is not None and provider is None else None
    rules = [
        AvailabilityRule(
            provider=provider,
            service_id=h.service_id if provider is not None else own,
            weekday=h.weekday,
            start_minute=h.start_minute,
            end_minute=h.end_minute,
            effective_from=h.effective_from,
            effective_to=h.effective_to,
        )
        for h in sorted(hours, key=lambda h: (h.weekday, h.start_minute, h.end_minute))
    ]
    with transaction.atomic():
        rules_of(provider=provider, service=service).delete()
        AvailabilityRule.objects.bulk_create(rules)
        signals.times_changed.send(AvailabilityRule)
    return rules


def _check_rules(hours: Sequence[Hours], *, own: bool) -> None:
    checks = Checks()
    if len(hours) > MOST_RULES:
        checks.problem("rules", _("At most %(most)d.") % {"most": MOST_RULES})
    services = {h.service_id for h in hours if h.service_id is not None}
    known = set(Service.objects.filter(pk__in=services).values_list("pk", flat=True)) if services else set()
    for place, h in enumerate(hours):
        _check_hours(checks, f"rules.{place}.", h.weekday, h.start_minute, h.end_minute)
        if h.effective_from and h.effective_to and h.effective_to < h.effective_from:
            checks.problem(f"rules.{place}.effective_to", _("The last day is before the first."))
        if h.service_id is not None and (not own or h.service_id not in known):
            checks.problem(f"rules.{place}.service_id", _("There is no such service."))
    checks.done()


def _check_hours(checks: Checks, prefix: str, weekday: int, start: int, end: int) -> None:
    messages = {
        "out_of_range": _("This is not a weekday from 0 (Sunday) to 6, or not a time of the day."),
        "use_24_00": _("Write 24:00 for the end of the day."),
        "empty_window": _("The end must differ from the start."),
    }
    for name, code in rule_problems(weekday, start, end).items():
        checks.problem(prefix + name, messages[code], "" if code == "out_of_range" else code)


def make_override(
    *,
    provider: Provider | None,
    kind: str,
    day: date,
    end_date: date | None = None,
    start_minute: int | None = None,
    end_minute: int | None = None,
    note: str = "",
) -> DateOverride:
    """An exception (special hours) or a block on local dates, both included; no provider: the whole business.

    A block without hours closes the whole dates. Appointments that are there stay; they are for staff to move.
    """
    override = DateOverride()
    return change_override(
        override, provider=provider, kind=kind, day=day, end_date=end_date,
        start_minute=start_minute, end_minute=end_minute, note=note,
    )  # fmt: skip


def change_override(
    override: DateOverride,
    *,
    provider: Provider | None,
    kind: str,
    day: date,
    end_date: date | None = None,
    start_minute: int | None = None,
    end_minute: int | None = None,
    note: str = "",
) -> DateOverride:
    """Write an override anew, all its fields at once."""
    checks = Checks()
    checks.choice("kind", kind, OverrideKind.values)
    note = checks.line("note", note, most=200)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        checks.problem("date", _("Choose a date between 2000 and 2100."))
    if end_date is not None and not 0 <= (end_date - day).days <= LONGEST_SPAN_DAYS:
        checks.problem("end_date", _("The last day is before the first, or years after it."))
    _check_override_hours(checks, kind, start_minute, end_minute)
    checks.done()
    override.provider, override.kind, override.note = provider, kind, note
    override.date, override.end_date = day, end_date
    override.start_minute, override.end_minute = start_minute, end_minute
    with transaction.atomic():
        override.save()
        signals.times_changed.send(DateOverride)
    return override


def _check_override_hours(checks: Checks, kind: str, start: int | None, end: int | None) -> None:
    if start is not None and end is not None:
        _check_hours(checks, "", 0, start, end)
    elif start is not None or end is not None:
        checks.problem("end" if end is None else "start", _("Give both times, or none."))
    elif kind == OverrideKind.EXCEPTION:
        checks.problem("start", _("Special hours need a start and an end."))


def delete_override(override: DateOverride) -> None:
    """Take an override back."""
    with transaction.atomic():
        override.delete()
        signals.times_changed.send(DateOverride)
