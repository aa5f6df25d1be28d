"""Reading imports of clients."""

from uuid import UUID

from django.db.models import QuerySet

from daybook.core.errors import NotFound
from scheduling.models import ClientImport


def imports() -> QuerySet[ClientImport]:
    """Every import, the latest first, without the file's text."""
    return ClientImport.objects.defer("text", "report").order_by("-created_at", "id")


def access_import(import_id: UUID) -> ClientImport:
    """The import, else NotFound."""
    found = ClientImport.objects.filter(pk=import_id).first()
    if found is None:
        raise NotFound()
    return found
