"""People in a business: inviting, accepting, roles, leaving."""

import logging
import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from daybook.core import crypto
from daybook.core.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.enums import Role
from tenants.models import Business, Invitation, Membership, User
from tenants.services import mails, people

audit = logging.getLogger("daybook.audit")
LIFE = timedelta(days=7)  # real time


def invite(
    *, business: Business, email: str, role: Role, by: Membership, provider_id: UUID | None = None
) -> tuple[Invitation, str]:
    """Invite a person by mail; a second invitation of the same address replaces the first. Answers it and its token.

    Raises Conflict for somebody who is an active member, Forbidden when anybody but an owner invites an owner.
    """
    email = email.strip().lower()
    _may_give(by, role)
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
    audit.info("%s invited %s to %s as %s", by.user.pk, invitation.pk, business.slug, role)
    return invitation, token


def withdraw(invitation: Invitation, *, by: Membership) -> None:
    """Take an open invitation back; its link opens nothing any more."""
    audit.info("%s withdrew the invitation %s to %s", by.user.pk, invitation.pk, invitation.business.slug)
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
        values = {"role": invitation.role, "provider_id": invitation.provider_id, "active": True}
        member, _made = Membership.objects.update_or_create(business=invitation.business, user=user, defaults=values)
    audit.info("%s joined %s as %s", user.pk, invitation.business.slug, member.role)
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


def change_role(member: Membership, *, role: Role, by: Membership, provider_id: UUID | None = None) -> None:
    """Give the member another role (and provider). The last owner stays one."""
    if role not in Role.values:
        raise Invalid("invalid_role", _("There is no such role."), {"role": [_("There is no such role.")]})
    _may_give(by, Role(member.role))
    _may_give(by, role)
    with transaction.atomic():
        if role != Role.OWNER:
            _not_the_last_owner(member)
        member.role, member.provider_id = role, provider_id
        member.save(update_fields=["role", "provider_id"])
    audit.info("%s made %s %s of %s", by.user.pk, member.user_id, role, member.business.slug)


def deactivate(member: Membership, *, by: Membership) -> None:
    """The member loses access with the next request. The last owner cannot be removed."""
    _may_give(by, Role(member.role))
    with transaction.atomic():
        _not_the_last_owner(member)
        member.active = False
        member.save(update_fields=["active"])
    audit.info("%s removed %s from %s", by.user.pk, member.user_id, member.business.slug)


def reactivate(member: Membership, *, by: Membership) -> None:
    """Give a removed member access again, with the role there was."""
    _may_give(by, Role(member.role))
    member.active = True
    member.save(update_fields=["active"])
    audit.info("%s took %s back into %s", by.user.pk, member.user_id, member.business.slug)


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
