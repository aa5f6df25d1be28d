"""Reading about businesses and people."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import gettext as _

from daybook.core.errors import Forbidden, NotFound
from tenants.domain import places
from tenants.domain.devices import device
from tenants.enums import BusinessStatus, Right, Role
from tenants.models import (
    ApiKey,
    Business,
    DataExport,
    Domain,
    DomainKind,
    Invitation,
    Membership,
    Plan,
    SignIn,
    StripeAccount,
    User,
)

STEPS = (Authenticator.Type.TOTP.value, Authenticator.Type.WEBAUTHN.value)


def paused_schemas() -> list[str]:
    """Schemas whose outbox rows wait, except cancellation and money: suspended and closed businesses."""
    paused = (BusinessStatus.SUSPENDED, BusinessStatus.CLOSED)
    return list(Business.objects.filter(status__in=paused).values_list("schema_name", flat=True))


def businesses_with_data() -> list[Business]:
    """Every business whose schema is made and up to date, suspended and closed ones too, oldest first."""
    kept = (BusinessStatus.ACTIVE, BusinessStatus.SUSPENDED, BusinessStatus.CLOSED)
    return list(Business.objects.filter(status__in=kept, schema_ready=True).order_by("created_at"))


def served_business(business_id: UUID | None) -> Business | None:
    """The business with this id, if its data can be worked with: active, suspended or closed, and up to date."""
    kept = (BusinessStatus.ACTIVE, BusinessStatus.SUSPENDED, BusinessStatus.CLOSED)
    found = Business.objects.filter(pk=business_id, status__in=kept, schema_ready=True) if business_id else None
    return found.first() if found is not None else None


def business_by_slug(slug: str) -> Business | None:
    """The business whose present slug this is."""
    found: Business | None = Business.objects.filter(slug=slug).first()
    return found


def business_url(business: Business, path: str = "/") -> str:
    """The address of a path on the business's host; scheme and port are the platform's."""
    platform = urlsplit(settings.PLATFORM_URL)
    port = f":{platform.port}" if platform.port else ""
    return f"{platform.scheme}://{business.slug}.{settings.BASE_DOMAIN}{port}{path}"


def client_url(business: Business, path: str = "/") -> str:
    """The address of a client's page: on the business's primary domain, a custom one once it is verified."""
    primary = Domain.objects.filter(tenant=business, is_primary=True, kind=DomainKind.CUSTOM, verified_at__isnull=False)
    domain = primary.first()
    if domain is None:
        return business_url(business, path)
    platform = urlsplit(settings.PLATFORM_URL)
    port = f":{platform.port}" if platform.port else ""
    return f"{platform.scheme}://{domain.domain}{port}{path}"


def exports(business: Business) -> list[DataExport]:
    """Copies of the business's data that are being made or kept, the latest first."""
    return list(DataExport.objects.select_related("requested_by").filter(business=business).order_by("-created_at"))


def closed_businesses(user: User) -> list[Membership]:
    """Memberships of an owner in businesses that are closed."""
    found = Membership.objects.select_related("business").filter(user=user, active=True, role=Role.OWNER)
    return list(found.filter(business__status=BusinessStatus.CLOSED).order_by("business__name"))


def custom_domains(business: Business) -> list[Domain]:
    """The business's own domains, in the order in which they were added."""
    return list(Domain.objects.filter(tenant=business, kind=DomainKind.CUSTOM).order_by("pk"))


def access_domain(business: Business, domain_id: int) -> Domain:
    """One of the business's own domains, else NotFound."""
    found: Domain | None = Domain.objects.filter(tenant=business, kind=DomainKind.CUSTOM, pk=domain_id).first()
    if found is None:
        raise NotFound()
    return found


def membership(user: User, business: Business) -> Membership | None:
    """The person's active membership in the business."""
    return membership_by_id(user.pk, business)


def membership_by_id(user_id: UUID | None, business: Business) -> Membership | None:
    """The active membership of the (active) person with this id."""
    if user_id is None:
        return None
    members = Membership.objects.select_related("user")
    return members.filter(business=business, user_id=user_id, active=True, user__is_active=True).first()


def memberships(user: User) -> list[Membership]:
    """The person's active memberships with their businesses, by the business's name."""
    found = Membership.objects.select_related("business").filter(user=user, active=True)
    return list(found.exclude(business__status=BusinessStatus.CLOSED).order_by("business__name"))


def members(business: Business) -> list[Membership]:
    """Everybody who is or was a member, the active first."""
    return list(Membership.objects.select_related("user").filter(business=business).order_by("-active", "created_at"))


def open_invitations(business: Business) -> list[Invitation]:
    """Invitations that nobody has accepted yet."""
    return list(Invitation.objects.filter(business=business, accepted_at__isnull=True).order_by("created_at"))


def api_keys(business: Business) -> list[ApiKey]:
    """All keys, the usable first."""
    return list(ApiKey.objects.filter(business=business).order_by("-revoked_at", "created_at"))


