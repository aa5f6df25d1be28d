"""Writing what can be booked: categories, services, and who gives them at which price."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from daybook.core.checking import Checks
from daybook.core.errors import Conflict
from scheduling import signals
from scheduling.enums import DepositType, Hue, Location, PaymentMode, Visibility
from scheduling.errors import InUse
from scheduling.models import Category, Provider, Service, ServiceProvider

if TYPE_CHECKING:
    from tenants.models import Business

LONGEST_SERVICE, LONGEST_BUFFER, LONGEST_NOTICE = 1440, 720, 525_600
FARTHEST_DAYS, MOST_PEOPLE, HIGHEST_PRICE = 3650, 1000, 99_999_999
NUMBERS: dict[str, dict[str, int]] = {
    "position": {"least": 0, "most": 10_000},
    "duration_minutes": {"least": 5, "most": LONGEST_SERVICE},
    "buffer_before_minutes": {"least": 0, "most": LONGEST_BUFFER},
    "buffer_after_minutes": {"least": 0, "most": LONGEST_BUFFER},
    "step_minutes": {"least": 5, "most": 720, "step": 5},
    "min_notice_minutes": {"least": 0, "most": LONGEST_NOTICE},
    "max_advance_days": {"least": 0, "most": FARTHEST_DAYS},
    "daily_cap": {"least": 1, "most": MOST_PEOPLE},
    "capacity": {"least": 1, "most": MOST_PEOPLE},
    "price": {"least": 0, "most": HIGHEST_PRICE},
    "deposit_value": {"least": 0, "most": HIGHEST_PRICE},
}
ONLINE = {PaymentMode.DEPOSIT, PaymentMode.FULL, PaymentMode.CARD_ON_FILE}
_SLUG = re.compile(r"(?=.{1,80}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
_ID = re.compile(r"[0-9a-f]{32}")
"""A slug that looks like an id would be read as one."""
CHOICES = {"hue": Hue.values, "visibility": Visibility.values, "location": Location.values,
           "deposit_type": DepositType.values}  # fmt: skip


class ServiceFields(TypedDict, total=False):
    """Everything of a service that staff may set; meanings and units as on the model. An empty slug follows the name."""

    name: str
    slug: str
    description: str
    category_id: UUID | None
    hue: str
    position: int
    active: bool
    visibility: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    buffers_within_hours: bool
    step_minutes: int
    min_notice_minutes: int
    max_advance_days: int
    daily_cap: int | None
    capacity: int
    timezone: str | None
    location: str
    location_detail: str
    phone_required: bool
    requires_approval: bool
    price: int
    payment_modes: list[str]
    deposit_type: str
    deposit_value: int


@dataclass(frozen=True, slots=True)
class Link:
    """One provider of a service (or one service of a provider); None: the service's own price and duration."""

    id: UUID
    price: int | None = None
    duration_minutes: int | None = None


def make_service(
    *, business: Business, providers: Iterable[Link] | None = None, **values: Unpack[ServiceFields]
) -> Service:
    """A new service at the end of the list. `providers` None: everybody who is active gives it."""
    service = Service(position=_next_position(Service))
    if providers is None:
        providers = [Link(pk) for pk in Provider.objects.filter(active=True).values_list("pk", flat=True)]
    with transaction.atomic():
        _write_service(service, {"name": "", **values})
        set_providers(service, links=providers)
    return service


def change_service(
    service: Service, *, providers: Iterable[Link] | None = None, **values: Unpack[ServiceFields]
) -> Service:
    """Change some fields, and the list of providers when it is given. What is booked stays as it was booked.

    The slug stays, too, unless another is given: links to the service are printed and sent. `Conflict` when it is taken.
    """
    with transaction.atomic():
        _write_service(service, dict(values))
        signals.times_changed.send(Service)
        if providers is not None:
            set_providers(service, links=providers)
    return service


def delete_service(service: Service) -> None:
    """Delete what nobody ever booked; `InUse` (409) otherwise: switch it off instead."""
    try:
        with transaction.atomic():
            service.delete()
    except (ProtectedError, IntegrityError) as error:
        raise InUse(_("This service has appointments. Switch it off instead.")) from error


def set_providers(service: Service, *, links: Iterable[Link]) -> None:
    """Replace the list of a service's providers, each perhaps at another price or duration."""
    links = list(links)
    _check_links(links, set(Provider.objects.values_list("pk", flat=True)), "providers")
    checks = Checks()
    _check_prices(checks, service, {f"providers.{place}.price": link.price for place, link in enumerate(links)})
    checks.done()
    _replace_links(service.links.all(), {link.id: _link(link, service.pk, link.id) for link in links})


def set_services(provider: Provider, *, links: Iterable[Link]) -> None:
    """Replace the list of a provider's services."""
    links = list(links)
    _check_links(links, set(Service.objects.values_list("pk", flat=True)), "services")
    _replace_links(provider.links.all(), {link.id: _link(link, link.id, provider.pk) for link in links})


def make_category(*, name: str) -> Category:
    """A new heading. Raises `Conflict` when the name exists (any case)."""
    category = Category(position=_next_position(Category))
    return change_category(category, name=name)


