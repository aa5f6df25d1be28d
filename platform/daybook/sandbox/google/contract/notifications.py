"""What a notification to a webhook must look like."""

from collections.abc import Mapping

from daybook.sandbox.google.contract.problems import Problem

NEEDED = ("channel-id", "message-number", "resource-id", "resource-state", "resource-uri")


def check_notification(headers: Mapping[str, str], body: bytes = b"") -> list[Problem]:
    given = {name.lower(): value for name, value in headers.items()}
    found = [
        Problem("missing", f"x-goog-{name}", "header missing") for name in NEEDED if not given.get(f"x-goog-{name}")
    ]
    state = given.get("x-goog-resource-state")
    if state not in ("sync", "exists", "not_exists"):
        found.append(Problem("enum", "x-goog-resource-state", "sync|exists|not_exists"))
    if state == "sync" and given.get("x-goog-message-number") != "1":
        found.append(Problem("rule", "x-goog-message-number", "sync is message 1"))
    if body:
        found.append(Problem("rule", "body", "notifications of calendars have no body"))
    return found
