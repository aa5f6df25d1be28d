"""The door of public files on a business's host."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from daybook.core import media
from daybook.core.errors import NotFound


@require_safe
def public_file(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """A logo or photo of this host's business; its name never comes to mean another picture."""
    if kind not in media.PUBLIC:
        raise NotFound()
    schema = request.business.schema_name  # type: ignore[attr-defined]
    with media.read(schema, f"{schema}/{kind}/{name}") as file:
        response = HttpResponse(file.read(), content_type="image/webp")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