def access_member(business: Business, member_id: UUID) -> Membership:
    """The member of this business, else NotFound."""
    found = Membership.objects.select_related("user", "business").filter(business=business, pk=member_id).first()
    if found is None:
        raise NotFound()
    return found


def access_invitation(business: Business, invitation_id: UUID) -> Invitation:
    """The invitation of this business that nobody has accepted yet, else NotFound."""
    open_ones = Invitation.objects.select_related("business").filter(business=business, accepted_at__isnull=True)
    found = open_ones.filter(pk=invitation_id).first()
    if found is None:
        raise NotFound()
    return found


def access_key(business: Business, key_id: UUID) -> ApiKey:
    """The key of this business, else NotFound."""
    found = ApiKey.objects.filter(business=business, pk=key_id).first()
    if found is None:
        raise NotFound()
    return found


def require(member: Membership | None, right: Right) -> Membership:
    """The member, if there is one and the role has the right; NotFound for strangers, Forbidden for members without it."""
    if member is None or not member.active:
        raise NotFound()
    if not member.may(right):
        raise Forbidden("forbidden", _("Your role does not allow this."))
    return member


@dataclass(frozen=True)
class TwoSteps:
    """What a person signs in with besides the password: a code of an app, passkeys and security keys."""

    app: bool = False
    passkeys: int = 0

    @property
    def on(self) -> bool:
        """Whether there is a second step at all."""
        return self.app or self.passkeys > 0


def two_steps(user_ids: Iterable[UUID]) -> dict[UUID, TwoSteps]:
    """For each of these people, in one query."""
    kinds: dict[UUID, list[str]] = {user_id: [] for user_id in user_ids}
    kept = Authenticator.objects.filter(user_id__in=kinds, type__in=STEPS)
    for user_id, kind in kept.values_list("user_id", "type"):
        kinds[user_id].append(kind)
    return {user_id: TwoSteps(STEPS[0] in found, found.count(STEPS[1])) for user_id, found in kinds.items()}


def without_two_steps(business: Business) -> list[Membership]:
    """The active members who sign in with a password alone."""
    active = [member for member in members(business) if member.active]
    found = two_steps(member.user_id for member in active)
    return [member for member in active if not found[member.user_id].on]


def must_set_up_two_steps(user: User, business: Business) -> bool:
    """Whether the business waits for this person to set up two-step sign-in."""
    return business.two_steps_needed and not two_steps([user.pk])[user.pk].on


def device_words(agent: str) -> str:
    """A browser as people call it, from its User-Agent header."""
    found = device(agent)
    if found.browser and found.system:
        return _("%(browser)s on %(system)s") % {"browser": found.browser, "system": found.system}
    return found.browser or found.system or _("Unknown browser")


def sign_ins(user: User) -> list[SignIn]:
    """The sessions in which the person is signed in, the one used last first.

    Sessions that have expired, or that began with another password, are none any more.
    """
    listed = list(SignIn.objects.select_related("business").filter(user=user, ended_at=None).order_by("-seen_at"))
    keys = [row.session_key for row in listed]
    present = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    proof = user.get_session_auth_hash()
    living = {row.session_key for row in present if row.get_decoded().get(HASH_SESSION_KEY) == proof}
    return [row for row in listed if row.session_key in living]


def payment_account(business: Business) -> StripeAccount | None:
    """The account at the payment vendor that the business uses now. One whose `account_id` is "" is still being made."""
    return StripeAccount.objects.filter(business=business, current=True).first()


def latest_account(business: Business) -> StripeAccount | None:
    """The account that the business uses, else the one it used last."""
    return StripeAccount.objects.filter(business=business).order_by("-current", "-ended_at").first()


def former_accounts(business: Business) -> list[StripeAccount]:
    """Accounts that the business used before, the latest first."""
    return list(StripeAccount.objects.filter(business=business, current=False).order_by("-ended_at"))


def account_by_id(account_id: str) -> StripeAccount | None:
    """The account with this id of the vendor's, with its business; also one that is not used any more."""
    return StripeAccount.objects.select_related("business").filter(account_id=account_id).exclude(account_id="").first()


def fee_basis_points(business: Business) -> int:
    """What the platform takes of each online payment, in hundredths of a percent: the business's own, the plan's, or
    what holds for all."""
    agreed = Business.objects.filter(pk=business.pk).values_list("fee_basis_points", "plan__fee_basis_points").first()
    own, plan = agreed or (None, None)
    if own is not None:
        return int(own)
    return int(settings.PLATFORM_FEE_BASIS_POINTS if plan is None else plan)


def owners(business: Business) -> list[User]:
    """The people who own the business."""
    found = Membership.objects.select_related("user").filter(business=business, active=True, role=Role.OWNER)
    return [member.user for member in found]


def country_choices(language: str) -> list[tuple[str, str]]:
    """(ISO 3166 code, name in that language), by name."""
    return places.countries(language)


def plans() -> list[Plan]:
    """All plans by name."""
    return list(Plan.objects.order_by("name"))


def plan_by_slug(slug: str) -> Plan | None:
    """The plan, if there is one."""
    return Plan.objects.filter(slug=slug).first()
