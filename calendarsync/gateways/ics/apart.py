"""Reading a stranger's file in a process of its own: it has limits of time and memory, and no secrets.

A rule may describe more times than anybody can count; whatever such a file does, it does it to that process only.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import datetime

from calendarsync.gateways.ics.reading import Reading, Span, Wanted, read
from calendarsync.gateways.ics.texts import NotCalendar, TooMuch

CPU_SECONDS, SECONDS, MEMORY = 8, 15, 1024 * 1024 * 1024
NOT_CALENDAR, TOO_MUCH = 3, 4
"""Ends of the process, beside 0."""


def read_apart(body: bytes, wanted: Wanted, *, cpu_seconds: int = CPU_SECONDS) -> Reading:
    """`reading.read` within limits. Raises NotCalendar, and TooMuch also when they were not enough."""
    asked = {
        "body": b64encode(body).decode(),
        "zone": wanted.zone,
        "since": wanted.since.isoformat(),
        "until": wanted.until.isoformat(),
        "me": sorted(wanted.me),
        "ours": wanted.ours,
        "cpu_seconds": cpu_seconds,
    }
    surroundings = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONTZPATH": ""}
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "calendarsync.gateways.ics.apart"],
            input=json.dumps(asked).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=surroundings,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooMuch from None
    if done.returncode == NOT_CALENDAR:
        raise NotCalendar
    if done.returncode != 0:
        raise TooMuch
    answer = json.loads(done.stdout)
    spans = (Span(datetime.fromisoformat(a), datetime.fromisoformat(b), uid) for a, b, uid in answer["spans"])
    return Reading(tuple(spans), answer["skipped"])


def _limit(cpu_seconds: int) -> None:
    """Not every system has every limit; the time that the process may take is limited from outside, too."""
    for kind, most in ((resource.RLIMIT_CPU, cpu_seconds), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def main() -> int:
    """Read what is asked on standard input, answer on standard output."""
    asked = json.load(sys.stdin)
    _limit(asked["cpu_seconds"])
    since, until = datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"])
    wanted = Wanted(asked["zone"], since, until, frozenset(asked["me"]), tuple(asked["ours"]))
    try:
        found = read(b64decode(asked["body"]), wanted)
    except NotCalendar:
        return NOT_CALENDAR
    except (TooMuch, MemoryError):
        return TOO_MUCH
    spans = [(span.start.isoformat(), span.end.isoformat(), span.uid) for span in found.spans]
    json.dump({"spans": spans, "skipped": found.skipped}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
