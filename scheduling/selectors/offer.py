"""Reading what can be booked, as staff see it: everything, switched off or not."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from daybook.core.errors import NotFound
from scheduling.enums import PaymentMode
from scheduling.models import Category, Provider, Service, ServiceProvider

_LINKS = ServiceProvider.objects.select_related("provider", "service").order_by("provider__position", "pk")


def services(*, active: bool | None = None) -> QuerySet[Service]:
    """Services in their order, with `category` and `links` (and their providers): 2 queries."""
    found = Service.objects.select_related("category").prefetch_related(Prefetch("links", _LINKS))
    found = found.order_by("position", "created_at", "id")
    return found if active is None else found.filter(active=active)


def access_service(service_id: UUID) -> Service:
    """The service, switched off or not, else NotFound."""
    found = services().filter(pk=service_id).first()
    if found is None:
        raise NotFound()
    return found


def providers(*, active: bool | None = None) -> QuerySet[Provider]:
    """The team in its order, with `links` (and their services): 2 queries."""
    links = ServiceProvider.objects.select_related("service").order_by("service__position", "pk")
    found = Provider.objects.prefetch_related(Prefetch("links", links)).order_by("position", "created_at", "id")
    return found if active is None else found.filter(active=active)


def access_provider(provider_id: UUID) -> Provider:
    """The provider, switched off or not, else NotFound."""
    found = providers().filter(pk=provider_id).first()
    if found is None:
        raise NotFound()
    return found


def categories() -> QuerySet[Category]:
    """The headings in their order."""
    return Category.objects.order_by("position", "name", "id")


def access_category(category_id: UUID) -> Category:
    """The category, else NotFound."""
    found = Category.objects.filter(pk=category_id).first()
    if found is None:
        raise NotFound()
    return found


def prices(service: Service) -> dict[UUID, int]:
    """What a booking of the service costs with each active provider, in minor units. 1 query."""
    links = ServiceProvider.objects.filter(service=service, provider__active=True)
    return {
        provider: service.price if price is None else price
        for provider, price in links.values_list("provider_id", "price")
    }


def service_names() -> list[tuple[UUID, str]]:
    """Every service, to choose from. 1 query."""
    return list(Service.objects.order_by("position", "created_at", "id").values_list("pk", "name"))


def how_paid(modes: Sequence[str]) -> str:
    """How a service is paid, in a few words: what is asked for at booking, where something has to be."""
    if PaymentMode.PAY_IN_PERSON in modes or not modes:
        return _("pay at the visit")
    if PaymentMode.DEPOSIT in modes:
        return _("deposit at booking")
    return _("card needed to book") if PaymentMode.CARD_ON_FILE in modes else _("paid at booking")
