"""`daybook inbox list|show|replay`: what vendors delivered, what became of it, and applying it once more."""

import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from daybook.core import clock, inbox
from daybook.core.inbox import selectors
from daybook.core.inbox.models import EventState, InboxEvent
from tenants.selectors import business_by_slug

SECRET = re.compile(r"secret|token|password|signature|authorization|api_?key|cookie", re.IGNORECASE)
FILTERS = ("source", "kind", "state", "since", "tenant")


class Command(BaseCommand):
    help = "Look at the events that vendors delivered, and have them applied once more."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        listing = commands.add_parser("list", help="the latest events")
        _add_filters(listing)
        listing.add_argument("--limit", type=int, default=50, help="how many at most (50)")
        show = commands.add_parser("show", help="one event; personal data only with --body")
        show.add_argument("event", help="its id here or at the vendor")
        show.add_argument("--body", action="store_true", help="with its values and errors, which may be personal data")
        replay = commands.add_parser("replay", help="apply events once more: those named, or the dead ones of a filter")
        replay.add_argument("events", nargs="*", metavar="event", help="their ids here or at the vendor")
        _add_filters(replay)
        replay.add_argument("--dry-run", action="store_true", help="only say which")

    def handle(self, *args: Any, **options: Any) -> None:
        actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "list": self._list,
            "show": self._show,
            "replay": self._replay,
        }
        actions[options["what"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        for event in _filtered(options)[: options["limit"]]:
            self.stdout.write(_line(event))

    def _show(self, options: dict[str, Any]) -> None:
        event = _one(options["event"], None)
        whole = options["body"]
        facts: dict[str, object] = {
            "id": event.pk,
            "source": event.source,
            "event": event.event_id,
            "kind": event.kind,
            "object": event.object_id or "-",
            "business": event.tenant_id or "-",
            "state": event.state,
            "attempts": event.attempts,
            "replays": event.replays,
            "received": _instant(event.received_at),
            "applied": _instant(event.applied_at),
            "error": (event.last_error if whole else _error_name(event)) or "-",
        }
        for name, fact in facts.items():
            self.stdout.write(f"{name + ':':<10} {fact}")
        body = _without_secrets(event.body) if whole else _outline(event.body)
        self.stdout.write(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())

    def _replay(self, options: dict[str, Any]) -> None:
        if not options["events"] and not any(options[name] for name in FILTERS):
            raise CommandError("Say which events: their ids, or a filter such as --state dead.")
        events = _chosen(options)
        for event in events:
            self.stdout.write(_line(event))
            if not options["dry_run"]:
                inbox.replay(event.pk, now=clock.now())
        self.stdout.write(
            f"{len(events)} " + ("would be applied again" if options["dry_run"] else "to be applied again")
        )


def _add_filters(parser: Any) -> None:
    parser.add_argument("--source", help="the vendor's name, such as stripe")
    parser.add_argument("--kind", help="such as charge.refunded")
    parser.add_argument("--state", choices=EventState.values)
    parser.add_argument("--since", type=_parse, help="received then or later: an ISO 8601 instant with its offset")
    parser.add_argument("--tenant", help="the slug of one business; default: all")


def _filtered(options: dict[str, Any]) -> QuerySet[InboxEvent]:
    business = business_by_slug(options["tenant"]) if options["tenant"] else None
    if options["tenant"] and business is None:
        raise CommandError(f"There is no business {options['tenant']!r}.")
    return selectors.find(
        source=options["source"],
        kind=options["kind"],
        state=options["state"],
        since=options["since"],
        business_id=business.pk if business else None,
    )


def _chosen(options: dict[str, Any]) -> list[InboxEvent]:
    """The events to replay, in the order in which they came."""
    if options["events"]:
        return [_one(name, options["source"]) for name in options["events"]]
    return list(_filtered({**options, "state": options["state"] or EventState.DEAD}).order_by("id"))


def _one(name: str, source: str | None) -> InboxEvent:
    found = selectors.named(name, source=source)
    if len(found) != 1:
        raise CommandError(f"There is no event {name!r}." if not found else f"Several sources have an event {name!r}.")
    return found[0]


def _line(event: InboxEvent) -> str:
    columns: Iterable[object] = (
        event.pk,
        _instant(event.received_at),
        event.source,
        event.kind,
        event.event_id,
        event.tenant_id or "-",
        event.state,
        f"{event.attempts} attempts",
        _error_name(event),
    )
    return "  ".join(str(column) for column in columns).rstrip()


def _error_name(event: InboxEvent) -> str:
    """What kind of error it was; its message may quote a client."""
    return event.last_error.partition(":")[0] if ":" in event.last_error else ("…" if event.last_error else "")


def _outline(value: Any) -> Any:
    """The shape of a body: names of fields, and what kind of value each has."""
    if isinstance(value, dict):
        return {key: _outline(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_outline(item) for item in value[:1]] + (["…"] if len(value) > 1 else [])
    return None if value is None else type(value).__name__


def _without_secrets(value: Any) -> Any:
    """The body with what is named like a secret hidden."""
    if isinstance(value, dict):
        return {key: "•••" if SECRET.search(key) else _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value


def _instant(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}" if instant else "-"


def _parse(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no instant such as 2027-03-13T15:00Z") from error
    if instant.tzinfo is None:
        raise ArgumentTypeError("the instant needs an offset, such as Z")
    return instant
