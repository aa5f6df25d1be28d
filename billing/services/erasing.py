"""Forgetting a person in what he bought, gave and used. What it is worth, and whether it was used, stays."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import ClientPackage, GiftCertificate, PriceUse

if TYPE_CHECKING:
    from scheduling.models import Client


def forget(*, client: Client, emails: Collection[str]) -> None:
    """Blank name and address of a client who was erased; `emails` were his, in lower case."""
    nobody, known = _("Erased client"), list(emails)
    ClientPackage.objects.filter(Q(client=client) | Q(client_email__in=known)).update(
        client_name=nobody, client_email="", client_locale=""
    )
    GiftCertificate.objects.filter(buyer_email__in=known).update(buyer_name=nobody, buyer_email="", message="")
    GiftCertificate.objects.filter(recipient_email__in=known).update(recipient_name="", recipient_email="", message="")
    PriceUse.objects.filter(Q(appointment__client=client) | Q(client_email__in=known)).update(client_email="")
