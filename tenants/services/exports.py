"""Copies of a business's data: asked for, how far they are, forgotten. What goes into one is `daybook.dashboard`'s."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from daybook.core import media
from daybook.core.actors import Actor
from daybook.core.audit import Line, record
from daybook.core.errors import Conflict, NotFound
from daybook.core.outbox import Entry, enqueue_all
from tenants.models import DataExport, ExportState

if TYPE_CHECKING:
    from tenants.models import Business, User

MAKE, END = "business.export", "business.export_end"
KEPT = timedelta(days=7)


def request_export(*, business: Business, user: User, by: Actor, now: datetime) -> DataExport:
    """Ask for a copy; while one is being made that one is answered."""
    with transaction.atomic():
        type(business).objects.select_for_update().get(pk=business.pk)
        going = DataExport.objects.filter(business=business, state__in=[ExportState.WAITING, ExportState.RUNNING])
        if (found := going.first()) is not None:
            return found
        made = DataExport.objects.create(business=business, requested_by=user)
        record(Line("export.requested", "export", made.pk), tenant_id=business.pk, by=by)
        enqueue_all(
            [
                Entry(kind, f"export:{made.pk}", f"{kind}:{made.pk}", due, {"export": str(made.pk)})
                for kind, due in ((MAKE, now), (END, now + KEPT))
            ]
        )
    return made


def access_export(business: Business, export_id: UUID) -> DataExport:
    """One of the business's copies, else NotFound."""
    found: DataExport | None = DataExport.objects.filter(business=business, pk=export_id).first()
    if found is None:
        raise NotFound()
    return found


def is_made(export: DataExport) -> bool:
    """Whether the copy is finished."""
    return export.state == ExportState.DONE


def open_export(export: DataExport, business: Business) -> IO[bytes]:
    """The finished file. Raises Conflict before it is finished."""
    if not is_made(export):
        raise Conflict("not_finished", _("The copy is not finished yet."))
    return media.read(business.schema_name, export.file)


def start(export: DataExport, *, total: int) -> None:
    """It is being made, in so many parts."""
    _update(export, state=ExportState.RUNNING, done=0, total=total)


def advance(export: DataExport, *, done: int) -> None:
    """So many parts are done."""
    _update(export, done=done)


def finish(export: DataExport, business: Business, file: IO[bytes], *, size: int, now: datetime) -> None:
    """Keep the file, of `size` bytes; not if the copy was forgotten meanwhile."""
    name = media.save_file(business.schema_name, "export", file, ".zip")
    if not _update(export, state=ExportState.DONE, done=export.total, file=name, size=size, finished_at=now):
        media.delete(business.schema_name, name)


def fail(export: DataExport) -> None:
    """It could not be made; the outbox tries again."""
    _update(export, state=ExportState.FAILED)


def end(*, business: Business, export_id: UUID) -> None:
    """Forget a copy and its file."""
    export = DataExport.objects.filter(business=business, pk=export_id).first()
    if export is not None:
        media.delete(business.schema_name, export.file)
        export.delete()


def _update(export: DataExport, **values: object) -> bool:
    for name, value in values.items():
        setattr(export, name, value)
    return bool(DataExport.objects.filter(pk=export.pk).update(**values))
