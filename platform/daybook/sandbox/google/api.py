"""The Calendar API: requests are checked against the contract, done, and the answers are checked, too."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from daybook.sandbox.google import events, fields, freebusy, listing, views
from daybook.sandbox.google.channels import Channels
from daybook.sandbox.google.contract import CalendarContract, Problem
from daybook.sandbox.google.errors import GoogleError, bad
from daybook.sandbox.google.oauth import Access, Accounts
from daybook.sandbox.google.world import Calendar, World

WRITES = ("insert", "import", "update", "patch", "delete", "move")
OWNED_ONLY = {"calendar.events.owned", "calendar.events.owned.readonly", "calendar.app.created"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request, as it came over the wire. `headers` have names in lower case."""

    method: str
    path: str
    query: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json | None


@dataclass(frozen=True)
class Asked:
    """One checked request with whom it speaks for."""

    operation: str
    ids: dict[str, str]
    query: dict[str, list[str]]
    body: Json
    email: str
    scopes: set[str]
    if_match: str | None
    uri: str

    @property
    def zone(self) -> str | None:
        return self.query.get("timeZone", [None])[0]


class Api:
    def __init__(self, contract: CalendarContract, world: World, accounts: Accounts, channels: Channels) -> None:
        self.contract, self.world, self.accounts, self.channels = contract, world, accounts, channels
        self.cursors = listing.Cursors()
        self.violations: list[Json] = []

    def operation(self, method: str, path: str) -> str:
        """The method's name as Google writes it, "events.insert"; empty when there is none."""
        endpoint, _ = self.contract.find(method, path)
        return endpoint["id"].removeprefix("calendar.") if endpoint else ""

    def report(self, where: str, problems: list[Problem]) -> None:
        self.violations += [
            {"where": where, "kind": problem.kind, "param": problem.param, "detail": problem.detail}
            for problem in problems
        ]

    def answer(self, call: Call) -> Answer:
        """What Google would answer."""
        access = self.accounts.bearer(call.headers.get("authorization", ""))
        if access is None:
            message = "Request had invalid authentication credentials."
            return Answer(401, GoogleError(401, "authError", message, "Authorization").body)
        problems = self._problems(call, access)
        if problems:
            self.report(f"{call.method} {call.path}", problems)
            return Answer(problems[0].status, problems[0].error())
        endpoint, ids = self.contract.find(call.method, call.path)
        assert endpoint is not None
        body = json.loads(call.body) if call.body else {}
        if_match = call.headers.get("if-match")
        uri = f"https://www.googleapis.com{call.path.removesuffix('/watch')}?alt=json"
        operation = endpoint["id"].removeprefix("calendar.")
        query = parse_qs(call.query, keep_blank_values=True)
        try:
            wanted = self._wanted(query, endpoint)
            reply = self._done(Asked(operation, ids, query, body, access.grant.email, access.scopes, if_match, uri))
        except GoogleError as error:
            return Answer(error.status, error.body)
        if reply is None:
            return Answer(204, None)
        self.report(f"answer to {call.method} {call.path}", self.contract.check_reply(endpoint["response"], reply))
        return Answer(200, fields.chosen(reply, wanted))

    def _wanted(self, query: dict[str, list[str]], endpoint: Json) -> fields.Tree:
        """The part of the answer that was asked for; an empty tree is all of it."""
        text = query.get("fields", [""])[0]
        if not text or "response" not in endpoint:
            return {}
        tree = fields.parse(text)
        try:
            fields.check(tree, {"$": endpoint["response"]}, self.contract.schemas)
        except GoogleError as error:
            self.report(endpoint["id"], [Problem("unknown", "fields", str(error))])
            raise
        return tree

    def _problems(self, call: Call, access: Access) -> list[Problem]:
        """What is wrong with the request. Rules are looked at once names and types are right."""
        kind = call.headers.get("content-type", "application/json" if not call.body else "")
        malformed = self.contract.check_request(call.method, call.path, call.query, call.body, kind)
        return malformed or [
            *self.contract.check_rules(call.method, call.path, call.query, call.body),
            *self.contract.check_scope(call.method, call.path, access.scopes),
        ]

    def _done(self, asked: Asked) -> Json | None:
        resource, _, name = asked.operation.partition(".")
        match resource, name:
            case "events", _:
                return self._events(asked, name)
            case "channels", "stop":
                self.channels.stop(asked.email, asked.body)
                return None
            case "calendarList", _:
                return self._calendar_list(asked, name)
            case "calendars", "get":
                return views.resource(self.world.calendar(asked.email, asked.ids["calendarId"]))
            case "calendars", "insert":
                return self._new_calendar(asked)
            case "freebusy", "query":
                return freebusy.query(self.world, asked.email, asked.body)
        return self._settings(asked, name)

    def _events(self, asked: Asked, name: str) -> Json | None:
        calendar = self.world.calendar(asked.email, asked.ids["calendarId"])
        self._allow(asked, calendar, "writer" if name in WRITES else "freeBusyReader")
        event_id = asked.ids.get("eventId", "")
        match name:
            case "list" | "instances":
                return self._list(asked, calendar, name)
            case "get":
                return self._told(asked, calendar, events.get(calendar, event_id))
            case "insert" | "import":
                made = events.insert(self.world, calendar, asked.body, asked.email)
            case "update":
                made = events.update(self.world, calendar, event_id, asked.body, asked.if_match)
            case "patch":
                made = events.patch(self.world, calendar, event_id, asked.body, asked.if_match)
            case "move":
                destination = self.world.calendar(asked.email, asked.query["destination"][0])
                self._allow(asked, destination, "writer")
                made, calendar = events.move(self.world, calendar, event_id, destination), destination
            case "watch":
                return self.channels.watch(calendar, asked.email, asked.body, asked.uri)
            case _:
                events.delete(self.world, calendar, event_id, asked.if_match)
                return None
        return self._told(asked, calendar, made)

    def _allow(self, asked: Asked, calendar: Calendar, role: str) -> None:
        """Raises 403 when the user's role or the scopes are not enough for this calendar."""
        if not calendar.allows(asked.email, role):
            message = "You need to have writer access to this calendar."
            raise GoogleError(403, "requiredAccessLevel", message, domain="calendar")
        endpoint = next(
            found for found in self.contract.document["endpoints"] if found["id"] == f"calendar.{asked.operation}"
        )
        used = {scope.rsplit("/", 1)[-1] for scope in asked.scopes} & set(endpoint["scopes"])
        owned = calendar.allows(asked.email, "owner") and (used != {"calendar.app.created"} or calendar.made_by_app)
        if used <= OWNED_ONLY and not owned:
            raise GoogleError(403, "insufficientPermissions", "Request had insufficient authentication scopes.")

    def _told(self, asked: Asked, calendar: Calendar, event: Json) -> Json:
        return views.told(event, calendar, asked.zone, busy_only=self._busy_only(asked, calendar))

    def _busy_only(self, asked: Asked, calendar: Calendar) -> bool:
        names = {scope.rsplit("/", 1)[-1] for scope in asked.scopes if "calendar" in scope}
        reads = names - {"calendar.calendarlist.readonly", "calendar.freebusy", "calendar.app.created"}
        return calendar.role_of(asked.email) == "freeBusyReader" or (
            reads == {"calendar.events.freebusy"} and not calendar.made_by_app
        )

    def _list(self, asked: Asked, calendar: Calendar, name: str) -> Json:
        self._same_as_first(asked, calendar)
        if name == "instances":
            master = events.get(calendar, asked.ids["eventId"])
            page, token = listing.list_instances(self.world, self.cursors, calendar, master, asked.query)
        else:
            page, token = listing.list_events(self.world, self.cursors, calendar, asked.query)
        return {
            "kind": "calendar#events",
            "etag": self.world.next_etag(),
            "summary": calendar.summary,
            "updated": self.world.stamp(),
            "timeZone": asked.zone or calendar.time_zone,
            "accessRole": calendar.role_of(asked.email),
            "defaultReminders": [],
            "items": [self._told(asked, calendar, event) for event in page],
            **token,
        }

    def _same_as_first(self, asked: Asked, calendar: Calendar) -> None:
        """A later page or a delta has to ask for the same kind of events as the first list did."""
        token = asked.query.get("pageToken", asked.query.get("syncToken", [""]))[0]
        if token and asked.operation == "events.list":
            single = asked.query.get("singleEvents") == ["true"]
            if self.cursors.find(token, calendar).single != single:
                self.report(asked.operation, [Problem("rule", "singleEvents", "not as in the first list")])

    def _calendar_list(self, asked: Asked, name: str) -> Json:
        if name == "get":
            return views.list_entry(self.world.calendar(asked.email, asked.ids["calendarId"]), asked.email)
        role = asked.query.get("minAccessRole", ["freeBusyReader"])[0]
        seen = [found for found in self.world.calendars_of(asked.email) if found.allows(asked.email, role)]
        entries = [views.list_entry(calendar, asked.email) for calendar in seen]
        size = min(int(asked.query.get("maxResults", ["100"])[0]), self.world.page_size or 250)
        start = _offset(asked.query.get("pageToken", ["p0"])[0])
        page, rest = entries[start : start + size], entries[start + size :]
        following = {"nextPageToken": f"p{start + size}"} if rest else {"nextSyncToken": "CalendarList="}
        return {"kind": "calendar#calendarList", "etag": self.world.next_etag(), "items": page, **following}

    def _new_calendar(self, asked: Asked) -> Json:
        calendar_id = f"{self.world.next_id()}@group.calendar.google.com"
        zone = asked.body.get("timeZone") or self.world.users[asked.email].time_zone
        calendar = self.world.add_calendar(calendar_id, asked.email, asked.body["summary"], zone)
        calendar.made_by_app = True
        return views.resource(calendar)

    def _settings(self, asked: Asked, name: str) -> Json:
        zone = self.world.users[asked.email].time_zone
        values = {"timezone": zone, "locale": "en", "weekStart": "0", "format24HourTime": "true"}
        items = [
            {"kind": "calendar#setting", "etag": '"1"', "id": setting, "value": value}
            for setting, value in values.items()
        ]
        if name == "list":
            return {"kind": "calendar#settings", "etag": '"1"', "items": items}
        found = next((item for item in items if item["id"] == asked.ids["setting"]), None)
        if found is None:
            raise bad("Invalid setting", location="setting")
        return found


def _offset(token: str) -> int:
    if not token.removeprefix("p").isdigit():
        raise bad("Invalid page token value.", location="pageToken")
    return int(token.removeprefix("p"))
