"""Recurring events: the times of a series keep their local time, whatever summer does."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rruleset, rrulestr

from daybook.sandbox.google.errors import bad
from daybook.sandbox.google.times import instant, is_all_day, parse, wire, zone_named

MOST_INSTANCES = 730  # of one series in one answer
OF_MASTER_ONLY = ("recurrence", "recurringEventId", "originalStartTime")

Json = dict[str, Any]


def is_master(event: Json) -> bool:
    return bool(event.get("recurrence"))


def check(event: Json) -> None:
    """Refuses rules that nobody can read."""
    next(_local_starts(event), None)


def occurrences(master: Json, zone: str, after: datetime | None, before: datetime | None) -> Iterator[Json]:
    """Instances as the rule makes them, in order, that end after `after` and begin before `before`; no exceptions."""
    count = 0
    for local in _local_starts(master):
        event = instance(master, local)
        if before is not None and instant(event["start"], zone) >= before:
            return
        if after is not None and instant(event["end"], zone) <= after:
            continue
        yield event
        count += 1
        if count == MOST_INSTANCES:
            return


def with_id(master: Json, event_id: str) -> Json | None:
    """The instance of this id, when the rule makes it."""
    suffix = event_id.removeprefix(master["id"] + "_")
    wanted = _local_of(master, suffix)
    if wanted is None:
        return None
    for local in _local_starts(master):
        if local >= wanted:
            return instance(master, local) if local == wanted else None
    return None


def instance(master: Json, local: datetime) -> Json:
    """The instance that begins at this local time of the series' zone."""
    found = {name: value for name, value in master.items() if name not in OF_MASTER_ONLY}
    if is_all_day(master):
        days = date.fromisoformat(master["end"]["date"]) - date.fromisoformat(master["start"]["date"])
        start: Json = {"date": local.date().isoformat()}
        end: Json = {"date": (local.date() + days).isoformat()}
        suffix = local.strftime("%Y%m%d")
    else:
        length = _local(master, "end") - _local(master, "start")
        start, end = _side(master, local), _side(master, local + length)
        suffix = parse(start["dateTime"]).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return found | {
        "id": f"{master['id']}_{suffix}",
        "recurringEventId": master["id"],
        "originalStartTime": start,
        "start": start,
        "end": end,
    }


def ended_before(master: Json, moment: Json) -> list[str]:
    """The recurrence lines of a series that ends before this start of an instance."""
    if "date" in moment:
        until = (date.fromisoformat(moment["date"]) - timedelta(days=1)).strftime("%Y%m%d")
    else:
        until = (parse(moment["dateTime"]).astimezone(UTC) - timedelta(seconds=1)).strftime("%Y%m%dT%H%M%SZ")
    lines: list[str] = master["recurrence"]
    return [_limited(line, until) if line.startswith("RRULE") else line for line in lines]


def with_count(line: str, left: int) -> str:
    """The rule for so many instances, when it counts them."""
    return re.sub(r"COUNT=\d+", f"COUNT={left}", line)


def _limited(line: str, until: str) -> str:
    return re.sub(r";?(UNTIL|COUNT)=[^;]*", "", line) + f";UNTIL={until}"


def _side(master: Json, local: datetime) -> Json:
    name = master["start"]["timeZone"]
    zone = zone_named(name)
    return {"dateTime": wire(local.replace(tzinfo=zone), zone), "timeZone": name}


def _local(master: Json, side: str) -> datetime:
    """Local time of the series' zone, without an offset."""
    if is_all_day(master):
        return datetime.combine(date.fromisoformat(master[side]["date"]), time())
    zone = zone_named(master["start"]["timeZone"])
    return parse(master[side]["dateTime"]).astimezone(zone).replace(tzinfo=None)


def _local_of(master: Json, text: str) -> datetime | None:
    """A time of an RRULE, EXDATE or id, as local time of the series' zone."""
    for pattern in ("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            moment = datetime.strptime(text, pattern)  # noqa: DTZ007 - local on purpose
        except ValueError:
            continue
        if not pattern.endswith("Z"):
            return moment
        if is_all_day(master):
            return datetime.combine(moment.date(), time())
        return moment.replace(tzinfo=UTC).astimezone(zone_named(master["start"]["timeZone"])).replace(tzinfo=None)
    return None


def _local_starts(master: Json) -> Iterator[datetime]:
    start = _local(master, "start")
    found = rruleset()
    for line in master["recurrence"]:
        head, _, value = line.partition(":")
        name = head.partition(";")[0]
        try:
            if name == "RRULE":
                found.rrule(rrulestr(_with_local_until(master, value), dtstart=start))
            else:
                _add_dates(found, name, [_local_of(master, text) for text in value.split(",")])
        except ValueError as error:
            raise bad(f"Invalid recurrence rule: {line}", location="recurrence") from error
    return iter(found)


def _add_dates(found: rruleset, name: str, moments: list[datetime | None]) -> None:
    for moment in moments:
        if moment is None:
            raise ValueError("not a date")
        if name == "RDATE":
            found.rdate(moment)
        else:
            found.exdate(moment)


def _with_local_until(master: Json, rule: str) -> str:
    """UNTIL is an instant or a day; the rule is reckoned in local time, a day counts to its end."""

    def local(match: re.Match[str]) -> str:
        moment = _local_of(master, match[1])
        if moment is None:
            raise ValueError("UNTIL is no date")
        if len(match[1]) == 8 and not is_all_day(master):
            moment += timedelta(days=1, seconds=-1)
        return f"UNTIL={moment:%Y%m%dT%H%M%S}"

    return re.sub(r"UNTIL=([^;]*)", local, rule)
