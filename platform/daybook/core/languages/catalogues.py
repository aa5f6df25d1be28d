"""Gathering messages from Python and templates, merging them into the catalogues, compiling those. Needs no gettext tools."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import template as django_templates

CALLS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_": None,
    "_now": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
SOURCES = ("platform/daybook", "tenants", "scheduling", "intake", "billing", "reporting", "calendarsync", "widget")
LANGUAGES = ("de", "es")
CLIENT_FACING = (
    "widget/",
    "scheduling/emails/",
    "scheduling/templates/scheduling/mail/",
    "scheduling/domain/",
    "scheduling/errors.py",
    "scheduling/enums.py",
    "scheduling/services/",
    "billing/domain/",
    "billing/services/",
    "platform/daybook/core/errors.py",
    "platform/daybook/core/checking.py",
    "platform/daybook/core/formats.py",
    "platform/daybook/core/http/",
    "templates/base_client.html",
    "templates/base_mail",
    "templates/business_suspended.html",
    "templates/link_invalid.html",
    "templates/error.html",
    "templates/4",
    "templates/5",
)
"""Where what clients read comes from: everything in these files has to be translated."""


class _Twofold(Catalog):
    """A catalogue that also finds a message with a plural by its singular alone.

    Both `gettext("New booking")` and `ngettext("New booking", …)` are one message here, but two in a compiled catalogue.
    """

    @classmethod
    def of(cls, catalogue: Catalog) -> "_Twofold":
        made = cls(locale=catalogue.locale, project=catalogue.project, charset="utf-8", fuzzy=False)
        for message in catalogue:
            if message.id:
                made.add(message.id, message.string, context=message.context)
        return made

    def __iter__(self) -> Iterator[Message]:
        for message in super().__iter__():
            yield message
            if isinstance(message.id, tuple | list) and message.string and message.string[0]:
                yield Message(message.id[0], message.string[0], context=message.context)


def gather(root: Path) -> Catalog:
    """Every message of the project with where it stands, lines left out so that catalogues change only with words."""
    catalogue = Catalog(project="Daybook", charset="utf-8", fuzzy=False)
    for path in sorted(_files(root)):
        for message, context, comments in _messages(path):
            place = (str(path.relative_to(root)), None)
            catalogue.add(message, locations=[place], context=context, auto_comments=comments)  # type: ignore[list-item]
    return catalogue


def path_of(root: Path, language: str) -> Path:
    """The catalogue of a language."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read(path: Path, language: str) -> Catalog:
    """A catalogue as it stands; empty when there is none."""
    if not path.is_file():
        return Catalog(locale=language, project="Daybook", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def merge(root: Path, language: str, found: Catalog) -> Catalog:
    """The language's catalogue with the project's present messages; gone ones are dropped, nothing is guessed."""
    catalogue = read(path_of(root, language), language)
    catalogue.update(found, no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    catalogue.header_comment = f"# Daybook: {catalogue.locale.english_name if catalogue.locale else language}"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    return catalogue


def write(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue sorted by message, without dates that change by themselves."""
    made = io.BytesIO()
    write_po(made, catalogue, width=120, sort_output=True, omit_header=False, ignore_obsolete=True)
    lines = [line for line in made.getvalue().splitlines() if not re.match(rb'"(POT-Creation|PO-Revision)-Date', line)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join(lines).rstrip() + b"\n")


def compile_all(source: Path, target: Path) -> list[Path]:
    """Compile `source`/<language>/… to `target`/<language>/LC_MESSAGES/django.mo where older; answers what was made."""
    made = []
    for po in sorted(source.glob("*/LC_MESSAGES/django.po")):
        mo = target / po.relative_to(source).with_suffix(".mo")
        if mo.is_file() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        mo.parent.mkdir(parents=True, exist_ok=True)
        part = mo.with_suffix(".part")
        with part.open("wb") as file:
            write_mo(file, _Twofold.of(read(po, po.parent.parent.name)))
        part.replace(mo)
        made.append(mo)
    return made


def missing(catalogue: Catalog, found: Catalog, *, only: tuple[str, ...] = ()) -> list[Message]:
    """Messages of the project without a translation, all or those that stand in some files."""
    kept = []
    for message in found:
        if not message.id or (only and not any(place.startswith(only) for place, _line in message.locations)):
            continue
        known = catalogue.get(message.id[0] if isinstance(message.id, tuple) else message.id, message.context)
        words = known.string if known else ""
        if not all(words) if isinstance(words, tuple | list) else not words:
            kept.append(message)
    return kept


def _files(root: Path) -> Iterator[Path]:
    for folder in (*SOURCES, "templates"):
        for path in (root / folder).rglob("*"):
            if path.suffix in (".py", ".html", ".txt") and "migrations" not in path.parts:
                yield path


def _messages(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None, list[str]]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = "\n".join(line.strip() for line in django_templates.templatize(text, origin=str(path)).splitlines())
    for _line, message, comments, context in extract("python", io.BytesIO(text.encode()), CALLS, ["Translators:"]):
        if isinstance(message, tuple):
            yield tuple(str(part) for part in message), context, list(comments)
        elif message:
            yield str(message), context, list(comments)
