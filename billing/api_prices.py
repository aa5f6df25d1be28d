"""The tenant-admin API of prices: coupons, packages, gift certificates, tax rates."""

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from billing import schemas_prices as shapes
from billing.domain.pricing import plain
from billing.models import ClientPackage, Coupon, GiftCertificate, Package, TaxRate
from billing.selectors import price_lists, uses
from billing.selectors.prices import price_settings
from billing.services import coupons, gifts, packages, taxes
from billing.services.coupons import CouponFields
from billing.services.gifts import GiftFields
from billing.services.packages import PackageFields
from daybook.core import clock
from daybook.core.http.idempotent import idempotency_key, json_answer, once
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from scheduling.selectors.offer import access_service
from scheduling.services.clients import clean_details
from tenants.auth import MemberOrKey, actor
from tenants.enums import Right
from tenants.guards import caller, needs

M = TypeVar("M", bound=Model)
router = Router(auth=MemberOrKey(), tags=["prices"])


@router.get("/coupons", response={200: shapes.Coupons, **ERRORS})
@needs(Right.SEE_PAYMENTS)
def list_coupons(request: HttpRequest, page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """All coupons, the newest first, with how often each was used."""
    found = price_lists.coupons()
    used = uses.counts(list(found[(page - 1) * limit : page * limit]))
    return json_answer(page_of(found, lambda row: _coupon(row, used.get(row.pk, 0)), page=page, limit=limit))


@router.post("/coupons", response={201: shapes.CouponRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def make_coupon(
    request: HttpRequest, payload: shapes.CouponIn, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """A new coupon; its code is kept in capitals."""
    values = _coupon_fields(payload.model_dump())
    made = _made(request, "coupons", payload, lambda: coupons.save(None, values, now=clock.now()), _coupon)
    return json_answer(_coupon(made), status=201)


@router.get("/coupons/{uuid:coupon_id}", response={200: shapes.CouponRecord, **ERRORS})
@needs(Right.SEE_PAYMENTS)
def one_coupon(request: HttpRequest, coupon_id: UUID) -> HttpResponse:
    """One coupon."""
    coupon = price_lists.access_coupon(coupon_id)
    return json_answer(_coupon(coupon, uses.uses_of(coupon)))


@router.put("/coupons/{uuid:coupon_id}", response={200: shapes.CouponRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def change_coupon(request: HttpRequest, coupon_id: UUID, payload: shapes.CouponIn) -> HttpResponse:
    """Everything of a coupon anew; what is booked keeps what it was booked with."""
    coupon = price_lists.access_coupon(coupon_id)
    coupon = coupons.save(coupon, _coupon_fields(payload.model_dump()), now=clock.now())
    return json_answer(_coupon(coupon, uses.uses_of(coupon)))


@router.delete("/coupons/{uuid:coupon_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_SETUP)
def delete_coupon(request: HttpRequest, coupon_id: UUID) -> HttpResponse:
    """Only what was never used; else 409 `in_use`."""
    coupons.delete(price_lists.access_coupon(coupon_id))
    return HttpResponse(status=204)


@router.get("/packages", response={200: shapes.Packages, **ERRORS})
@needs(Right.SEE_CLIENTS)
def list_packages(request: HttpRequest, page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """What is offered."""
    return json_answer(page_of(price_lists.packages(), lambda row: _package(request, row), page=page, limit=limit))


@router.post("/packages", response={201: shapes.PackageRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def make_package(
    request: HttpRequest, payload: shapes.PackageIn, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """A new offer."""
    values = PackageFields(**payload.model_dump())

    def describe(row: Package) -> dict[str, Any]:
        return _package(request, row)

    made = _made(request, "packages", payload, lambda: packages.save(None, values, now=clock.now()), describe)
    return json_answer(_package(request, made), status=201)


@router.put("/packages/{uuid:package_id}", response={200: shapes.PackageRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def change_package(request: HttpRequest, package_id: UUID, payload: shapes.PackageIn) -> HttpResponse:
    """Everything of an offer anew; what was bought stays as it was."""
    package = price_lists.access_package(package_id)
    saved = packages.save(package, PackageFields(**payload.model_dump()), now=clock.now())
    return json_answer(_package(request, saved))


@router.delete("/packages/{uuid:package_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_SETUP)
def delete_package(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """Only what was never sold; else 409 `in_use`."""
    packages.delete(price_lists.access_package(package_id))
    return HttpResponse(status=204)


@router.get("/sold-packages", response={200: shapes.SoldPackages, **ERRORS})
@needs(Right.SEE_CLIENTS)
def list_sold(request: HttpRequest, search: str = "", page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """What clients have, the newest first."""
    found = price_lists.sold_packages(search[:100])
    left = uses.left_by_package(list(found[(page - 1) * limit : page * limit]))
    return json_answer(page_of(found, lambda row: _sold(row, left[row.pk]), page=page, limit=limit))


@router.post("/sold-packages", response={201: shapes.SoldPackage, **ERRORS})
@needs(Right.CHANGE_CLIENTS)
def sell_package(
    request: HttpRequest, payload: shapes.PackageSale, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """Sold and paid in person; the client gets the code by e-mail."""
    business = request.business  # type: ignore[attr-defined]
    package = price_lists.access_package(payload.package_id)
    buyer = clean_details(name=payload.name, email=payload.email, locale=business.locale, email_required=False)

    def work() -> ClientPackage:
        return packages.sell(
            business=business, package=package, buyer=buyer, method=payload.method, note=payload.note,
            now=clock.now(), by=actor(request),
        )  # fmt: skip

    made = _made(request, "sold-packages", payload, work, _sold)
    return json_answer(_sold(made), status=201)


@router.get("/gift-certificates", response={200: shapes.Gifts, **ERRORS})
@needs(Right.SEE_CLIENTS)
def list_gifts(request: HttpRequest, search: str = "", page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """What was sold, the newest first, with balances."""
    found = price_lists.gifts(search[:100])
    balances = uses.balances(list(found[(page - 1) * limit : page * limit]))
    return json_answer(page_of(found, lambda row: _gift(row, balances[row.pk]), page=page, limit=limit))


@router.post("/gift-certificates", response={201: shapes.GiftRecord, **ERRORS})
@needs(Right.CHANGE_CLIENTS)
def sell_gift(request: HttpRequest, payload: shapes.GiftSale, idempotency_key_: IdempotencyKey = None) -> HttpResponse:
    """Sold and paid in person; buyer and recipient get the code by e-mail."""
    business = request.business  # type: ignore[attr-defined]
    values = GiftFields(**payload.model_dump(exclude={"method", "note"}))

    def work() -> GiftCertificate:
        return gifts.sell(
            business=business, fields=values, method=payload.method, note=payload.note, now=clock.now(),
            by=actor(request),
        )  # fmt: skip

    made = _made(request, "gift-certificates", payload, work, _gift)
    return json_answer(_gift(made), status=201)


@router.get("/tax-rates", response={200: shapes.Rates, **ERRORS})
@needs(Right.SEE_PAYMENTS)
def list_rates(request: HttpRequest) -> HttpResponse:
    """All rates, and whether prices contain them."""
    items = [_rate(rate) for rate in price_lists.rates()]
    return json_answer({"items": items, "inclusive": price_settings().prices_include_tax})


@router.put("/tax-rates", response={200: shapes.Rates, **ERRORS})
@needs(Right.CHANGE_SETUP)
def set_inclusive(request: HttpRequest, payload: shapes.InclusiveIn) -> HttpResponse:
    """Whether prices contain their tax; what is booked keeps its price."""
    taxes.set_inclusive(payload.inclusive)
    items = [_rate(rate) for rate in price_lists.rates()]
    return json_answer({"items": items, "inclusive": payload.inclusive})


@router.post("/tax-rates", response={201: shapes.RateRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def make_rate(request: HttpRequest, payload: shapes.RateIn, idempotency_key_: IdempotencyKey = None) -> HttpResponse:
    """A new rate."""
    values = {**payload.model_dump(), "percent": Decimal(payload.percent)}
    made = _made(request, "tax-rates", payload, lambda: taxes.save_rate(None, now=clock.now(), **values), _rate)
    return json_answer(_rate(made), status=201)


@router.put("/tax-rates/{uuid:rate_id}", response={200: shapes.RateRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def change_rate(request: HttpRequest, rate_id: UUID, payload: shapes.RateIn) -> HttpResponse:
    """Everything of a rate anew; bills keep theirs."""
    values = {**payload.model_dump(), "percent": Decimal(payload.percent)}
    return json_answer(_rate(taxes.save_rate(price_lists.access_rate(rate_id), now=clock.now(), **values)))


@router.delete("/tax-rates/{uuid:rate_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_SETUP)
def delete_rate(request: HttpRequest, rate_id: UUID) -> HttpResponse:
    """Take a rate away, from services too; bills keep theirs."""
    taxes.delete_rate(price_lists.access_rate(rate_id))
    return HttpResponse(status=204)


@router.put("/services/{uuid:service_id}/taxes", response={200: shapes.ServiceTaxes, **ERRORS})
@needs(Right.CHANGE_SETUP)
def set_service_taxes(request: HttpRequest, service_id: UUID, payload: shapes.ServiceTaxes) -> HttpResponse:
    """Which rates are due on a service; null: the standard ones."""
    service = access_service(service_id)
    taxes.set_taxes_of(service, payload.rates)
    own = price_lists.own_taxes(service.pk)
    return json_answer({"rates": None if own is None else [str(pk) for pk in own]})


def _made(
    request: HttpRequest, route: str, payload: Schema, work: Callable[[], M], describe: Callable[[M], dict[str, Any]]
) -> M:
    """Make something once for each key."""
    key = idempotency_key(request, route=route, body=payload.model_dump(mode="json"), caller=caller(request))
    return once(key, work, 201, describe)


def _coupon_fields(values: dict[str, Any]) -> CouponFields:
    return CouponFields(**{**values, "percent": Decimal(values["percent"]) if values["percent"] else None})


def _coupon(row: Coupon, used: int = 0) -> dict[str, Any]:
    found = {field.name: getattr(row, field.name) for field in fields(CouponFields)}
    found |= {name: value.isoformat() for name in ("starts_on", "ends_on") if (value := found[name])}
    percent = None if row.percent is None else plain(row.percent)
    return {**found, "id": str(row.pk), "percent": percent, "services": [str(pk) for pk in row.services], "uses": used}


def _package(request: HttpRequest, row: Package) -> dict[str, Any]:
    found = {field.name: getattr(row, field.name) for field in fields(PackageFields)}
    currency = request.business.currency  # type: ignore[attr-defined]
    return {**found, "id": str(row.pk), "currency": currency, "services": [str(pk) for pk in row.services]}


def _sold(row: ClientPackage, left: int | None = None) -> dict[str, Any]:
    shown = ("name", "unit", "quantity", "state", "client_name", "client_email", "code_end", "price", "currency")
    return {
        "id": str(row.pk),
        "package_id": str(row.package_id),
        **{name: getattr(row, name) for name in shown},
        "left": row.quantity if left is None else left,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
    }


def _gift(row: GiftCertificate, balance: int | None = None) -> dict[str, Any]:
    shown = (
        "amount",
        "currency",
        "state",
        "buyer_name",
        "buyer_email",
        "recipient_name",
        "recipient_email",
        "code_end",
    )
    return {
        "id": str(row.pk),
        **{name: getattr(row, name) for name in shown},
        "balance": row.amount if balance is None else balance,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
    }


def _rate(row: TaxRate) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "percent": plain(Decimal(row.percent)),
        "standard": row.standard,
        "active": row.active,
    }
