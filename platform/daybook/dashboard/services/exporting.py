"""What goes into a copy of everything of a business: a ZIP of CSV tables, its settings and its files."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models

from daybook.core import media, tables
from tenants.services import exports

if TYPE_CHECKING:
    from tenants.models import Business, DataExport

CHUNK = 1000
SECRET = ("digest", "token", "held_by")
SETTINGS_LEFT_OUT = ("schema_name", "schema_ready", "onboarding", "status_reason")


def make(*, business: Business, export_id: UUID, now: datetime) -> None:
    """Write the ZIP. Run again after a crash it starts anew; what was finished stays as it is."""
    export = exports.access_export(business, export_id)
    if exports.is_made(export):
        return
    try:
        _make(business, export, now)
    except Exception:
        exports.fail(export)
        raise


def _make(business: Business, export: DataExport, now: datetime) -> None:
    found = list(_models())
    exports.start(export, total=len(found) + 1)
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            _write_settings(archive, business)
            for number, model in enumerate(found, start=1):
                _write_table(archive, model)
                exports.advance(export, done=number)
            _write_files(archive, business)
        size = file.tell()
        file.seek(0)
        exports.finish(export, business, file, size=size, now=now)


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
