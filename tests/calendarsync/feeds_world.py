"""Calendar files as other programs publish them."""

from itertools import count

_number = count()


def event(*lines: str, uid: str | None = None) -> list[str]:
    """An entry; `uid` "" leaves it without."""
    name = f"entry-{next(_number)}@elsewhere.test" if uid is None else uid
    return ["BEGIN:VEVENT", *([f"UID:{name}"] if name else []), "SUMMARY:Dentist", *lines, "END:VEVENT"]


def calendar(*events: list[str], head: tuple[str, ...] = ()) -> bytes:
    """A file with these entries; `head` are lines before them."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Elsewhere//EN", *head]
    return "\r\n".join([*lines, *(line for one in events for line in one), "END:VCALENDAR", ""]).encode()
