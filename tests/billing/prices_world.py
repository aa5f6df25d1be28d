"""A business with something to book, and what its prices are about."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model

from billing.enums import Method, OrderState, Unit
from billing.models import Bill, ClientPackage, Coupon, GiftCertificate, Package, PriceSettings, PriceUse, TaxRate
from billing.services import codes, discounts
from billing.services.terms import terms
from daybook.core.actors import Actor
from scheduling.models import Appointment, Provider, Service
from scheduling.services import bookings
from scheduling.services.clients import clean_details
from scheduling.services.placing import Wish
from tenants.models import Business
from tests.factories import CLIENT, NOW, at, make_provider, make_service, open_week

NINE = "2027-06-07T09:00:00-04:00"
EMAIL = "kim@example.test"


@dataclass
class World:
    """One service at 100.00 with one provider, open all week."""

    business: Business
    ana: Provider = field(init=False)
    cut: Service = field(init=False)

    def __post_init__(self) -> None:
        self.ana = make_provider(self.business)
        self.cut = make_service(self.business, providers=[self.ana])
        open_week(self.ana, "00:00", "24:00", weekdays=range(7))

    def hold(self, start: str | datetime = NINE, *, now: datetime = NOW, service: Service | None = None) -> Appointment:
        """A held time."""
        service = service or self.cut
        prices = {self.ana.pk: service.price}
        given = terms(
            business=self.business, service_id=service.pk, prices=prices, allowed_modes=["pay_in_person"]
        )  # fmt: skip
        wish = Wish(service, at(start), self.ana.pk)
        return bookings.hold(business=self.business, wish=wish, terms=given, now=now, by=CLIENT)

    def apply(self, held: Appointment, code: str, *, email: str = "", now: datetime = NOW, by: Actor = CLIENT) -> Bill:
        """Type a code."""
        return discounts.apply(business=self.business, appointment=held, code=code, email=email, now=now, by=by)

    def book(self, held: Appointment, *, email: str = EMAIL, now: datetime = NOW) -> Appointment:
        """Turn the hold into a booking."""
        return bookings.confirm_hold(
            business=self.business, appointment=held, client=clean_details(name="Kim Lee", email=email), now=now,
            by=CLIENT,
        )  # fmt: skip

    def package(self, **values: Any) -> ClientPackage:
        """Five visits, paid."""
        fields: dict[str, Any] = {"unit": Unit.VISITS, "quantity": 5, "price": 40000, **values}
        sold = Package.objects.create(
            name="Five cuts", created_at=NOW,
            **{name: fields[name] for name in ("unit", "quantity", "price")},
        )  # fmt: skip
        row = ClientPackage(
            package=sold, name=sold.name, currency="usd", client_name="Kim Lee", method=Method.CASH,
            created_at=NOW, activated_at=NOW,
            **{"client_email": EMAIL, "state": OrderState.ACTIVE, **fields},
        )  # fmt: skip
        codes.stamp(self.business, row)
        row.save(force_insert=True)
        return row

    def gift(self, amount: int = 15000, **values: Any) -> GiftCertificate:
        """A gift certificate, paid."""
        row = GiftCertificate(
            amount=amount, currency="usd", buyer_name="Lee", method=Method.CASH, created_at=NOW, activated_at=NOW,
            **{"state": OrderState.ACTIVE, **values},
        )  # fmt: skip
        codes.stamp(self.business, row)
        row.save(force_insert=True)
        return row

    def code(self, row: ClientPackage | GiftCertificate) -> str:
        """What its client types."""
        return codes.code_of(self.business, row)


def make_coupon(code: str = "SPRING", **values: Any) -> Coupon:
    """10 % off unless `values` say otherwise."""
    off = {} if {"amount", "percent"} & set(values) else {"percent": Decimal(10)}
    return Coupon.objects.create(code=code, created_at=NOW, **off, **values)


def make_rate(percent: str, name: str = "VAT", **values: Any) -> TaxRate:
    """A tax on everything."""
    return TaxRate.objects.create(name=name, percent=Decimal(percent), created_at=NOW, **values)


def tax_on_top() -> None:
    """Prices are said without tax."""
    PriceSettings.objects.update_or_create(pk=1, defaults={"prices_include_tax": False})


def bill_of(appointment: Appointment) -> Bill:
    """The appointment's bill as it is kept."""
    return Bill.objects.get(appointment_id=appointment.pk)


def states(appointment: Appointment) -> list[str]:
    """The states of what it took, oldest first."""
    found = PriceUse.objects.filter(appointment_id=appointment.pk).order_by("created_at", "id")
    return [str(use.state) for use in found]


PRICED: tuple[type[Model], ...] = (ClientPackage, Package, Coupon, GiftCertificate, TaxRate)


def make_priced(business: Business, canary: str) -> dict[str, str]:
    """One of each thing that staff keep about prices, under the names of addresses."""
    coupon = make_coupon(f"{canary.upper()}10", note=f"{canary} note")
    offered = Package.objects.create(name=f"{canary} five", quantity=5, price=40000, created_at=NOW)
    sold = ClientPackage(
        package=offered, name=offered.name, quantity=5, price=40000, currency="usd", unit=Unit.VISITS,
        client_name=f"{canary} Buyer", client_email=f"{canary.lower()}.buyer@example.test", method=Method.CASH,
        state=OrderState.ACTIVE, created_at=NOW, activated_at=NOW,
    )  # fmt: skip
    gift = GiftCertificate(
        amount=5000, currency="usd", buyer_name=f"{canary} Giver", method=Method.CASH, state=OrderState.ACTIVE,
        created_at=NOW, activated_at=NOW,
    )  # fmt: skip
    for row in (sold, gift):
        codes.stamp(business, row)
        row.save(force_insert=True)
    rate = make_rate("0", f"{canary} tax", standard=False)
    rows: dict[str, Model] = {
        "coupon_id": coupon,
        "package_id": offered,
        "sold_id": sold,
        "gift_id": gift,
        "rate_id": rate,
    }
    rows["order_id"] = sold
    return {name: str(row.pk) for name, row in rows.items()}
