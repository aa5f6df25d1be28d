"""Files of a business: pictures are written anew, names belong to one business, nothing else is served."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from daybook.core import media
from daybook.core.errors import Invalid, NotFound
from tenants.models import Business


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def picture(form: str = "PNG", size: tuple[int, int] = (1200, 600)) -> SimpleUploadedFile:
    made = io.BytesIO()
    Image.new("RGB", size, "teal").save(made, form, comment=b"home address")
    return SimpleUploadedFile("logo.png", made.getvalue() + b"<script>alert(1)</script>")


def test_a_picture_is_decoded_made_smaller_and_written_anew(business: Business) -> None:
    name = media.save_picture(business.schema_name, "logo", picture(), most=(400, 400), field="logo")
    with media.read(business.schema_name, name) as file:
        content = file.read()
    with Image.open(io.BytesIO(content)) as kept:
        assert (kept.format, kept.size) == ("WEBP", (400, 200))
    assert b"script" not in content
    assert b"home address" not in content


@pytest.mark.parametrize(
    "content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n" + b"0" * 50]
)
def test_what_is_no_picture_is_refused_with_the_field_s_name(business: Business, content: bytes) -> None:
    upload = SimpleUploadedFile("logo.png", content)
    with pytest.raises(Invalid) as refused:
        media.save_picture(business.schema_name, "logo", upload, most=(400, 400), field="logo")
    assert "logo" in refused.value.details["fields"]


def test_a_file_is_served_on_its_own_host_only(business: Business, other_business: Business, client_for: Any) -> None:
    name = media.save_picture(business.schema_name, "logo", picture(), most=(400, 400), field="logo")
    private = media.save(business.schema_name, "client", b"secret", ".pdf")
    mine = client_for(business.slug).get(media.public_url(name))
    assert (mine.status_code, mine["Content-Type"]) == (200, "image/webp")
    assert "immutable" in mine["Cache-Control"]
    assert client_for(other_business.slug).get(media.public_url(name)).status_code == 404
    assert client_for(business.slug).get(media.public_url(private)).status_code == 404
    for path in (
        "/media/logo/..%2Fclient%2Fx.pdf",
        "/media/logo/../../../etc/passwd",
        "/media/logo/%00",
        "/media/logo/.",
    ):
        assert client_for(business.slug).get(path).status_code == 404


def test_names_of_other_businesses_open_nothing_and_delete_nothing(
    business: Business, other_business: Business
) -> None:
    name = media.save(business.schema_name, "client", b"secret", ".pdf")
    with pytest.raises(NotFound):
        media.read(other_business.schema_name, name)
    media.delete(other_business.schema_name, name)
    assert list(media.names(business.schema_name)) == [name]
    media.delete(business.schema_name, name)
    media.delete(business.schema_name, name)
    assert list(media.names(business.schema_name)) == []
