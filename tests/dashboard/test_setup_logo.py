"""The logo: shown where clients look, replaced, taken away; nothing but a picture gets in."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from daybook.core import media
from tenants.models import Business
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
SENT = {"brand_color": "#0f5c4c", "theme": "light"}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def picture() -> SimpleUploadedFile:
    made = io.BytesIO()
    Image.new("RGBA", (900, 300), (15, 92, 76, 120)).save(made, "PNG")
    return SimpleUploadedFile("logo.png", made.getvalue())


def test_a_logo_is_shown_replaced_and_taken_away(studio: Studio, client_for: NewClient) -> None:
    owner = studio.client(client_for)
    assert owner.post("/dashboard/settings/look", {**SENT, "logo": picture()}).status_code == 303
    first = Business.objects.get(pk=studio.business.pk).logo
    address = media.public_url(first)
    visitor = client_for("acme")
    assert f'src="{address}"' in visitor.get("/policy").content.decode()
    assert visitor.get(address).status_code == 200

    owner.post("/dashboard/settings/look", {**SENT, "logo": picture()})
    second = Business.objects.get(pk=studio.business.pk).logo
    assert second != first
    assert visitor.get(address).status_code == 404
    owner.post("/dashboard/settings/look", {**SENT, "no_logo": "1"})
    assert Business.objects.get(pk=studio.business.pk).logo == ""
    assert list(media.names(studio.business.schema_name)) == []


def test_what_is_no_picture_changes_nothing(studio: Studio, client_for: NewClient) -> None:
    owner = studio.client(client_for)
    answer = owner.post(
        "/dashboard/settings/look",
        {**SENT, "brand_color": "#884422", "logo": SimpleUploadedFile("x.svg", b"<svg onload=x/>")},
    )
    assert answer.status_code == 422
    assert "not a picture" in answer.content.decode()
    kept = Business.objects.get(pk=studio.business.pk)
    assert (kept.logo, kept.brand_color) == ("", "#0f5c4c")
    owner.post("/dashboard/settings/look", {**SENT, "brand_color": "no", "logo": picture()})
    assert list(media.names(studio.business.schema_name)) == []
