"""Google's JSON as our values. Titles, descriptions and guests are not even asked for."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo, available_timezones

from calendarsync.domain.events import Kind, Outside, Reply
from calendarsync.gateways.base import Listed, Watched

EVENT = (
    "id,etag,status,start,end,recurrence,recurringEventId,transparency,eventType,"
    "attendees(self,responseStatus),extendedProperties/private"
)
PAGE = f"nextPageToken,nextSyncToken,timeZone,items({EVENT})"
OWN_ROLES, WRITING_ROLES = ("owner",), ("owner", "writer")
FIRST_YEAR, LAST_YEAR = 1900, 9990
"""Moments beyond are taken for these, as an absence without an end has one in 9999: a zone would lead beyond datetime."""
REV, BLOCK = "daybook_rev", "daybook_id"
"""Private properties of our events: the digest of their content, and whose they are (a hint for people only)."""


def outside(item: dict[str, Any]) -> Outside:
    """An event; of a cancelled one most is missing."""
    start, end = item.get("start", {}), item.get("end", {})
    private = item.get("extendedProperties", {}).get("private", {})
    return Outside(
        id=item["id"],
        etag=item.get("etag", ""),
        cancelled=item.get("status") == "cancelled",
        start=_instant(start),
        end=_instant(end),
        first=_day(start),
        last=_day(end),
        repeats=bool(item.get("recurrence")),
        series=item.get("recurringEventId", ""),
        free=item.get("transparency") == "transparent",
        reply=_reply(item),
        kind=cast(Kind, item.get("eventType", "default")),
        unreadable=_unreadable(start) or _unreadable(end),
        rev=private.get(REV, ""),
        block=private.get(BLOCK, ""),
    )


def listed(item: dict[str, Any]) -> Listed:
    """A line of the calendar list."""
    role = item.get("accessRole", "")
    return Listed(
        id=item["id"],
        name=(item.get("summaryOverride") or item.get("summary") or item["id"])[:200],
        timezone=zone(item.get("timeZone", "")),
        primary=bool(item.get("primary")),
        owned=role in OWN_ROLES,
        writable=role in WRITING_ROLES,
    )


def watched(item: dict[str, Any], *, opened: datetime) -> Watched:
    """An open channel. Google's word on when it ends is milliseconds in a string; without one, a day is safe."""
    ends = item.get("expiration")
    expires = datetime.fromtimestamp(int(ends) / 1000, UTC) if ends else opened + timedelta(days=1)
    return Watched(str(item.get("resourceId", "")), expires)


def zone(name: str) -> str:
    """A name that ZoneInfo knows."""
    return name if name in available_timezones() else "UTC"


def _instant(moment: dict[str, Any]) -> datetime | None:
    """None, too, for what nobody can read: the rest of a page is read all the same."""
    text = moment.get("dateTime")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    found = found.replace(year=_near(found.year), day=min(found.day, 28)) if _near(found.year) != found.year else found
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone(moment.get("timeZone", ""))))


def _day(moment: dict[str, Any]) -> date | None:
    try:
        found = date.fromisoformat(moment.get("date") or "")
    except ValueError:
        return None
    near = _near(found.year)
    return found if near == found.year else found.replace(year=near, day=min(found.day, 28))


def _unreadable(moment: dict[str, Any]) -> bool:
    said = moment.get("dateTime") or moment.get("date")
    return bool(said) and _instant(moment) is None and _day(moment) is None


def _near(year: int) -> int:
    return min(max(year, FIRST_YEAR), LAST_YEAR)


def _reply(item: dict[str, Any]) -> Reply:
    own: dict[str, Any] = next((one for one in item.get("attendees", []) if one.get("self")), {})
    return cast(Reply, own.get("responseStatus", ""))
