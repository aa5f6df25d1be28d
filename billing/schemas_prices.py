"""Shapes of the tenant-admin API: coupons, packages, gift certificates, tax rates. Money in minor units."""

from datetime import date
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import StrictBool, StrictInt, StringConstraints

from billing.enums import OrderState, Unit
from daybook.core.http.openapi import Pagination

NO_NUL = r"^[^\x00]*$"
Line = Annotated[str, StringConstraints(max_length=300, pattern=NO_NUL)]
Text = Annotated[str, StringConstraints(max_length=2000, pattern=NO_NUL)]
Percent = Annotated[str, StringConstraints(pattern=r"^\d{1,3}(\.\d{1,3})?$"), Field(examples=["12.5"])]


class CouponIn(Schema):
    """One of `percent` (a decimal as text) and `amount`. Empty `services`: all. Dates are local days, both included."""

    code: Line
    percent: Percent | None = None
    amount: StrictInt | None = None
    note: Line = ""
    most_uses: StrictInt | None = None
    most_per_client: StrictInt | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    services: list[UUID] = Field(default_factory=list)
    least_price: StrictInt = 0
    active: StrictBool = True


class CouponRecord(CouponIn):
    id: UUID
    uses: int


class Coupons(Schema):
    items: list[CouponRecord]
    pagination: Pagination


class PackageIn(Schema):
    """Several `visits` or `minutes`; without `valid_days` for ever. Empty `services`: all."""

    name: Line
    quantity: StrictInt
    price: StrictInt
    unit: Unit = Unit.VISITS
    description: Text = ""
    valid_days: StrictInt | None = None
    services: list[UUID] = Field(default_factory=list)
    online: StrictBool = True
    active: StrictBool = True


class PackageRecord(PackageIn):
    id: UUID
    currency: str


class Packages(Schema):
    items: list[PackageRecord]
    pagination: Pagination


class PackageSale(Schema):
    """Paid in person: `cash`, `terminal` or `other`. The code goes to the client's address."""

    package_id: UUID
    name: Line
    email: Line = ""
    method: Line = "cash"
    note: Line = ""


class SoldPackage(Schema):
    """What a client has. Codes are sent to clients and told to nobody else; `code_end` are their last signs."""

    id: UUID
    package_id: UUID
    name: str
    unit: Unit
    quantity: int
    left: int
    state: OrderState
    client_name: str
    client_email: str
    code_end: str
    price: int
    currency: str
    expires_on: date | None


class SoldPackages(Schema):
    items: list[SoldPackage]
    pagination: Pagination


class GiftSale(Schema):
    """Paid in person. Without a recipient's address only the buyer gets the code."""

    amount: StrictInt
    buyer_name: Line
    buyer_email: Line = ""
    recipient_name: Line = ""
    recipient_email: Line = ""
    message: Text = ""
    method: Line = "cash"
    note: Line = ""


class GiftRecord(Schema):
    id: UUID
    amount: int
    balance: int
    currency: str
    state: OrderState
    buyer_name: str
    buyer_email: str
    recipient_name: str
    recipient_email: str
    code_end: str
    expires_on: date | None


class Gifts(Schema):
    items: list[GiftRecord]
    pagination: Pagination


class RateIn(Schema):
    """`standard`: due on every service that does not name its own."""

    name: Line
    percent: Percent
    standard: StrictBool = True
    active: StrictBool = True


class RateRecord(RateIn):
    id: UUID


class Rates(Schema):
    """`inclusive`: prices contain their tax, else it is added."""

    items: list[RateRecord]
    inclusive: bool


class InclusiveIn(Schema):
    inclusive: StrictBool


class ServiceTaxes(Schema):
    """The service's own rates, perhaps none; null: the standard ones."""

    rates: list[UUID] | None
