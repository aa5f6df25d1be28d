"""A copy of everything of a business, made in the background: a ZIP of CSV tables, its settings and its files."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from daybook.core import media, tables
from daybook.core.actors import Actor
from daybook.core.audit import Line, record
from daybook.core.errors import Conflict, NotFound
from daybook.core.outbox import Entry, enqueue_all
from tenants.models import DataExport, ExportState

if TYPE_CHECKING:
    from tenants.models import Business, User

MAKE, END = "business.export", "business.export_end"
KEPT = timedelta(days=7)
CHUNK = 1000
SECRET = ("digest", "token", "held_by")
SETTINGS_LEFT_OUT = ("schema_name", "schema_ready", "onboarding", "status_reason")


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


def make(*, business: Business, export_id: UUID, now: datetime) -> None:
    """Write the ZIP. Run again after a crash it starts anew; what was finished stays as it is."""
    export = access_export(business, export_id)
    if export.state == ExportState.DONE:
        return
    try:
        _make(business, export, now)
    except Exception:
        DataExport.objects.filter(pk=export.pk).update(state=ExportState.FAILED)  # until the outbox tries again
        raise


def _make(business: Business, export: DataExport, now: datetime) -> None:
    found = list(_models())
    DataExport.objects.filter(pk=export.pk).update(state=ExportState.RUNNING, done=0, total=len(found) + 1)
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            _write_settings(archive, business)
            for number, model in enumerate(found, start=1):
                _write_table(archive, model)
                DataExport.objects.filter(pk=export.pk).update(done=number)
            _write_files(archive, business)
        size = file.tell()
        file.seek(0)
        name = media.save_file(business.schema_name, "export", file, ".zip")
    kept = DataExport.objects.filter(pk=export.pk).update(
        state=ExportState.DONE, done=len(found) + 1, file=name, size=size, finished_at=now
    )
    if not kept:
        media.delete(business.schema_name, name)


def end(*, business: Business, export_id: UUID) -> None:
    """Forget a copy and its file."""
    export = DataExport.objects.filter(business=business, pk=export_id).first()
    if export is not None:
        media.delete(business.schema_name, export.file)
        export.delete()


def access_export(business: Business, export_id: UUID) -> DataExport:
    """One of the business's copies, else NotFound."""
    found: DataExport | None = DataExport.objects.filter(business=business, pk=export_id).first()
    if found is None:
        raise NotFound()
    return found


def open_export(export: DataExport, business: Business) -> IO[bytes]:
    """The finished file. Raises Conflict before it is finished."""
    if export.state != ExportState.DONE:
        raise Conflict("not_finished", "The copy is not finished yet.")
    return media.read(business.schema_name, export.file)


def _models() -> Iterator[type[models.Model]]:
    """Every table of a business's schema."""
    for name in settings.TENANT_APPS:
        label = name.split(".")[0]
        yield from apps.get_app_config(label).get_models(include_auto_created=True)


def _write_table(archive: zipfile.ZipFile, model: type[models.Model]) -> None:
    columns = [
        field.attname for field in model._meta.concrete_fields if not any(word in field.attname for word in SECRET)
    ]
    rows = model._default_manager.order_by("pk").values_list(*columns).iterator(chunk_size=CHUNK)
    with archive.open(f"{model._meta.model_name}.csv", "w", force_zip64=True) as target:
        text = io.TextIOWrapper(target, encoding="utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([tables.cell(value) for value in row])
        text.flush()
        text.detach()


def _write_settings(archive: zipfile.ZipFile, business: Business) -> None:
    values = {
        field.attname: getattr(business, field.attname)
        for field in business._meta.concrete_fields
        if field.attname not in SETTINGS_LEFT_OUT
    }
    archive.writestr("settings.json", json.dumps(values, indent=2, default=str, ensure_ascii=False))


def _write_files(archive: zipfile.ZipFile, business: Business) -> None:
    for name in media.names(business.schema_name):
        short = name.split("/", 1)[1]
        if not short.startswith("export/"):
            with media.read(business.schema_name, name) as file, archive.open(f"files/{short}", "w") as target:
                while part := file.read(media.PART):
                    target.write(part)
