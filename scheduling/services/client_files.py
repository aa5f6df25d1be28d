"""Files that staff keep with a client: known by their content, private, handed out only as attachments."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from daybook.core import media
from daybook.core.checking import is_plain
from daybook.core.errors import Invalid
from scheduling.models import Client, ClientFile

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from daybook.core.actors import Actor
    from tenants.models import Business

LARGEST, MOST_FILES, LONGEST_NAME = 10 * 1024 * 1024, 100, 150
PDF, TEXT = "application/pdf", "text/plain"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {
    PDF: (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    WORD: (".docx",),
    SHEET: (".xlsx",),
    TEXT: (".txt", ".csv", ".md"),
}
"""What may be kept, and how the names of such files end."""


def keep(
    client: Client, upload: UploadedFile[bytes] | None, *, business: Business, now: datetime, by: Actor
) -> ClientFile:
    """Keep an uploaded file of at most 10 MB. Raises `Invalid` for what is too large, or not of a known kind."""
    if upload is None or not upload.size:
        raise _refused(_("Choose a file."))
    if upload.size > LARGEST:
        raise _refused(_("The file is larger than 10 MB."))
    content = upload.read()
    name, kind = _name(upload.name or ""), content_type(content)
    if kind is None or not name.lower().endswith(ENDINGS[kind]):
        raise _refused(_("Keep PDF, PNG, JPEG, GIF, WebP, HEIC, Word, Excel or text files."))
    if client.files.count() >= MOST_FILES:
        raise _refused(_("A client can have at most %(most)d files.") % {"most": MOST_FILES})
    schema = business.schema_name
    file = media.save(schema, "client", content, PurePath(name).suffix.lower())
    try:
        return ClientFile.objects.create(
            client=client,
            name=name,
            file=file,
            content_type=kind,
            size=len(content),
            uploaded_by=by.name,
            uploaded_at=now,
        )
    except BaseException:
        media.delete(schema, file)
        raise


def delete(row: ClientFile, *, business: Business) -> None:
    """Forget a file; its bytes go once that is certain."""
    schema, file = business.schema_name, row.file
    with transaction.atomic():
        row.delete()
        transaction.on_commit(lambda: media.delete(schema, file))


def content_type(content: bytes) -> str | None:
    """What the bytes are, whatever their name says; None for anything that is not kept."""
    for start, kind in ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg")):
        if content.startswith(start):
            return kind
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
        return "image/heic"
    return _office(content) if content.startswith(b"PK") else _text(content)


def _office(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            inside = set(opened.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(name.endswith("vbaProject.bin") for name in inside):
        return None
    return WORD if "word/document.xml" in inside else SHEET if "xl/workbook.xml" in inside else None


def _text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return TEXT if all(char >= " " or char in "\r\n\t\f" for char in text) else None


def _name(given: str) -> str:
    """The last part of the name, short enough, with its ending."""
    path = PurePath(given.replace("\\", "/"))
    name = path.name.strip()
    if not name or not is_plain(name):
        raise _refused(_("This name cannot be kept. Rename the file."))
    ending = path.suffix[:10]
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - len(ending)] + ending


def _refused(message: str) -> Invalid:
    return Invalid("invalid_file", message, {"file": [message]})
