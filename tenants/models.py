"""Businesses, the hosts that name them, and the people in them. Everything here lives in `public`."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django_tenants.models import DomainMixin, TenantMixin

from daybook.core.ids import new_id, new_short_id
from tenants.enums import AccountEnd, BusinessStatus, CalendarScope, KeyKind, Right, Role, WaitlistOrder, rights


class UserManager(BaseUserManager["User"]):
    """Makes people who are known by their e-mail."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **extra: object) -> "User":
        """A person with a lower-cased e-mail and a hashed password (none: cannot log in by password)."""
        user = self.model(email=email.strip().lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: object) -> "User":
        """An operator of the platform."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractUser):
    """A person, known platform-wide by e-mail."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name or self.email.split("@")[0]


def new_schema_name() -> str:
    """`b_` and a short random id: never the slug, which may change."""
    return f"b_{new_short_id()}"


class Plan(models.Model):
    """What businesses agree on with the platform: a fee of each online payment, in hundredths of a percent."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    fee_basis_points = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="plan_fee", condition=Q(fee_basis_points__lte=10_000))]

    def __str__(self) -> str:
        return self.name


class Business(TenantMixin):  # type: ignore[misc]  # django-tenants has no types
    """A tenant and its settings: one record.

    Times are IANA zones, durations minutes, `currency` a lower-case ISO 4217 code, `country` an ISO 3166 one,
    `brand_color` #rrggbb, `logo` a name of `core.media`. `message_switches` maps a kind of message to false where it is
    switched off. `two_steps_needed` keeps members without two-step sign-in out until they have set it up.
    `fee_basis_points` is a fee of online payments agreed on with this business alone; null: the plan's.
    `payments_lost`: clients could pay online and now cannot, by no choice of the business (kept by
    `services.payment_accounts`, for every page of the dashboard to say). `schema_ready` is false while the schema is missing or a migration of it has failed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    schema_name = models.CharField(max_length=63, unique=True, default=new_schema_name)
    slug = models.CharField(max_length=63, unique=True)
    name = models.CharField(max_length=100)
    status = models.CharField(max_length=12, choices=BusinessStatus, default=BusinessStatus.PENDING)
    status_reason = models.CharField(max_length=300, blank=True)
    schema_ready = models.BooleanField(default=False)
    country = models.CharField(max_length=2, blank=True)
    timezone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="usd")
    locale = models.CharField(max_length=10, default="en")

    tagline = models.CharField(max_length=120, blank=True)
    intro = models.TextField(max_length=2000, blank=True)
    policy_text = models.TextField(max_length=5000, blank=True)
    address = models.CharField(max_length=300, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    website = models.URLField(max_length=200, blank=True)
    brand_color = models.CharField(max_length=7, default="#0f5c4c")
    theme = models.CharField(
        max_length=5, default="light", choices=[("light", "Light"), ("auto", "Auto"), ("dark", "Dark")]
    )
    embed_origins = models.JSONField(default=list, blank=True)
    logo = models.CharField(max_length=200, blank=True)

    hold_minutes = models.PositiveSmallIntegerField(default=10)
    cancel_cutoff_minutes = models.PositiveIntegerField(default=120)
    reschedule_cutoff_minutes = models.PositiveIntegerField(default=120)
    complete_after_minutes = models.PositiveIntegerField(default=720)
    reminder_minutes = models.JSONField(default=list, blank=True)
    message_switches = models.JSONField(default=dict, blank=True)
    waitlist_open = models.BooleanField(default=True)
    waitlist_offer_minutes = models.PositiveSmallIntegerField(default=60)
    waitlist_order = models.CharField(max_length=8, choices=WaitlistOrder, default=WaitlistOrder.FIRST)
    onboarding = models.JSONField(default=dict, blank=True)
    two_steps_needed = models.BooleanField(default=False)
    payments_lost = models.BooleanField(default=False)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="+")
    fee_basis_points = models.PositiveSmallIntegerField(null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    auto_create_schema = False
    auto_drop_schema = False

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Takes new bookings."""
        return self.status == BusinessStatus.ACTIVE

    @property
    def initials(self) -> str:
        """One to three letters for the logo tile."""
        words = [w for w in self.name.replace("&", " & ").split() if w[0].isalnum() or w == "&"]
        return "".join(w[0].upper() for w in words[:3]) or "?"


class DomainKind(models.TextChoices):
    SLUG = "slug"
    OLD_SLUG = "old_slug"
    CUSTOM = "custom"


class Domain(DomainMixin):  # type: ignore[misc]
    """A host name that leads to a business, lower case, without port.

    An old slug's host redirects to the present one and stays reserved; a custom domain routes once it is verified,
    and shows client pages only.
    """

    domain = models.CharField(max_length=253, unique=True)
    kind = models.CharField(max_length=10, choices=DomainKind, default=DomainKind.SLUG)
    token = models.CharField(max_length=64, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.domain


class Membership(models.Model):
    """A person's role in a business. `provider_id` links to the provider in the business's schema, if any.

    `calendar` and `may_export` give more or less than the role does (`enums.rights`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    business = models.ForeignKey(Business, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    provider_id = models.UUIDField(null=True, blank=True)
    calendar = models.CharField(max_length=3, choices=CalendarScope, default=CalendarScope.ROLE, blank=True)
    may_export = models.BooleanField(null=True, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["business", "user"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    def may(self, right: Right) -> bool:
        """Whether this member has the right."""
        return self.active and right in rights(self.role, self.calendar, self.may_export)


class Invitation(models.Model):
    """An invitation by mail to become a member; the token is kept as a digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    business = models.ForeignKey(Business, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Role)
    provider_id = models.UUIDField(null=True, blank=True)
    token_digest = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "business", Lower("email"), condition=Q(accepted_at__isnull=True), name="one_open_invitation"
            ),
            models.UniqueConstraint(fields=["token_digest"], name="invitation_token"),
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.business}"


class SignIn(models.Model):
    """A session of a person, as he is told of it: on the platform, or on the host of a `business`.

    A business's session was opened from one of the platform's (`origin`) and ends with it. Times are real time. Ended
    ones are kept for a while, so that a device which has not been seen before is known as new.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    business = models.ForeignKey(Business, models.CASCADE, null=True, related_name="+")
    origin = models.ForeignKey("self", models.SET_NULL, null=True, related_name="opened")
    session_key = models.CharField(max_length=40)
    agent = models.CharField(max_length=300, blank=True)
    address = models.GenericIPAddressField()
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-seen_at"], name="sign_in_by_user")]

    def __str__(self) -> str:
        return f"{self.user}, {self.began_at:%Y-%m-%d %H:%M}"


class HandoffCode(models.Model):
    """A single-use code that carries a signed-in person from the platform host to a business's host. Lives 60 s."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    business = models.ForeignKey(Business, models.CASCADE, related_name="+")
    origin = models.ForeignKey(SignIn, models.CASCADE, null=True, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user} → {self.business}"


class ApiKey(models.Model):
    """A key of a business. Publishable ones (`pk_live_{slug}_{random}`) name it; secret ones act for it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    business = models.ForeignKey(Business, models.CASCADE, related_name="api_keys")
    kind = models.CharField(max_length=12, choices=KeyKind)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=90)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="api_key_digest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class ExportState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class DataExport(models.Model):
    """A copy of everything of a business, made in the background and kept for some days. `file` is a name of `core.media`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    business = models.ForeignKey(Business, models.CASCADE, related_name="exports")
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=ExportState, default=ExportState.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    file = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.business} {self.created_at:%Y-%m-%d}"


class StripeAccount(models.Model):
    """A business's account at Stripe, and what was last read of it. Kept for good: old payments are refunded there.

    One is `current`. `account_id` is "" until Stripe has answered; `key` makes a repeat the same request. `capability`,
    `due`, `deadline` are Stripe's words; `checked_at` is when it was asked for them (real time, the others domain time).
    `ready_at`: when it could first charge; `lost_at`: since when it no longer can. An account that has ended says why.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    business = models.ForeignKey(Business, models.CASCADE, related_name="stripe_accounts")
    account_id = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=100)
    current = models.BooleanField(default=True)
    can_charge = models.BooleanField(default=False)
    can_be_paid_out = models.BooleanField(default=False)
    capability = models.CharField(max_length=20, blank=True)
    due = models.JSONField(default=list)
    deadline = models.CharField(max_length=20, blank=True)
    deadline_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=80, blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    country = models.CharField(max_length=2, blank=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=12, blank=True, choices=AccountEnd)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business"], condition=Q(current=True), name="one_current_account"),
            models.UniqueConstraint(fields=["account_id"], condition=~Q(account_id=""), name="account_of_one_business"),
            models.CheckConstraint(
                name="account_ended",
                condition=Q(current=True, ended_at=None) | Q(current=False, ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.account_id or "…"
