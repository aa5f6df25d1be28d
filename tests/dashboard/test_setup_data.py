"""A copy of everything, and closing the account."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from daybook.core import clock, media
from daybook.core.audit import entries
from daybook.core.outbox import relay
from daybook.dashboard.services import exporting
from tenants.models import Business, DataExport
from tests import factories as make
from tests.conftest import HostClient
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def drain(studio: Studio, **later: int) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    relay.drain(now=clock.now() + timedelta(**later))
    connection.set_tenant(studio.business)  # type: ignore[attr-defined]


def test_a_copy_holds_every_table_and_file_and_no_secret(studio: Studio, client_for: NewClient) -> None:
    row = studio.book("13:00", name="=HYPERLINK(1)", email="kim@lee.test")
    media.save(studio.business.schema_name, "client", b"a letter", ".txt")
    owner = studio.client(client_for)
    assert owner.post("/dashboard/settings/data").status_code == 303
    owner.post("/dashboard/settings/data")
    export = DataExport.objects.get()
    assert owner.get(f"/dashboard/settings/data/{export.pk}").status_code == 409
    drain(studio)
    page = owner.get("/dashboard/settings/data", headers={"HX-Request": "true"}).content.decode()
    assert "Download" in page
    assert "every 2s" not in page

    export.refresh_from_db()
    with media.read(studio.business.schema_name, export.file) as file:
        archive = zipfile.ZipFile(io.BytesIO(file.read()))
    names = archive.namelist()
    assert {"appointment.csv", "client.csv", "policytier.csv", "settings.json"} <= set(names)
    [kept] = [name for name in names if name.startswith("files/client/")]
    assert archive.read(kept) == b"a letter"
    [line] = list(csv.DictReader(io.StringIO(archive.read("appointment.csv").decode())))
    assert (line["reference"], line["client_name"]) == (row.reference, "'=HYPERLINK(1)")
    assert not [name for name in line if "digest" in name or "token" in name]
    assert [found.action for found in entries(studio.business.pk)] == ["export.requested"]

    drain(studio, days=8)
    assert not DataExport.objects.exists()
    assert [name for name in media.names(studio.business.schema_name) if "/export/" in name] == []


def test_a_copy_that_failed_says_so_and_is_made_when_tried_again(
    studio: Studio, client_for: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = studio.client(client_for)
    owner.post("/dashboard/settings/data")
    export = DataExport.objects.get()
    with monkeypatch.context() as broken:
        broken.setattr(media, "save_file", lambda *_a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            exporting.make(business=studio.business, export_id=export.pk, now=clock.now())
    assert "could not be made" in owner.get("/dashboard/settings/data").content.decode()
    exporting.make(business=studio.business, export_id=export.pk, now=clock.now())
    export.refresh_from_db()
    assert (export.state, export.done) == ("done", export.total)


def test_who_may_not_export_gets_none(studio: Studio, client_for: NewClient) -> None:
    manager = studio.member("manager")
    manager.may_export = False
    manager.save()
    browser = make.sign_in(client_for("acme"), manager)
    assert browser.get("/dashboard/settings/data").status_code == 200
    assert browser.post("/dashboard/settings/data").status_code == 403


def test_another_business_s_copy_does_not_exist(
    studio: Studio, other_business: Business, client_for: NewClient
) -> None:
    export = DataExport.objects.create(business=other_business, state="done", file="x/export/y.zip")
    assert studio.client(client_for).get(f"/dashboard/settings/data/{export.pk}").status_code == 404


def test_the_owner_closes_the_business_and_opens_it_again(
    studio: Studio, client_for: NewClient, platform_client: Any
) -> None:
    member = studio.member("owner")
    owner = make.sign_in(client_for("acme"), member)
    studio.book("13:00")
    assert "1 appointment ahead" in owner.get("/dashboard/settings/close").content.decode()
    assert owner.post("/dashboard/settings/close", {"name": "Acne"}).status_code == 422
    assert owner.post("/dashboard/settings/close", {"name": f" {studio.business.name.upper()} "}).status_code == 303
    assert client_for("acme").get("/").status_code == 403
    assert "This business is closed." in owner.get("/dashboard/").content.decode()
    assert owner.post("/dashboard/settings/close", {"name": studio.business.name}).status_code == 403

    platform: HostClient = platform_client
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    platform.force_login(member.user)
    assert "Open again" in platform.get("/businesses/").content.decode()
    assert platform.post("/businesses/acme/reopen/").status_code == 302
    assert platform.post("/businesses/acme/reopen/").status_code == 409
    assert client_for("acme").get("/policy").status_code == 200
    assert [found.action for found in entries(studio.business.pk)] == ["business.reopened", "business.closed"]


def test_only_the_owner_opens_it_again(studio: Studio, platform_client: Any) -> None:
    manager = studio.member("manager")
    Business.objects.filter(pk=studio.business.pk).update(status="closed", status_reason="closed by its owner")
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    platform_client.force_login(manager.user)
    assert platform_client.post("/businesses/acme/reopen/").status_code == 403
    Business.objects.filter(pk=studio.business.pk).update(status_reason="fraud")
    with tenant_context(studio.business):
        owner = studio.member("owner")
    platform_client.force_login(owner.user)
    assert platform_client.post("/businesses/acme/reopen/").status_code == 409
