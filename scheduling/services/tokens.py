"""The two secrets of an appointment: the client's manage token and the hold's. Derived, kept as digests."""

from uuid import UUID

from daybook.core.crypto import derive_token, digest
from scheduling.models import Appointment


def manage_token(tenant_id: UUID, appointment: Appointment) -> str:
    """What the links in the client's mails carry: bound to tenant, appointment, purpose and generation."""
    return derive_token(tenant_id, appointment.pk, "manage", appointment.token_generation)


def hold_token(tenant_id: UUID, appointment: Appointment) -> str:
    """What the client's form carries while the time is held."""
    return derive_token(tenant_id, appointment.pk, "hold", appointment.token_generation)


def stamp(tenant_id: UUID, appointment: Appointment) -> None:
    """Set the digests of a new appointment."""
    appointment.manage_digest = digest(manage_token(tenant_id, appointment))
    appointment.hold_digest = digest(hold_token(tenant_id, appointment))
