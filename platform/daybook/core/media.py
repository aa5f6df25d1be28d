"""Files of a business, each under its own folder; names are random, so nothing is overwritten or guessed.

Public ones (logos, photos) are pictures that were decoded and written anew: whatever else the upload carried is gone.
Private ones are served only by doors that check who asks, as attachments.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING, BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from daybook.core.errors import Invalid, NotFound
from daybook.core.ids import new_id

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

PART = 65_536
PUBLIC = ("logo", "photo", "service")
LARGEST_PICTURE = 8 * 1024 * 1024
MOST_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def save(schema: str, kind: str, content: bytes, suffix: str = "") -> str:
    """Keep the bytes under a new name, `<schema>/<kind>/<random><suffix>`, and answer it."""
    return default_storage.save(f"{schema}/{kind}/{new_id().hex}{suffix}", ContentFile(content))


def save_file(schema: str, kind: str, file: IO[bytes], suffix: str) -> str:
    """Keep a large open file under a new name and answer it."""
    return default_storage.save(f"{schema}/{kind}/{new_id().hex}{suffix}", File(file))


def save_picture(schema: str, kind: str, upload: UploadedFile[bytes], *, most: tuple[int, int], field: str) -> str:
    """Keep an uploaded picture as WebP, at most `most` pixels wide and high. Raises Invalid, naming the field."""
    return save(schema, kind, _picture(upload, most, field), ".webp")


def read(schema: str, name: str) -> BinaryIO:
    """The open file; NotFound when it is not this business's or gone."""
    if not _is_of(schema, name) or not default_storage.exists(name):
        raise NotFound()
    opened: BinaryIO = default_storage.open(name, "rb")  # type: ignore[assignment]
    return opened


def delete(schema: str, name: str) -> None:
    """Forget a file of this business; one that is gone already is fine."""
    if name and _is_of(schema, name):
        with suppress(FileNotFoundError):
            default_storage.delete(name)


def names(schema: str) -> Iterator[str]:
    """Every file of a business."""
    for kind in default_storage.listdir(schema)[0] if default_storage.exists(schema) else []:
        yield from (f"{schema}/{kind}/{name}" for name in default_storage.listdir(f"{schema}/{kind}")[1])


def public_url(name: str) -> str:
    """The address of a public file on its business's host; empty for no file."""
    return f"/media/{name.split('/', 1)[1]}" if name else ""


def _is_of(schema: str, name: str) -> bool:
    return name.startswith(f"{schema}/") and not {"", ".", ".."} & set(name.split("/"))


def _picture(upload: UploadedFile[bytes], most: tuple[int, int], field: str) -> bytes:
    if (upload.size or 0) > LARGEST_PICTURE:
        raise _refused(field, _("The picture is larger than 8 MB."))
    try:
        with Image.open(upload, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _refused(field, _("The picture has too many pixels."))
            turned = ImageOps.exif_transpose(opened)
            turned.thumbnail(most)
            made = io.BytesIO()
            turned.convert("RGBA" if "A" in turned.getbands() or "transparency" in turned.info else "RGB").save(
                made, "WEBP", quality=88
            )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise _refused(field, _("This is not a picture that we can read. Use PNG, JPEG, WebP or GIF.")) from None
    return made.getvalue()


def _refused(field: str, message: str) -> Invalid:
    return Invalid("invalid_picture", message, {field: [message]})
