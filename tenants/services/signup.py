"""Signing up: an account and a pending business, a mail, and the business itself once the address is verified.

The answer never tells whether an address is known. Who opens the mail's link in another browser than the one that
signed up gives the chosen password: a stranger's sign-up with my address cannot become my account with their password.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import connection, transaction

from daybook.core.errors import DaybookError, NotFound
from tenants.models import Business, User
from tenants.services import mails, people, provisioning
from tenants.services.provisioning import Details
from tenants.services.slugs import check_slug

SALT = "daybook.signup"
LINK_LIFE = timedelta(days=3)


class StaleLink(NotFound):
    """The link is wrong, too old, or its sign-up was replaced by a later one."""

    def __init__(self) -> None:
        super().__init__("link_invalid")


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs up; the password in clear, to be hashed at once."""

    name: str
    email: str
    password: str


def sign_up(*, person: Person, details: Details) -> str:
    """Write the sign-up and its mail; answers the mark that this browser keeps (a business's id, or nothing of worth).

    A known address gets a mail that says so, and nothing is changed. Who signs up once more, because the mail is lost
    or the button was pressed twice, has the slug still. Raises Invalid or Conflict for the slug only.
    """
    email = person.email.strip().lower()
    with transaction.atomic():
        _one_after_the_other(email)
        known = people.by_email(email)
        if known is not None and people.is_settled(known):
            check_slug(details.slug)
            make_password(person.password)  # as slow as the other branch
            mails.send(to=known.email, template="known", context={"person": known})
            return ""
        user = _account(known, person, email)
        business = provisioning.reserve(details, owner=user)
        _mail_link(user, business)
    return str(business.pk)


def _one_after_the_other(email: str) -> None:
    """Sign-ups with one address wait for each other until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('sign-up:' || %s, 0))", [email])


def _account(known: User | None, person: Person, email: str) -> User:
    """The new account, or the unverified one begun anew: the last sign-up counts, earlier links die with theirs."""
    if known is None:
        return people.make_person(email=email, password=person.password, name=person.name, verified=False)
    people.forget_pending(known)
    known.name = person.name.strip()
    known.set_password(person.password)
    known.save()
    EmailAddress.objects.get_or_create(user=known, email=known.email, defaults={"primary": True, "verified": False})
    return known


def _mail_link(user: User, business: Business) -> None:
    token = signing.dumps({"user": str(user.pk), "business": str(business.pk)}, salt=SALT)
    link = f"{settings.PLATFORM_URL}/signup/verify/{token}/"
    mails.send(to=user.email, template="verify", context={"person": user, "new_business": business, "link": link})


@dataclass(frozen=True, slots=True)
class Opened:
    """A verification link that still holds."""

    user: User
    business: Business
    verified: bool


def open_link(token: str) -> Opened:
    """Read a verification link; changes nothing. Raises StaleLink."""
    try:
        content = signing.loads(token, salt=SALT, max_age=LINK_LIFE)
        business = Business.objects.get(pk=content["business"])
        user = User.objects.get(pk=content["user"], memberships__business=business)
    except (signing.BadSignature, Business.DoesNotExist, User.DoesNotExist) as error:
        raise StaleLink() from error
    return Opened(user, business, EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists())


def verify(opened: Opened) -> bool:
    """Mark the address as verified. True for the one call that does it: that browser is signed in, later ones are not."""
    addresses = EmailAddress.objects.filter(user=opened.user, email=opened.user.email, verified=False)
    return bool(addresses.update(verified=True, primary=True) == 1)


def may_finish(opened: Opened, *, mark: str, password: str) -> bool:
    """Whether this is the browser that signed up, or somebody who knows the chosen password."""
    return mark == str(opened.business.pk) or opened.user.check_password(password)


def finish(business: Business, *, now: datetime) -> bool:
    """Make the business's schema; False when that failed (it can be retried)."""
    try:
        provisioning.make_schema(business, now=now)
    except DaybookError:
        raise
    except Exception:  # noqa: BLE001  logged by provisioning with its reason, which the business record keeps
        return False
    return True


def add_business(*, owner: User, details: Details, now: datetime) -> Business:
    """Another business of somebody who is signed in: made at once, left for a retry when making fails."""
    check_slug(details.slug)
    business = provisioning.reserve(details, owner=owner)
    finish(business, now=now)
    return business
