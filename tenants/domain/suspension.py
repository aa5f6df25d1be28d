"""What goes on while a business is suspended: what its clients already have, and reading for its members."""

import re

_MANAGE_PAGE = re.compile(r"/a/(?!.*/reschedule(?:/|$))")
_CLIENT_CALLS = {
    "GET": re.compile(r"/v1/public/appointments/[^/]+/?"),
    "POST": re.compile(r"/v1/public/appointments/[^/]+/cancel/?"),
}
_FEED = re.compile(r"/calendar/[^/]+\.ics")
"""A provider's calendar at its secret address: members only read there."""
_STAFF = re.compile(r"/(dashboard|v1/tenant-admin)(/|$)")
_STATUS_CHANGE = re.compile(r"/v1/tenant-admin/appointments/[^/]+/?")
"""A PATCH that may say `cancelled`; its door refuses the rest with `guards.require_active`."""
_ALWAYS = re.compile(
    r"/(enter|leave|u/|static/|media/|v1/webhooks/|brand-[^/]+\.css$|favicon\.ico$|v1/docs|v1/openapi\.json)"
)


def goes_on(method: str, path: str) -> bool:
    """Manage pages, cancelling, stopping reminders, signing in and out, webhooks, and what members only read."""
    method = "GET" if method in ("HEAD", "OPTIONS") else method
    if _ALWAYS.match(path) or _MANAGE_PAGE.match(path):
        return True
    if method == "GET" and _FEED.fullmatch(path):
        return True
    if method in _CLIENT_CALLS and _CLIENT_CALLS[method].fullmatch(path):
        return True
    if method == "PATCH":
        return bool(_STATUS_CHANGE.fullmatch(path))
    return bool(_STAFF.match(path)) and (method == "GET" or path.rstrip("/").endswith("/cancel"))
