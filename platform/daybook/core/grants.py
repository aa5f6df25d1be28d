"""Which accounts outside are used by whom, over all businesses: a vendor takes back access from all of them at once."""

from uuid import UUID

from daybook.core.crypto import derive_token, digest
from daybook.core.models import Grant


def use(*, vendor: str, account: str, tenant_id: UUID, holder: UUID) -> None:
    """Note that the holder uses the account. Once is enough."""
    Grant.objects.get_or_create(vendor=vendor, account=_digest(vendor, account), tenant_id=tenant_id, holder=holder)


def leave(*, vendor: str, account: str, tenant_id: UUID, holder: UUID) -> bool:
    """Note that the holder uses it no more; answers whether nobody else does either."""
    users = Grant.objects.filter(vendor=vendor, account=_digest(vendor, account))
    users.filter(tenant_id=tenant_id, holder=holder).delete()
    return not users.exists()


def _digest(vendor: str, account: str) -> str:
    return digest(derive_token("grant", vendor, account.lower()))
