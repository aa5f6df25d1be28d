"""When this happens → do that."""

from typing import TYPE_CHECKING, Any

from scheduling.services.team import make_provider
from tenants.signals import business_made

if TYPE_CHECKING:
    from tenants.models import Business


def connect() -> None:
    """Connect the receivers of this app."""
    business_made.connect(add_first_provider, dispatch_uid="first-provider")


def add_first_provider(business: "Business", owner_name: str, **facts: Any) -> None:
    """A new business has one provider: whoever signed up."""
    make_provider(business=business, name=owner_name[:100])
