"""Who may touch what: a member who only gives services keeps to his own."""

from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from daybook.core.errors import Forbidden
from scheduling.selectors.appointments import sees_all
from tenants.enums import Right


def keep_to_own(request: HttpRequest, provider_id: UUID | None) -> None:
    """Forbidden when the member sees only his own and this is not his."""
    member = request.member  # type: ignore[attr-defined]
    if not sees_all(member) and (provider_id is None or provider_id != member.provider_id):
        raise Forbidden("forbidden", _("This belongs to another provider."))


def keep_to_own_hours(request: HttpRequest, provider_id: UUID | None) -> None:
    """Forbidden when the member may not change these hours: everybody's with CHANGE_SETUP, else only his own."""
    member = request.member  # type: ignore[attr-defined]
    if member is None or member.may(Right.CHANGE_SETUP):
        return
    if provider_id is None or provider_id != member.provider_id:
        raise Forbidden("forbidden", _("Your role does not allow this."))
