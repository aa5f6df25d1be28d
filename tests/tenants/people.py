"""The cast: Alice owns acme, Bob keeps its front desk, Charlie owns zen and must see nothing of acme."""

from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from tenants.enums import Role
from tenants.models import Business, Membership, User
from tenants.services.people import make_person

PASSWORD = "a-long-enough-secret"


def person(name: str) -> User:
    """An account with a verified address."""
    return make_person(email=f"{name}@people.test", password=PASSWORD, name=name.title())


def member(business: Business, name: str, role: Role = Role.OWNER) -> Membership:
    """A person with a role in the business."""
    return Membership.objects.create(business=business, user=person(name), role=role)


def sign_in(client: Client, name: str, password: str = PASSWORD) -> Any:
    """On the platform host, as a person does."""
    return client.post("/accounts/login/", {"login": f"{name}@people.test", "password": password})


def follow_to(client: Client, location: str) -> Any:
    """Open an address of this client's host."""
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}")


def enter(platform: Client, host: Client, slug: str, path: str = "/dashboard/") -> Any:
    """The whole way from the platform's session to one on the business's host."""
    return follow_to(host, platform.get(f"/go/{slug}/", {"next": path}).headers["Location"])
