"""Times of events as they stand on the wire: `{"date": …}` or `{"dateTime": …, "timeZone": …}`."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from daybook.sandbox.google.errors import bad

Json = dict[str, Any]
Span = tuple[datetime, datetime]  # [start, end), aware


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise bad("Invalid time zone definition", location="timeZone") from error


def parse(text: str) -> datetime:
    """Raises 400 for what is no moment, or too far away to reckon with."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad(f"Invalid value for: {text}") from error
    if not 1000 <= found.year <= 9000:
        raise bad(f"Invalid value for: {text}")
    return found


def is_all_day(event: Json) -> bool:
    return "date" in event["start"]


def settled(side: Json, zone: str) -> Json:
    """A side as it is kept: a day, or an instant with its offset and a zone; `zone` when it names none."""
    if side.get("date"):
        return {"date": parse(side["date"]).date().isoformat()}
    name = side.get("timeZone") or zone
    moment = parse(side["dateTime"])
    local = moment.replace(tzinfo=zone_named(name)) if moment.tzinfo is None else moment
    return {"dateTime": wire(local, zone_named(name)), "timeZone": name}


def wire(moment: datetime, zone: ZoneInfo) -> str:
    """An instant as Google writes it in a zone: whole seconds, Z for UTC."""
    local = moment.astimezone(UTC).astimezone(zone)
    return local.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def instant(side: Json, zone: str) -> datetime:
    """The side as an instant; a day begins at midnight in `zone`."""
    if "date" in side:
        return datetime.combine(date.fromisoformat(side["date"]), time(), zone_named(zone)).astimezone(UTC)
    return parse(side["dateTime"]).astimezone(UTC)


def span(event: Json, zone: str) -> Span:
    return instant(event["start"], zone), instant(event["end"], zone)


def overlaps(event: Json, zone: str, after: datetime | None, before: datetime | None) -> bool:
    """Whether the event ends after `after` and begins before `before`; None is no limit."""
    start, end = span(event, zone)
    return (after is None or end > after) and (before is None or start < before)


def shown(event: Json, zone: str) -> Json:
    """The event with its instants written in `zone`."""
    found = dict(event)
    for side in ("start", "end", "originalStartTime"):
        if value := found.get(side):
            found[side] = side_in(value, zone)
    return found


def side_in(side: Json, zone: str) -> Json:
    if "date" in side:
        return dict(side)
    return {**side, "dateTime": wire(parse(side["dateTime"]), zone_named(zone))}


def moved(event: Json, by: timedelta, zone: str) -> Json:
    """Both sides later by so much; days by whole days."""
    return {side: _later(event[side], by, zone) for side in ("start", "end")}


def _later(side: Json, by: timedelta, zone: str) -> Json:
    if "date" in side:
        return {"date": (date.fromisoformat(side["date"]) + by).isoformat()}
    return settled({**side, "dateTime": (parse(side["dateTime"]).astimezone(UTC) + by).isoformat()}, zone)


def millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
