"""The pages on which a person looks at the users' calendars and changes events."""

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from itertools import groupby
from string import Template
from typing import Any
from urllib.parse import urlencode

from daybook.sandbox.google.control import Control
from daybook.sandbox.google.edits import Edits
from daybook.sandbox.google.errors import GoogleError
from daybook.sandbox.google.listing import Filter, matching
from daybook.sandbox.google.pages.layout import layout
from daybook.sandbox.google.times import instant, is_all_day, shown, zone_named
from daybook.sandbox.google.world import Calendar, User

Json = dict[str, Any]
Values = dict[str, str]

CALENDAR = Template("""<p class="back"><a href="/">All calendars</a></p>
<h1>$summary</h1><p class="muted">$email, $zone</p>$problem
<details class="card" $open><summary>New event</summary>
<form method="post" action="/calendar/create">$hidden
<label class="field">Title<input name="summary" value="$title"></label>
<label class="field">Start<input name="start" type="datetime-local" required value="$start"></label>
<label class="field">End<input name="end" type="datetime-local" required value="$end"></label>
<label class="choice"><input type="checkbox" name="free" value="1"> Shown as free</label>
<button class="primary">Create</button></form></details>
$days""")

EVENT = Template("""<li class="event $state"><p><strong>$title</strong> <span class="muted">$when</span> $badges</p>
<details><summary>Change</summary>
<form method="post" action="/calendar/change">$hidden
<label class="field">Title<input name="summary" value="$title"></label>
<label class="field">Start<input name="start" type="$kind" required value="$start"></label>
<label class="field">$end_label<input name="end" type="$kind" required value="$end"></label>
<button>Save</button></form>
<form method="post" action="/calendar/$switch">$hidden<button class="quiet">$switch_label</button></form>
</details></li>""")

TAKE_BACK = Template("""<form method="post" action="/take-back"><input type="hidden" name="user" value="$user">
<button>Take back Daybook's access</button></form>""")


@dataclass(frozen=True)
class Page:
    """An answer: a page, or where to go next."""

    html: str = ""
    status: int = 200
    location: str = ""


def answer(control: Control, method: str, path: str, values: Values) -> Page:
    """Called with the world's lock held."""
    if method == "GET" and path == "/":
        return Page(overview(control))
    user = control.world.users.get(values.get("user", ""))
    if user and (method, path) == ("POST", "/take-back"):
        control.accounts.revoke_user(user.email)
        return Page(location="/")
    try:
        calendar = control.world.calendar(user.email, values.get("calendar", "primary")) if user else None
    except GoogleError:
        calendar = None
    if user is None or calendar is None or not path.startswith("/calendar"):
        return Page(layout("Not found", "<h1>There is nothing here</h1><p><a href='/'>All calendars</a></p>"), 404)
    if method == "GET":
        return Page(one(control, calendar, user, values))
    try:
        change(control, calendar, user, path.removeprefix("/calendar/"), values)
    except (GoogleError, ValueError) as error:
        return Page(one(control, calendar, user, values, str(error)), 400)
    return Page(location=address(calendar, user))


def address(calendar: Calendar, user: User) -> str:
    return "/calendar?" + urlencode({"user": user.email, "calendar": calendar.id})


def change(control: Control, calendar: Calendar, user: User, action: str, values: Values) -> None:
    edits = Edits(control.world, calendar, user.email)
    free = {"transparency": "transparent"} if values.get("free") else {}
    fields = {name: values[name] for name in ("summary", "start", "end") if values.get(name)}
    match action:
        case "create":
            edits.do("create", "", {**fields, **free})
        case "change" | "delete" | "restore":
            edits.do(action, values["event"], fields if action == "change" else {})
        case _:
            raise ValueError("There is no such action.")


def overview(control: Control) -> str:
    rows = []
    for user in control.world.users.values():
        links = "".join(
            f'<li><a href="{escape(address(calendar, user))}">{escape(calendar.summary)}</a> '
            f'<span class="badge">{escape(calendar.role_of(user.email))}</span></li>'
            for calendar in control.world.calendars_of(user.email)
        )
        connected = '<span class="badge">connected</span>' if control.accounts.grant_of(user.email) else ""
        take_back = TAKE_BACK.substitute(user=escape(user.email)) if connected else ""
        rows.append(
            f'<section class="card"><h2>{escape(user.name)} {connected}</h2><ul>{links}</ul>{take_back}</section>'
        )
    return layout("Calendars", "<h1>Calendars</h1>" + "".join(rows))


def one(control: Control, calendar: Calendar, user: User, values: Values, problem: str = "") -> str:
    """Eight weeks of one calendar, and what has been deleted there."""
    zone = zone_named(calendar.time_zone)
    now = control.world.now().astimezone(zone)
    since, until = now - timedelta(days=7), now + timedelta(days=49)
    found = sorted(
        matching(calendar, Filter({}, True, True, since, until)),
        key=lambda event: instant(event["start"], calendar.time_zone),
    )
    days = groupby(found, key=lambda event: instant(event["start"], calendar.time_zone).astimezone(zone).date())
    lists = "".join(
        f'<h2 class="day">{day:%A, %d %B %Y}</h2><ul class="events">{"".join(row(one, calendar, user) for one in events)}</ul>'
        for day, events in days
    )
    start = (now + timedelta(days=1)).replace(hour=10, minute=0)
    body = CALENDAR.substitute(
        summary=escape(calendar.summary),
        email=escape(user.email),
        zone=escape(calendar.time_zone),
        problem=f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else "",
        hidden=hidden(calendar, user),
        title=escape(values.get("summary", "")),
        start=escape(values.get("start") or f"{start:%Y-%m-%dT%H:%M}"),
        end=escape(values.get("end") or f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}"),
        open="open" if problem else "",
        days=lists or '<p class="muted">No events in these weeks.</p>',
    )
    return layout(calendar.summary, body)


def hidden(calendar: Calendar, user: User, event: str = "") -> str:
    values = {"user": user.email, "calendar": calendar.id, **({"event": event} if event else {})}
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items())


def row(event: Json, calendar: Calendar, user: User) -> str:
    local = shown(event, calendar.time_zone)
    gone, days = event["status"] == "cancelled", is_all_day(event)
    start, end = (
        local[side].get("dateTime", local[side].get("date", "") + "T00:00:00")[:16] for side in ("start", "end")
    )
    badges = [name for name in ("recurringEventId", "recurrence") if event.get(name)][:1] and ["series"]
    badges += ["free"] if event.get("transparency") == "transparent" else []
    badges += ["deleted"] if gone else []
    badges += ["Daybook's"] if event.get("extendedProperties", {}).get("private") else []
    return EVENT.substitute(
        state="gone" if gone else "",
        title=escape(event.get("summary", "(no title)")),
        when=escape("all day" if days else f"{start[11:]}–{end[11:]}"),
        badges="".join(f'<span class="badge">{escape(badge)}</span>' for badge in badges),
        hidden=hidden(calendar, user, event["id"]),
        start=start[:10] if days else start,
        end=end[:10] if days else end,
        kind="date" if days else "datetime-local",
        end_label="Until the day before" if days else "End",
        switch="restore" if gone else "delete",
        switch_label="Restore" if gone else "Delete",
    )
