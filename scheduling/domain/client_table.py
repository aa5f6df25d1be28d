"""A CSV file of clients as other programs write it: its encoding, delimiter, columns, lines, dates. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

LARGEST, MOST_LINES, MOST_COLUMNS = 5 * 1024 * 1024, 20_000, 60
DELIMITERS = (",", ";", "\t")
FORMULA = ("=", "+", "-", "@")
FIELDS = (
    "name", "first_name", "last_name", "email", "phone", "notes", "tags",
    "start", "time", "service", "provider", "duration", "status",
)  # fmt: skip
"""What a column may be."""
_KNOWN: dict[str, tuple[str, ...]] = {
    "name": ("name", "fullname", "client", "clientname", "customer", "customername", "kunde", "nombre"),
    "first_name": ("firstname", "givenname", "forename", "vorname"),
    "last_name": ("lastname", "surname", "familyname", "nachname", "apellido", "apellidos"),
    "email": ("email", "mail", "emailaddress", "clientemail", "customeremail", "correo"),
    "phone": ("phone", "phonenumber", "mobile", "mobilephone", "telephone", "tel", "cell", "telefon", "handy",
              "telefono", "clientphone"),
    "notes": ("notes", "note", "comments", "comment", "remarks", "notizen", "notas"),
    "tags": ("tags", "tag", "labels", "groups", "group", "schlagworte", "etiquetas"),
    "start": ("start", "starttime", "startsat", "startdate", "appointment", "appointmentdate", "date", "datetime",
              "datum", "beginn", "fecha", "inicio"),
    "time": ("time", "appointmenttime", "uhrzeit", "hora"),
    "service": ("service", "servicename", "treatment", "appointmenttype", "leistung", "servicio"),
    "provider": ("provider", "providername", "staff", "staffmember", "employee", "with", "therapist", "mitarbeiter"),
    "duration": ("duration", "durationminutes", "minutes", "length", "dauer", "duracion"),
    "status": ("status", "state", "appointmentstatus", "estado"),
}  # fmt: skip
_STATES = {
    "": "", "completed": "completed", "complete": "completed", "done": "completed", "confirmed": "confirmed",
    "booked": "confirmed", "active": "confirmed", "cancelled": "cancelled", "canceled": "cancelled",
    "noshow": "no_show", "missed": "no_show",
}  # fmt: skip


class Unreadable(Exception):
    """The file is no table; `code` says why: `empty`, `too_long`, `too_wide`, `broken`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the table; `line` is where it begins in the file, counted from 1."""

    line: int
    cells: tuple[str, ...]


def decode(content: bytes) -> str:
    """The text: UTF-8 or UTF-16 by its mark, UTF-16 by its zeros, UTF-8 when it is that, else Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _clean(content.decode("utf-16", errors="replace"))
    if (zeros := content[:400].count(0)) and zeros * 3 > len(content[:400]):
        return _clean(content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", errors="replace"))
    try:
        return _clean(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _clean(content.decode("cp1252", errors="replace"))


def _clean(text: str) -> str:
    """Without what PostgreSQL cannot keep."""
    return text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\0", "")


def delimiter(text: str) -> str:
    """What stands between the cells of the first line, outside quotes."""
    first = next((line for line in re.sub(r'"[^"]*"', "", text[:20_000]).splitlines() if line.strip()), "")
    return max(DELIMITERS, key=lambda sign: (first.count(sign), -DELIMITERS.index(sign)))


def read(text: str) -> tuple[tuple[str, ...], list[Record]]:
    """The header and the lines that are not blank. Raises `Unreadable`."""
    records = []
    try:
        for record in _records(text):
            records.append(record)
            if len(records) > MOST_LINES + 1:
                raise Unreadable("too_long")
    except csv.Error as error:
        raise Unreadable("broken") from error
    if len(records) < 2:
        raise Unreadable("empty")
    header = tuple(cell.strip() for cell in records[0].cells)
    if len(header) > MOST_COLUMNS:
        raise Unreadable("too_wide")
    return header, records[1:]


def _records(text: str) -> Iterator[Record]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text))
    begin = 1
    for cells in rows:
        if any(cell.strip() for cell in cells):
            yield Record(begin, tuple(cells))
        begin = rows.line_num + 1


def guess(header: Sequence[str]) -> dict[str, int]:
    """Which field stands in which column, by the header's words; each column and field once."""
    found: dict[str, int] = {}
    plain = [re.sub(r"[^a-z]", "", _unaccented(cell.lower())) for cell in header]
    for field, words in _KNOWN.items():
        for word in words:
            if word in plain and field not in found and (place := plain.index(word)) not in found.values():
                found[field] = place
    if "first_name" in found or "last_name" in found:
        found.pop("name", None) if "name" in found and plain[found["name"]] != "name" else None
    return found


def _unaccented(text: str) -> str:
    return text.translate(str.maketrans("áéíóúñäöü", "aeiounaou"))


def cells_of(record: Record, columns: Mapping[str, int]) -> dict[str, str]:
    """The cells by field; the apostrophe that protects a cell from being a formula is taken off."""
    return {field: _bare(record.cells[place]) if place < len(record.cells) else "" for field, place in columns.items()}


def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def full_name(cells: Mapping[str, str]) -> str:
    """The name, else first and last name."""
    name = cells.get("name", "") or f"{cells.get('first_name', '')} {cells.get('last_name', '')}"
    return " ".join(name.split())


def split_tags(text: str) -> list[str]:
    """Tags between commas, semicolons or bars."""
    return [tag for tag in re.split(r"[,;|]", text) if tag.strip()]


def status_of(text: str) -> str | None:
    """`completed`, `confirmed`, `cancelled`, `no_show`, empty when nothing is said, None when it is no status."""
    return _STATES.get(re.sub(r"[^a-z]", "", text.lower()))


_DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d")
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::\d{2}(?:\.\d+)?)?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)


def wall_time(date: str, time: str, *, day_first: bool) -> datetime | None:
    """The instant (aware, when an offset is written) or wall time (naive); None for anything else.

    `2027-03-15T10:00`, `15.03.2027 10:00`, `3/15/2027 2:30 pm`; `time` when it stands in a column of its own.
    """
    text = f"{date} {time}".strip()
    if _ISO.match(text):
        try:
            return datetime.fromisoformat(text).replace(second=0, microsecond=0)
        except ValueError:
            pass  # such as 2027-03-15 2:30 pm
    found = _DATE.match(text)
    clock = _TIME.fullmatch(text[found.end() :].strip(" ,T")) if found else None
    if found is None or clock is None or not (clock[2] or clock[3]):
        return None
    try:
        return _built(found, clock, day_first)
    except ValueError:
        return None


def _built(found: re.Match[str], clock: re.Match[str], day_first: bool) -> datetime:
    first, second, third = (int(part) for part in found.groups())
    if first > 31:
        year, month, day = first, second, third
    else:
        day, month = (first, second) if day_first or "." in found[0] or first > 12 else (second, first)
        year = third if third > 99 else 2000 + third
    hour, minute, half = int(clock[1]), int(clock[2] or 0), (clock[3] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError(clock[0])
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001  a wall time, its zone comes later


def day_comes_first(dates: Sequence[str], *, otherwise: bool) -> bool:
    """Whether dates such as 13/2/2027 put the day first, by one that can be read in one way only."""
    for text in dates:
        found = _DATE.match(text)
        if found and int(found[1]) <= 31:
            if int(found[1]) > 12:
                return True
            if int(found[2]) > 12:
                return False
    return otherwise
