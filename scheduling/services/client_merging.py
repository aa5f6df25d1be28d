"""Two clients who are one person become one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from daybook.core.errors import Conflict, Invalid, NotFound
from scheduling import signals
from scheduling.models import Client
from scheduling.services import write_path
from scheduling.services.client_records import MOST_TAGS

CHOSEN = ("name", "email", "phone", "timezone", "locale")
"""Fields of which one of the two is kept."""
LONGEST_NOTES = 5000


def merge(
    keep: Client,
    other: Client,
    *,
    take: Mapping[str, bool] | None = None,
    finish: Callable[[Client, dict[str, int]], None] | None = None,
) -> Client:
    """Everything of `other` goes to `keep`, and `other` is gone. `take`: the fields that come from `other`.

    A field that `keep` lacks comes from `other` anyway. Both rows are locked, so a booking in flight is moved, too.
    Appointments keep what was typed for them. `finish` is called in the transaction, with how many rows moved.
    Raises `NotFound` when one of the two is gone meanwhile.
    """
    if keep.pk == other.pk:
        raise Invalid("same_client", _("Choose two different clients."), {"with": [_("Choose somebody else.")]})

    def work() -> Client:
        rows = {
            row.pk: row for row in Client.objects.select_for_update().filter(pk__in=[keep.pk, other.pk]).order_by("pk")
        }
        if len(rows) < 2 or any(row.erased_at for row in rows.values()):
            raise NotFound()
        kept, gone = rows[keep.pk], rows[other.pk]
        moved = _move(gone, kept)
        signals.clients_merging.send(sender=Client, kept=kept, gone=gone)
        _join(kept, gone, {name for name, wanted in (take or {}).items() if wanted})
        gone.delete()
        _save(kept)
        if finish is not None:
            finish(kept, moved)
        return kept

    return write_path.transact(work)


def _move(gone: Client, kept: Client) -> dict[str, int]:
    """Whatever points to a client points to the one who stays: appointments, consents, files, wishes, and what comes."""
    moved: dict[str, int] = {}
    for relation in Client._meta.related_objects:
        model: Any = relation.related_model
        name = relation.field.name
        moved[model._meta.model_name] = model._default_manager.filter(**{name: gone}).update(**{name: kept})
    return moved


def _join(kept: Client, gone: Client, take: set[str]) -> None:
    for name in CHOSEN:
        if name in take or not getattr(kept, name):
            setattr(kept, name, getattr(gone, name) or getattr(kept, name))
    notes = [text for text in (kept.notes, gone.notes) if text]
    kept.notes = "\n\n".join(dict.fromkeys(notes))[:LONGEST_NOTES]
    tags = {tag.lower(): tag for tag in [*gone.tags, *kept.tags]}
    kept.tags = sorted(tags.values(), key=str.lower)[:MOST_TAGS]
    kept.reminders = kept.reminders and gone.reminders
    if gone.blocked_at is not None and kept.blocked_at is None:
        kept.blocked_at, kept.blocked_reason = gone.blocked_at, gone.blocked_reason
    kept.created_at = min(kept.created_at, gone.created_at)
    kept.possible_duplicate = False


def _save(kept: Client) -> None:
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as error:  # a third client has the phone that is left to tell this one by
        raise Conflict("client_exists", _("Somebody else has this e-mail or phone already.")) from error
