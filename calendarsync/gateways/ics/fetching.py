"""Asking for a calendar that is published at an address: what came of it is a value."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from calendarsync.enums import Problem
from daybook.core.http import outside

MOST_BYTES = 10 * 1024 * 1024
SECONDS, REDIRECTS = 10.0, 3
LONGEST_WAIT = 6 * 3600
LONGEST_DIGITS = 9
WORDS_FOR = {401: Problem.DENIED, 403: Problem.DENIED, 404: Problem.GONE, 410: Problem.GONE, 429: Problem.BUSY}


@dataclass(frozen=True, slots=True)
class Fetched:
    """The file, with what to say next time so that it is sent only when it has changed."""

    body: bytes
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """It is what it was."""


@dataclass(frozen=True, slots=True)
class Failed:
    """There was no file. `wait` are seconds in which the server does not want to be asked again."""

    problem: Problem
    status: int = 0
    wait: int = 0


def fetch(
    url: str, *, etag: str = "", last_modified: str = "", seconds: float = SECONDS
) -> Fetched | Unchanged | Failed:
    """Ask for the file. Only https, also after a redirect; local http only where private addresses may be asked."""
    headers = {"Accept": "text/calendar, */*;q=0.5"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    try:
        answer = outside.fetch(
            url, headers=headers, most_bytes=MOST_BYTES, seconds=seconds, redirects=REDIRECTS,
            secure=not settings.OUTSIDE_PRIVATE_ALLOWED,
        )  # fmt: skip
    except outside.Refused:
        return Failed(Problem.REFUSED)
    except outside.TooLong:
        return Failed(Problem.TOO_LONG)
    except outside.Unreachable:
        return Failed(Problem.UNREACHABLE)
    return _outcome(answer)


def _outcome(answer: outside.Answer) -> Fetched | Unchanged | Failed:
    if answer.status == 304:
        return Unchanged()
    if answer.status == 200:
        kept = {name: answer.headers.get(name, "") for name in ("etag", "last-modified")}
        return Fetched(answer.body, _header(kept["etag"]), _header(kept["last-modified"]))
    problem = WORDS_FOR.get(answer.status, Problem.BUSY if answer.status >= 500 else Problem.ODD)
    return Failed(problem, answer.status, _wait(answer.headers.get("retry-after", "")))


def _wait(value: str) -> int:
    """Seconds that a server asks for; a date, or anything else, counts as none."""
    if not (value.isascii() and value.isdigit()):
        return 0
    return LONGEST_WAIT if len(value) > LONGEST_DIGITS else min(int(value), LONGEST_WAIT)


def _header(value: str) -> str:
    """A header's value to send back; one that is no plain line is forgotten."""
    return value if len(value) <= 200 and value.isascii() and value.isprintable() else ""
