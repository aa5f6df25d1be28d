"""Who may sign in to the business: members, their roles, who of the providers they are, and invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from daybook.core import clock
from daybook.core.errors import Conflict, DaybookError, Forbidden
from daybook.core.inputs import refuse
from scheduling.forms.team import InvitationForm, MemberForm, rights_table
from scheduling.selectors.offer import providers
from scheduling.selectors.panels import panels
from scheduling.views.setup_doors import saved
from tenants import selectors
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right, Role
from tenants.services import members as service

if TYPE_CHECKING:
    from tenants.models import Membership


@member_required(Right.CHANGE_MEMBERS)
def members(request: HttpRequest) -> HttpResponse:
    """Everybody who is or was a member, and open invitations."""
    return _list(request)


def _list(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    business, by = business_of(request), member_of(request)
    names: dict[UUID | None, str] = {person.pk: person.name for person in providers()}
    rows = selectors.members(business)
    second = selectors.two_steps(row.user_id for row in rows)
    context = {
        "rows": [
            {
                "member": row,
                "provider": names.get(row.provider_id),
                "may_change": _may_change(by, row),
                "two_steps": second[row.user_id].on,
            }
            for row in rows
        ],
        "invitations": [
            {
                "invitation": row,
                "provider": names.get(row.provider_id),
                "over": row.expires_at <= timezone.now(),
                "may_change": by.role == Role.OWNER or row.role != Role.OWNER,
            }
            for row in selectors.open_invitations(business)
        ],
        "problem": problem,
        "panels": panels("members", business=business, member=by, team=rows, now=clock.now()),
        "may_setup": by.may(Right.CHANGE_SETUP),
        "provider_count": len(names),
    }
    return render(request, "scheduling/team/members.html", context, status=status)


def _may_change(by: Membership, row: Membership) -> bool:
    return by.role == Role.OWNER or row.role != Role.OWNER


@member_required(Right.CHANGE_MEMBERS, methods=FORM)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody by mail; another invitation of the same address replaces the first. `?provider=` is who it is."""
    by = member_of(request)
    form = InvitationForm(request.POST if request.method == "POST" else None, by=by, initial=_invited(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            service.invite(
                business=business_of(request), email=data["email"], role=Role(data["role"]), by=by,
                provider_id=form.provider_id(), request=request,
            )  # fmt: skip
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Invitation sent to %(email)s.") % {"email": data["email"]}, "members")
    context = {"form": form, "table": rights_table(form.rights())}
    return render(request, "scheduling/team/invite.html", context, status=422 if form.errors else 200)


def _invited(request: HttpRequest) -> dict[str, str]:
    """What the form starts with when it is opened from a person's page."""
    wanted = request.GET.get("provider", "")
    person = next((p for p in providers() if str(p.pk) == wanted), None)
    if person is None:
        return {"role": Role.FRONT_DESK.value}
    return {"role": Role.PROVIDER.value, "provider": wanted, "email": person.email}


@member_required(Right.CHANGE_MEMBERS, methods=("POST",))
def member_rights(request: HttpRequest) -> HttpResponse:
    """What somebody may do with the permissions chosen so far, as a table."""
    form = MemberForm(request.POST, by=member_of(request))
    form.is_valid()
    return render(request, "scheduling/team/_rights.html", {"table": rights_table(form.rights())})


@member_required(Right.CHANGE_MEMBERS, methods=("POST",))
def invitation(request: HttpRequest, invitation_id: UUID, action: str) -> HttpResponse:
    """Send an invitation again with a new link, or take it back."""
    found, by = selectors.access_invitation(business_of(request), invitation_id), member_of(request)
    words = {"email": found.email}
    if action == "withdraw":
        service.withdraw(found, by=by, request=request)
        return saved(request, _("The invitation of %(email)s was taken back.") % words, "members")
    try:
        service.invite(
            business=found.business, email=found.email, role=Role(found.role), by=by, provider_id=found.provider_id,
            request=request,
        )  # fmt: skip
    except Conflict as error:
        return _list(request, problem=error.message, status=error.status)
    return saved(request, _("Sent again to %(email)s, with a new link.") % words, "members")


@member_required(Right.CHANGE_MEMBERS, methods=FORM)
def edit_member(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """A member's permissions. The last owner stays one, and only owners change their own."""
    found, by = selectors.access_member(business_of(request), member_id), member_of(request)
    form = MemberForm(request.POST if request.method == "POST" else None, by=by, initial=_present(found))
    if request.method == "POST" and form.is_valid():
        role = Role(form.cleaned_data["role"])
        try:
            service.change_role(
                found, role=role, by=by, provider_id=form.provider_id(), request=request, **form.exceptions()
            )
        except (Conflict, Forbidden) as error:
            if isinstance(error, Forbidden) and error.code == "owners_only":
                raise
            form.add_error("role", error.message)
        else:
            words = {"name": found.user.get_full_name(), "role": role.label}
            return saved(request, _("%(name)s is now: %(role)s.") % words, "members")
    own = found.pk == by.pk and by.role != Role.OWNER
    context = {"form": form, "row": found, "table": rights_table(form.rights()), "own": own}
    return render(request, "scheduling/team/member.html", context, status=422 if form.errors else 200)


def _present(found: Membership) -> dict[str, str]:
    export = {None: "", True: "1", False: "0"}[found.may_export]
    present = {"role": found.role, "provider": str(found.provider_id or "")}
    return {**present, "calendar": found.calendar, "may_export": export}


@member_required(Right.CHANGE_MEMBERS, methods=("POST",))
def switch_member(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """End somebody's access, or give it back with the same role; the other way is the undo."""
    found, by = selectors.access_member(business_of(request), member_id), member_of(request)
    words = {"name": found.user.get_full_name()}
    address = reverse("switch_member", args=[found.pk])
    if request.POST.get("active", request.GET.get("active")) == "1":
        service.reactivate(found, by=by, request=request)
        return saved(request, _("%(name)s has access again.") % words, "members", undo=f"{address}?active=0")
    try:
        also = service.deactivate(found, by=by, request=request)
    except Conflict as error:
        return _list(request, problem=error.message, status=error.status)
    undo = "" if found.user_id == by.user_id else f"{address}?active=1"
    text = " ".join([_("%(name)s has no access any more.") % words, *also])
    return saved(request, text, "members", undo=undo)
