"""People in a business: inviting, accepting, roles, leaving."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from daybook.core import audit, clock, crypto
from daybook.core.actors import Actor, ActorKind
from daybook.core.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.enums import CalendarScope, Right, Role, rights
from tenants.models import Business, Invitation, Membership, User
from tenants.services import mails, people, sessions
from tenants.signals import member_deactivated

LIFE = timedelta(days=7)  # real time


def invite(
    *,
    business: Business,
    email: str,
    role: Role,
    by: Membership,
    provider_id: UUID | None = None,
    request: HttpRequest | None = None,
) -> tuple[Invitation, str]:
    """Invite a person by mail; a second invitation of the same address replaces the first. Answers it and its token.

    Raises Conflict for somebody who is an active member, Forbidden when the role may more than who invites.
    """
    email = email.strip().lower()
    _may_give(by, role)
    _keep_to_own_rights(by, rights(role))
    if Membership.objects.filter(business=business, user__email__iexact=email, active=True).exists():
        message = _("This person is already a member.")
        raise Conflict("already_member", message, {"fields": {"email": [message]}})
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Invitation.objects.filter(business=business, email__iexact=email, accepted_at__isnull=True).delete()
        invitation = Invitation.objects.create(
            business=business,
            email=email,
            role=role,
            provider_id=provider_id,
            token_digest=crypto.digest(token),
            invited_by=by.user,
            expires_at=timezone.now() + LIFE,
        )
        link = f"{settings.PLATFORM_URL}/invitations/{token}/"
        mails.send(to=email, template="invitation", context={"invitation": invitation, "link": link})
        _record("invitation.sent", invitation, by, after={"role": role, "provider": provider_id}, request=request)
    return invitation, token


def withdraw(invitation: Invitation, *, by: Membership, request: HttpRequest | None = None) -> None:
    """Take an open invitation back; its link opens nothing any more."""
    _may_give(by, Role(invitation.role))
    with transaction.atomic():
        _record("invitation.withdrawn", invitation, by, before={"role": invitation.role}, request=request)
        Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True).delete()


def open_invitation(token: str) -> Invitation:
    """The invitation behind a link, if it is open. Raises NotFound."""
    invitations = Invitation.objects.select_related("business", "invited_by")
    kept = {"token_digest": crypto.digest(token), "accepted_at__isnull": True, "expires_at__gt": timezone.now()}
    found = invitations.filter(**kept).first()
    if found is None:
        raise NotFound("link_invalid")
    return found


def accept(invitation: Invitation, *, user: User) -> Membership:
    """Make the person a member with the invited role; only whom the mail was sent to, and only once."""
    if user.email.lower() != invitation.email.lower():
        raise Forbidden("other_address", _("This invitation was sent to another address."))
    now = timezone.now()
    with transaction.atomic():
        taken = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, expires_at__gt=now)
        if taken.update(accepted_at=now) != 1:
            raise NotFound("link_invalid")
        values = {
            "role": invitation.role,
            "provider_id": invitation.provider_id,
            "active": True,
            "calendar": CalendarScope.ROLE,
            "may_export": None,
        }
        member, _made = Membership.objects.update_or_create(business=invitation.business, user=user, defaults=values)
        _record("member.joined", member, member, after=_facts(member))
    return member


def accept_as_new(invitation: Invitation, *, name: str, password: str) -> User:
    """An account for an invited address that has none. The mail's link has proved the address. Raises Conflict."""
    if has_account(invitation.email):
        raise Conflict("known_address", _("There is an account with this address. Sign in to accept."))
    with transaction.atomic():
        unfinished = people.by_email(invitation.email)
        if unfinished is not None:  # a sign-up whose mail nobody answered: the address is proved only now
            people.forget_pending(unfinished)
            unfinished.delete()
        user = people.make_person(email=invitation.email, password=password, name=name)
        accept(invitation, user=user)
    return user


def has_account(email: str) -> bool:
    """Whether somebody has an account with this address, more than an unfinished sign-up."""
    known = people.by_email(email)
    return known is not None and people.is_settled(known)


def add(*, business: Business, user: User, role: Role, provider_id: UUID | None = None) -> Membership:
    """Make the person a member without an invitation: for operators, demo data and fixtures."""
    values = {"role": role, "provider_id": provider_id, "active": True}
    return Membership.objects.update_or_create(business=business, user=user, defaults=values)[0]


