"""Who may touch what: a member who only gives services keeps to his own; and what is remembered of a change."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from daybook.core.errors import Forbidden
from scheduling.selectors.appointments import sees_all
from scheduling.services import recording
from scheduling.services.recording import Thing, Trail
from tenants.auth import actor
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


def recorded(request: HttpRequest, action: str, thing: Thing | None = None) -> AbstractContextManager[Trail]:
    """Around a change: its transaction, and a line of the audit log with what was before and after."""
    tenant_id: UUID = request.business.pk  # type: ignore[attr-defined]
    return recording.recorded(action, thing, tenant_id=tenant_id, by=actor(request), request=request)


def recorded_hours(
    request: HttpRequest, name: str, read: Callable[[], list[str]], *, key: object = ""
) -> AbstractContextManager[None]:
    """The same for a whole list of weekly hours."""
    business = request.business  # type: ignore[attr-defined]
    return recording.recorded_list(
        "hours.changed", name or business.name, read, tenant_id=business.pk, by=actor(request), request=request, key=key
    )