def change_category(category: Category, *, name: str | None = None, position: int | None = None) -> Category:
    """Rename or move a heading."""
    checks = Checks()
    if name is not None:
        category.name = checks.line("name", name, least=1, most=80)
    if position is not None:
        checks.number("position", position, **NUMBERS["position"])
        category.position = position
    checks.done()
    try:
        with transaction.atomic():
            category.save()
    except IntegrityError as error:
        message = _("There is a category of this name.")
        raise Conflict("category_exists", message, {"fields": {"name": [message]}}) from error
    return category


def delete_category(category: Category) -> None:
    """Delete a heading; its services stay, without one."""
    category.delete()


def _write_service(service: Service, values: dict[str, Any]) -> None:
    checks = Checks()
    for name, value in values.items():
        setattr(service, name, _checked(checks, name, value))
    _check_deposit(checks, service)
    _check_prices(checks, service, {"price": service.price})
    checks.done()
    if not service.slug:
        _save_with_slug(service)
        return
    try:
        with transaction.atomic():
            service.save()
    except IntegrityError as error:
        if "service_slug" not in str(error):
            raise
        message = _("Another service has this address.")
        raise Conflict("slug_taken", message, {"fields": {"slug": [message]}}) from error


def _checked(checks: Checks, name: str, value: Any) -> Any:
    """The value as it is kept; what is wrong with it is noted."""
    if name in NUMBERS and value is not None:
        checks.number(name, value, **NUMBERS[name])
    elif name in CHOICES:
        checks.choice(name, value, CHOICES[name])
    elif name == "name":
        return checks.line(name, value, least=1, most=100)
    elif name == "slug" and value and (not _SLUG.fullmatch(value) or _ID.fullmatch(value.replace("-", ""))):
        checks.problem(name, _("Use small letters, digits and single hyphens, 80 at most."))
    elif name == "location_detail":
        return checks.line(name, value, most=300)
    elif name == "description":
        return checks.text(name, value, most=2000)
    elif name == "timezone":
        checks.zone(name, value)
    elif name == "payment_modes":
        _check_modes(checks, value)
    elif name == "category_id" and value is not None and not Category.objects.filter(pk=value).exists():
        checks.problem(name, _("There is no such category."))
    return value


def _check_modes(checks: Checks, modes: list[str]) -> None:
    if not modes or len(set(modes)) != len(modes):
        checks.problem("payment_modes", _("Choose at least one way to pay, each once."))
    for mode in modes:
        checks.choice("payment_modes", mode, PaymentMode.values)


def _check_deposit(checks: Checks, service: Service) -> None:
    if service.deposit_type == DepositType.PERCENT and not 1 <= service.deposit_value <= 100:
        checks.problem("deposit_value", _("Choose from 1 to 100 percent."))
    if PaymentMode.DEPOSIT in service.payment_modes and service.deposit_type == DepositType.NONE:
        checks.problem("deposit_type", _("Say how much the deposit is."))


def _check_prices(checks: Checks, service: Service, prices: dict[str, int | None]) -> None:
    """Ask who takes money online whether these prices (by field) can be paid so. What is free never is."""
    told = {name: price for name, price in prices.items() if price}
    if not told or not set(service.payment_modes) & ONLINE:
        return
    answers: list[Any] = [answer for _, answer in signals.prices_checked.send(Service, service=service, prices=told)]
    for name, problem in (found for answer in answers for found in answer.items()):
        checks.problem(name, problem)


def _save_with_slug(service: Service) -> None:
    """Save under the first free slug that the name yields; the constraint decides who gets it."""
    base = (slugify(service.name) or "service")[:72].strip("-") or "service"
    taken = set(Service.objects.exclude(pk=service.pk).filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while True:
        slug = base if number == 1 else f"{base}-{number}"
        number += 1
        if slug in taken:
            continue
        service.slug = slug
        try:
            with transaction.atomic():
                service.save()
            return
        except IntegrityError as error:
            if "service_slug" not in str(error) or number > 1000:
                raise


def _check_links(links: list[Link], known: set[UUID], name: str) -> None:
    checks = Checks()
    if len({link.id for link in links}) != len(links):
        checks.problem(name, _("Each may be named once."))
    for place, link in enumerate(links):
        if link.id not in known:
            checks.problem(f"{name}.{place}.id", _("There is none with this id."))
        if link.price is not None:
            checks.number(f"{name}.{place}.price", link.price, **NUMBERS["price"])
        if link.duration_minutes is not None:
            checks.number(f"{name}.{place}.duration_minutes", link.duration_minutes, **NUMBERS["duration_minutes"])
    checks.done()


def _link(link: Link, service_id: UUID, provider_id: UUID) -> ServiceProvider:
    return ServiceProvider(
        service_id=service_id, provider_id=provider_id, price=link.price, duration_minutes=link.duration_minutes
    )


def _replace_links(present: Any, wanted: dict[UUID, ServiceProvider]) -> None:
    with transaction.atomic():
        present.delete()
        ServiceProvider.objects.bulk_create(
            wanted.values(),
            update_conflicts=True,
            unique_fields=["service", "provider"],
            update_fields=["price", "duration_minutes"],
        )
        signals.times_changed.send(ServiceProvider)


def _next_position(model: type[Service | Category]) -> int:
    highest = model.objects.aggregate(Max("position"))["position__max"]
    return 0 if highest is None else min(highest + 1, 10_000)
