"""Accounts."""

from allauth.account.models import EmailAddress
from django.db import transaction

from tenants.enums import BusinessStatus
from tenants.models import Business, User


def make_person(*, email: str, password: str | None, name: str = "", verified: bool = True) -> User:
    """An account that can sign in (once its address is verified). Raises IntegrityError for a known address."""
    with transaction.atomic():
        user = User.objects.create_user(email, password, name=name.strip())
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    return user


def by_email(email: str) -> User | None:
    """The account with this address, in any case of letters."""
    return User.objects.filter(email__iexact=email.strip()).first()


def is_settled(user: User) -> bool:
    """A verified account, or one that is more than a sign-up whose mail nobody answered."""
    verified = EmailAddress.objects.filter(user=user, verified=True).exists()
    return verified or user.memberships.exclude(business__status=BusinessStatus.PENDING).exists()


def forget_pending(user: User) -> None:
    """Give up the businesses of an unfinished sign-up, and their slugs."""
    for business in Business.objects.filter(memberships__user=user, status=BusinessStatus.PENDING):
        business.delete()


def ensure_person(*, email: str, password: str, name: str = "") -> User:
    """The account with this address and password, made or brought up to date: for demo data and fixtures."""
    known = by_email(email)
    if known is None:
        return make_person(email=email, password=password, name=name)
    known.name = name.strip() or known.name
    known.set_password(password)
    known.save(update_fields=["name", "password"])
    return known
