"""Writing every sealed secret anew with the newest key of SECRETS_KEYS."""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django_tenants.utils import schema_context

from daybook.core.secrets import secret_fields
from tenants.selectors import businesses_with_data


def rotate() -> dict[str, int]:
    """How many rows of each schema were written anew. Work goes on beside it: each row is locked for its own moment."""
    counts = {"public": _rotate_schema("public", shared=True)}
    for business in businesses_with_data():
        counts[business.schema_name] = _rotate_schema(business.schema_name, shared=False)
    return counts


def _rotate_schema(schema: str, *, shared: bool) -> int:
    with schema_context(schema):
        return sum(_rotate_model(model, names) for model, names in _models(shared=shared))


def _models(*, shared: bool) -> Iterator[tuple[type[models.Model], list[str]]]:
    ours = {apps.get_app_config(name.split(".")[0]).label for name in settings.TENANT_APPS}
    return (found for found in secret_fields() if (found[0]._meta.app_label in ours) is not shared)


def _rotate_model(model: type[models.Model], names: list[str]) -> int:
    keys = list(model._default_manager.values_list("pk", flat=True))
    for key in keys:
        with transaction.atomic():
            row = model._default_manager.select_for_update().filter(pk=key).first()
            if row is not None:
                row.save(update_fields=names)
    return len(keys)
