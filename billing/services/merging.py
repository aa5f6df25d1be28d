"""Two clients who are one person: what was paid, kept and bought belongs to the one who stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps

from billing.models import StripeCustomer

if TYPE_CHECKING:
    from scheduling.models import Client


def merge(*, kept: Client, gone: Client) -> None:
    """Move every row of money, in the transaction that joins the two. Of two customers at one account the older stays."""
    known = StripeCustomer.objects.filter(client=kept).values_list("account_id", flat=True)
    StripeCustomer.objects.filter(client=gone, account_id__in=list(known)).delete()
    for model in apps.get_app_config("billing").get_models():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is type(kept):
                model._default_manager.filter(**{field.name: gone}).update(**{field.name: kept})
