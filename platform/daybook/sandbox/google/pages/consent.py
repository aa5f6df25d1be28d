"""The page on which a user allows an application what it asks for."""

from html import escape
from string import Template
from typing import Any

from daybook.sandbox.google.oauth import Asked
from daybook.sandbox.google.pages.layout import layout
from daybook.sandbox.google.world import User

WORDS = {
    "openid": "Know who you are",
    "email": "See your e-mail address",
    "profile": "See your name",
    "userinfo.email": "See your e-mail address",
    "userinfo.profile": "See your name",
    "calendar": "See, change, share and delete all your calendars",
    "calendar.events": "See and change events of all your calendars",
    "calendar.events.owned": "See and change events of calendars you own",
    "calendar.events.readonly": "See events of all your calendars",
    "calendar.calendarlist.readonly": "See the list of your calendars",
    "calendar.freebusy": "See when you are busy",
    "calendar.events.freebusy": "See when you are busy",
    "calendar.app.created": "Make calendars of its own, and change events there",
}
ALWAYS = {"openid", "email", "profile", "userinfo.email", "userinfo.profile"}

CONSENT = Template("""<section class="card narrow">
<h1>Daybook wants to use your calendars</h1>
$problem
<form method="post" action="$action">
<fieldset><legend>Account</legend>$accounts
<label class="field">Another account<input type="email" name="new_email" value="$new" autocomplete="off"></label>
</fieldset>
<fieldset><legend>It may</legend>$scopes</fieldset>
<p class="actions"><button name="decision" value="deny" formnovalidate>Cancel</button>
<button class="primary" name="decision" value="allow">Allow</button></p>
</form></section>""")


def page(asked: Asked, users: list[User], action: str, problem: str = "") -> str:
    """`action` is the address of this very page, query included."""
    known = {user.email for user in users}
    chosen = asked.hint if asked.hint in known else "" if asked.hint else next(iter(known and [users[0].email]), "")
    body = CONSENT.substitute(
        problem=f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else "",
        action=escape(action),
        accounts="".join(_account(user, user.email == chosen) for user in users),
        new=escape("" if asked.hint in known else asked.hint),
        scopes="".join(_scope(scope) for scope in asked.scopes),
    )
    return layout("Allow access", body)


def refused(error: dict[str, Any]) -> str:
    text = f"<h1>Access blocked</h1><p>{escape(error['error'])}: {escape(error['error_description'])}</p>"
    return layout("Access blocked", f'<section class="card narrow">{text}</section>')


def _account(user: User, chosen: bool) -> str:
    mark = " checked" if chosen else ""
    return (
        f'<label class="choice"><input type="radio" name="email" value="{escape(user.email)}"{mark}> '
        f"{escape(user.name)} <small>{escape(user.email)}</small></label>"
    )


def _scope(scope: str) -> str:
    name = scope.rsplit("/", 1)[-1]
    words = escape(WORDS.get(name, name))
    if name in ALWAYS:
        return f'<p class="choice">{words}<input type="hidden" name="scope" value="{escape(scope)}"></p>'
    return (
        f'<label class="choice"><input type="checkbox" name="scope" value="{escape(scope)}" checked> '
        f"{words} <small>{escape(name)}</small></label>"
    )