def change_role(
    member: Membership,
    *,
    role: Role,
    by: Membership,
    provider_id: UUID | None = None,
    calendar: str = CalendarScope.ROLE,
    may_export: bool | None = None,
    request: HttpRequest | None = None,
) -> None:
    """Give the member another role, provider and exceptions from the role. The last owner stays one.

    Nobody but an owner changes what he himself may do, and nobody gives what he may not do (Forbidden).
    """
    if role not in Role.values:
        raise Invalid("invalid_role", _("There is no such role."), {"role": [_("There is no such role.")]})
    if calendar not in CalendarScope.values:
        raise Invalid("invalid_calendar", _("There is no such choice."), {"calendar": [_("There is no such choice.")]})
    _may_give(by, Role(member.role))
    _may_give(by, role)
    if member.pk == by.pk and by.role != Role.OWNER:
        raise Forbidden("own_rights", _("You cannot change your own permissions. Ask an owner."))
    had = rights(member.role, member.calendar, member.may_export)
    _keep_to_own_rights(by, rights(role, calendar, may_export) - had)
    with transaction.atomic():
        if role != Role.OWNER:
            _not_the_last_owner(member)
        before = _facts(member)
        member.role, member.provider_id = role, provider_id
        member.calendar, member.may_export = calendar, may_export
        member.save(update_fields=["role", "provider_id", "calendar", "may_export"])
        _record("member.changed", member, by, before=before, after=_facts(member), request=request)


def deactivate(member: Membership, *, by: Membership, request: HttpRequest | None = None) -> list[str]:
    """The member loses access with the next request, in every session. The last owner cannot be removed.

    Answers what else was let go of, in sentences: `member_deactivated`.
    """
    _may_give(by, Role(member.role))
    business = member.business
    with transaction.atomic():
        _not_the_last_owner(member)
        was_active = member.active
        _switch(member, False, by=by, request=request)
        if not was_active:
            return []
        with tenant_context(business):
            answers: list[tuple[Any, Any]] = member_deactivated.send(
                Membership, member=member, business=business, by=_actor(by), request=request, now=clock.now()
            )
    return [sentence for _receiver, said in answers for sentence in said]


def reactivate(member: Membership, *, by: Membership, request: HttpRequest | None = None) -> None:
    """Give a removed member access again, with the permissions there were."""
    _may_give(by, Role(member.role))
    _keep_to_own_rights(by, rights(member.role, member.calendar, member.may_export))
    with transaction.atomic():
        _switch(member, True, by=by, request=request)


def _switch(member: Membership, active: bool, *, by: Membership, request: HttpRequest | None) -> None:
    before = _facts(member)
    member.active = active
    member.save(update_fields=["active"])
    if not active:
        sessions.end_in_business(user_id=member.user_id, business_id=member.business_id)
    action = "member.reactivated" if active else "member.deactivated"
    _record(action, member, by, before=before, after=_facts(member), request=request)


def _facts(member: Membership) -> dict[str, Any]:
    names = ("role", "provider_id", "calendar", "may_export", "active")
    return {name: getattr(member, name) for name in names}


def _record(
    action: str,
    thing: Membership | Invitation,
    by: Membership,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> None:
    """A line of the audit log: who did it to whom."""
    name = thing.user.get_full_name() if isinstance(thing, Membership) else thing.email
    line = audit.Line(action, action.split(".")[0], thing.pk, name, before, after)
    audit.record(line, tenant_id=thing.business_id, by=_actor(by), request=request)


def _actor(by: Membership) -> Actor:
    return Actor(ActorKind.MEMBER, str(by.pk), by.user.get_full_name()[:100])


def _keep_to_own_rights(by: Membership, given: frozenset[Right]) -> None:
    """Nobody gives more than he may himself, so that nobody gets around his own limits through another."""
    if not given <= rights(by.role, by.calendar, by.may_export):
        raise Forbidden("more_than_own", _("You cannot give permissions that you do not have yourself."))


def _may_give(by: Membership, role: Role) -> None:
    """Owners are made, changed and removed by owners only."""
    if role == Role.OWNER and by.role != Role.OWNER:
        raise Forbidden("owners_only", _("Only an owner can do this."))


def _not_the_last_owner(member: Membership) -> None:
    """Within the transaction that changes the member: two owners cannot remove each other at the same time."""
    Business.objects.select_for_update().get(pk=member.business_id)
    if member.role != Role.OWNER or not member.active:
        return
    others = Membership.objects.filter(business_id=member.business_id, role=Role.OWNER, active=True)
    if not others.exclude(pk=member.pk).exists():
        raise Conflict("last_owner", _("A business needs an owner. Make somebody else owner first."))
