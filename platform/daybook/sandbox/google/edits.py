"""What a user does to events in Google's own pages and apps."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

from daybook.sandbox.google import events, recurrence
from daybook.sandbox.google.errors import bad
from daybook.sandbox.google.times import instant, moved, settled
from daybook.sandbox.google.world import Calendar, World

A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
COPIED = events.WRITABLE - {"status"}
ACTIONS = (
    *("create", "change", "move", "resize", "delete", "restore", "duplicate", "to_calendar", "all_day", "recurring"),
    *("attendees", "colour", "respond", "this_and_following"),
)

Json = dict[str, Any]


def side(value: str | Json) -> Json:
    """A time as people write it: "2027-03-14" is a day, "2027-03-14T10:00" local time of the calendar."""
    if isinstance(value, dict):
        return value
    return {"date": value, "dateTime": None} if len(value) == 10 else {"dateTime": value, "date": None}


class Edits:
    """Edits of one user in one calendar."""

    def __init__(self, world: World, calendar: Calendar, email: str) -> None:
        self.world, self.calendar, self.email = world, calendar, email

    def do(self, action: str, event_id: str, values: Json) -> Json:
        """The event as it is then. Raises GoogleError for what Google would not do, ValueError for no such action."""
        if action not in ACTIONS:
            raise ValueError(f"action is one of {', '.join(ACTIONS)}")
        if action == "create":
            return self.create(values)
        found: Json = getattr(self, action)(event_id, **values)
        return found

    def create(self, values: Json) -> Json:
        body = self._with_sides(values)
        if "end" not in body:
            start = settled(_without_none(body["start"]), self.calendar.time_zone)
            length = A_DAY if "date" in start else AN_HOUR
            body["end"] = moved({"start": start, "end": start}, length, self.calendar.time_zone)["end"]
        return events.insert(self.world, self.calendar, body, self.email)

    def change(self, event_id: str, **values: Any) -> Json:
        """Any fields; null removes one."""
        return events.patch(self.world, self.calendar, event_id, self._with_sides(values), None)

    def move(self, event_id: str, start: str | Json, end: str | Json | None = None) -> Json:
        """To another time; as long as before when no end is given."""
        event = events.get(self.calendar, event_id)
        zone = self.calendar.time_zone
        if end is None:
            first = settled(_without_none(side(start)), zone)
            length = instant(event["end"], zone) - instant(event["start"], zone)
            end = moved({"start": first, "end": first}, length, zone)["end"]
        return self.change(event_id, start=start, end=end)

    def resize(self, event_id: str, end: str | Json) -> Json:
        return self.change(event_id, end=end)

    def delete(self, event_id: str) -> Json:
        events.delete(self.world, self.calendar, event_id)
        return self.calendar.events[event_id]

    def restore(self, event_id: str) -> Json:
        """Out of the bin."""
        event = events.get(self.calendar, event_id)
        return self.world.store(self.calendar, {**event, "status": "confirmed"})

    def duplicate(self, event_id: str, **values: Any) -> Json:
        """A copy under a new id, private properties included."""
        event = events.get(self.calendar, event_id)
        copied = {name: deepcopy(value) for name, value in event.items() if name in COPIED}
        return events.insert(self.world, self.calendar, copied | self._with_sides(values), self.email)

    def to_calendar(self, event_id: str, destination: str) -> Json:
        return events.move(self.world, self.calendar, event_id, self.world.calendar(self.email, destination))

    def all_day(self, event_id: str, date: str, end: str | None = None) -> Json:
        """From `date` until before `end`, one day when there is none."""
        first = {"date": date}
        last = {"date": end} if end else moved({"start": first, "end": first}, A_DAY, "")["end"]
        return self.change(event_id, start={**first, "dateTime": None, "timeZone": None}, end=_day(last))

    def recurring(self, event_id: str, rules: list[str]) -> Json:
        return self.change(event_id, recurrence=rules)

    def attendees(self, event_id: str, attendees: list[Json]) -> Json:
        return self.change(event_id, attendees=attendees)

    def colour(self, event_id: str, color: str) -> Json:
        return self.change(event_id, colorId=color)

    def respond(self, event_id: str, answer: str) -> Json:
        """The user's own answer to an invitation: accepted, tentative or declined."""
        others = [one for one in events.get(self.calendar, event_id).get("attendees", []) if not one.get("self")]
        return self.attendees(event_id, [*others, {"email": self.calendar.id, "responseStatus": answer}])

    def this_and_following(self, event_id: str, **values: Any) -> Json:
        """The series ends before this instance; a new series goes on from it with the changes."""
        event = events.get(self.calendar, event_id)
        if "recurringEventId" not in event:
            raise bad("Only an instance of a series has following ones.")
        master = self.calendar.events[event["recurringEventId"]]
        rules = [line for line in master["recurrence"] if line.startswith("RRULE")]
        following = {name: deepcopy(value) for name, value in master.items() if name in COPIED}
        following |= {"start": event["start"], "end": event["end"], "recurrence": self._remaining(master, event, rules)}
        suffix = event_id.rpartition("_")[2].lower().replace("z", "")
        following["id"] = f"{master['id']}r{suffix}"
        before = recurrence.ended_before(master, event["originalStartTime"])
        self.change(master["id"], recurrence=before)
        for name, exception in self.calendar.exceptions_of(master["id"]).items():
            if self._start(exception["originalStartTime"]) >= self._start(event["originalStartTime"]):
                self.world.store(self.calendar, {**self.calendar.events[name], "status": "cancelled"})
        return events.insert(self.world, self.calendar, following | self._with_sides(values), self.email)

    def _remaining(self, master: Json, event: Json, rules: list[str]) -> list[str]:
        """The rules with a COUNT of what is left."""
        zone = self.calendar.time_zone
        start = self._start(event["originalStartTime"])
        every = recurrence.occurrences(master, zone, None, None)
        left = sum(1 for one in every if self._start(one["start"]) >= start)
        return [recurrence.with_count(line, left) for line in rules]

    def _start(self, value: Json) -> Any:
        return instant(value, self.calendar.time_zone)

    @staticmethod
    def _with_sides(values: Json) -> Json:
        return {name: side(value) if name in ("start", "end") and value else value for name, value in values.items()}


def _day(value: Json) -> Json:
    return {**value, "dateTime": None, "timeZone": None}


def _without_none(value: Json) -> Json:
    return {name: part for name, part in value.items() if part is not None}
