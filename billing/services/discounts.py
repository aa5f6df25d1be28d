"""Codes on a booking: applied while it is held, counted once it is booked, given back when it comes to nothing.

Everything is written under the provider's lock and the appointment's row; what a code belongs to is locked after them,
coupon before package before gift certificate, so that its last use is given once.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from billing.domain import currencies, pricing
from billing.domain.coupons import Refusal, Rules, refusal
from billing.domain.pricing import Discount
from billing.enums import LIVE_USES, OrderState, UseState
from billing.errors import CodeRefused, PriceSettled
from billing.models import ClientPackage, Coupon, GiftCertificate, PriceUse
from billing.selectors import ledger, prices, uses
from billing.services import bills, codes
from billing.services.refusals import refused, unknown_code
from daybook.core import formats
from scheduling.enums import Status
from scheduling.errors import HoldExpired
from scheduling.services import write_path
from scheduling.services.bookings import lock_appointment

if TYPE_CHECKING:
    from uuid import UUID

    from billing.models import Bill
    from daybook.core.actors import Actor
    from scheduling.models import Appointment
    from tenants.models import Business

STAFF_MAY = (Status.HELD, Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED)


def apply(
    *, business: Business, appointment: Appointment, code: str, email: str = "", now: datetime, by: Actor
) -> Bill:
    """Let a held (for staff also: booked and unpaid) appointment have what a code gives; its bill follows.

    Another coupon replaces the first one; so do packages and gift certificates each other. `email`: the client's, as
    far as it is known; a package takes its own. Raises `CodeRefused` (422), `PriceSettled`, `HoldExpired`.
    """
    found = codes.find(code)
    if found is None:
        raise unknown_code()
    return redeem(business=business, appointment=appointment, found=found, email=email, now=now, by=by)


def redeem(
    *, business: Business, appointment: Appointment, found: codes.Found, email: str = "", now: datetime, by: Actor
) -> Bill:
    """The same for what was found already, such as a package that staff chose from a client's."""

    def work() -> Bill:
        fresh = _open(business, appointment, now=now, by=by)
        known = (email or fresh.client_email).strip().lower()
        _end(_of_kind(fresh, coupon=isinstance(found, Coupon)), now=now)
        _take(business, fresh, found, known, now=now, by=by)
        return reprice(business, fresh, now=now)

    return write_path.transact(work)


def remove(*, business: Business, appointment: Appointment, coupon: bool, now: datetime, by: Actor) -> Bill:
    """Take a coupon, or what pays (package, gift certificate), off again. Raises `PriceSettled`, `HoldExpired`."""

    def work() -> Bill:
        fresh = _open(business, appointment, now=now, by=by)
        _end(_of_kind(fresh, coupon=coupon), now=now)
        return reprice(business, fresh, now=now)

    return write_path.transact(work)


def carry(*, business: Business, old: Appointment, fresh: Appointment, now: datetime, by: Actor) -> bool:
    """Give a new hold the codes of one that is over; False when one of them cannot be had any more."""
    found = PriceUse.objects.filter(appointment=old).select_related("coupon", "package", "gift")
    latest = {use.coupon_id is not None: use for use in found.order_by("created_at")}
    kept = True
    for use in latest.values():
        of = use.coupon or use.package or use.gift
        assert of is not None
        try:
            redeem(business=business, appointment=fresh, found=of, email=use.client_email, now=now, by=by)
        except CodeRefused:
            kept = False
    return kept


def reprice(business: Business, appointment: Appointment, *, now: datetime) -> Bill:
    """Bring a locked appointment's bill in line with its codes; what is due now follows."""
    _fit_gift(appointment, now=now)
    quote = prices.quote_for(appointment)
    for use in prices.live_uses(appointment):
        if use.package_id is not None and use.amount != quote.covered:
            PriceUse.objects.filter(pk=use.pk).update(amount=quote.covered)
    if appointment.amount_due_now != quote.due_now:
        appointment.amount_due_now = quote.due_now
        appointment.save(update_fields=["amount_due_now", "updated_at"])
    return bills.rewrite(appointment, quote, now=now)


def bind(*, business: Business, appointment: Appointment, now: datetime, by: Actor, force: bool = False) -> None:
    """Now it is known who books: limits of the client hold. `force`: it is paid, so nothing refuses any more.

    In the transaction that books or opens a checkout. Raises `CodeRefused`.
    """
    email = appointment.client_email.lower()
    for use in prices.live_uses(appointment):
        if use.client_email == email and (use.coupon_id is None or email):
            continue
        if not force:
            _check_person(business, appointment, use, email, now=now, by=by)
        PriceUse.objects.filter(pk=use.pk).update(client_email=email)


def count(*, business: Business, appointment: Appointment, now: datetime, by: Actor, force: bool = False) -> None:
    """It is booked: what was reserved is used; what was given back with an expired hold is taken again.

    `force`: it is paid, so nothing refuses any more. 1 query where nobody used a code.
    """
    if not PriceUse.objects.filter(appointment=appointment).exists():
        return
    if not force:
        bind(business=business, appointment=appointment, now=now, by=by)
    retake(business=business, appointment=appointment, now=now, by=by, force=force)
    reserved = PriceUse.objects.filter(appointment=appointment, state=UseState.RESERVED)
    reserved.update(state=UseState.USED, client_email=appointment.client_email.lower())


def retake(*, business: Business, appointment: Appointment, now: datetime, by: Actor, force: bool) -> None:
    """What its bill counts on but was given back is taken again, to the cent. Raises `CodeRefused` unless forced."""
    bill = bills.ensure(appointment, now=now)
    live = {use.coupon_id is not None for use in prices.live_uses(appointment)}
    for coupon, wanted in ((True, bill.discount), (False, bill.covered)):
        use = last_ended(appointment, coupon=coupon)
        if not wanted or coupon in live or use is None:
            continue
        if not force:
            _ask_again(business, appointment, use, wanted, now=now, by=by)
        use.state, use.amount, use.returned, use.ended_at = UseState.USED, wanted, 0, None
        use.save(update_fields=["state", "amount", "returned", "ended_at", "updated_at"])


def last_ended(appointment: Appointment, *, coupon: bool) -> PriceUse | None:
    """The last coupon, or package or gift certificate, that was given back. 1 query."""
    ended = PriceUse.objects.filter(appointment=appointment, state=UseState.RETURNED, coupon__isnull=not coupon)
    return ended.select_related("coupon", "package", "gift").order_by("-created_at").first()


def _ask_again(
    business: Business, appointment: Appointment, use: PriceUse, wanted: int, *, now: datetime, by: Actor
) -> None:
    """Whether a use could be had now, under the lock of what it is of."""
    if use.coupon is not None:
        _of_coupon(business, appointment, use.coupon, use.client_email, now=now)
    elif use.package is not None:
        _of_package(business, appointment, use.package, use.client_email, now=now, by=by)
    elif use.gift is not None:
        left = _of_gift(business, appointment, use.gift, now=now)["amount"]
        if left < wanted:
            raise refused(Refusal.EMPTY)


def _open(business: Business, appointment: Appointment, *, now: datetime, by: Actor) -> Appointment:
    fresh = lock_appointment(business, appointment, now=now)
    if by.is_staff:
        if fresh.status not in STAFF_MAY or fresh.checkout_open or ledger.sums(fresh).captured:
            raise PriceSettled()
        return fresh
    if fresh.status in (Status.CANCELLED, Status.EXPIRED):
        raise HoldExpired()
    if fresh.status != Status.HELD or fresh.checkout_open:
        raise PriceSettled()
    return fresh


def _of_kind(appointment: Appointment, *, coupon: bool) -> list[PriceUse]:
    return [use for use in prices.live_uses(appointment) if (use.coupon_id is not None) == coupon]


def _end(ended: list[PriceUse], *, now: datetime) -> None:
    PriceUse.objects.filter(pk__in=[use.pk for use in ended]).update(state=UseState.RETURNED, ended_at=now)


def _take(
    business: Business, fresh: Appointment, found: codes.Found, email: str, *, now: datetime, by: Actor
) -> PriceUse:
    match found:
        case Coupon():
            values = _of_coupon(business, fresh, found, email, now=now)
        case ClientPackage():
            values = _of_package(business, fresh, found, email, now=now, by=by)
        case GiftCertificate():
            values = _of_gift(business, fresh, found, now=now)
    booked = fresh.status != Status.HELD
    return PriceUse.objects.create(
        appointment=fresh, client_email=email, created_at=now, made_by=by.name[:100],
        state=UseState.USED if booked else UseState.RESERVED, **values,
    )  # fmt: skip


def _of_coupon(business: Business, fresh: Appointment, coupon: Coupon, email: str, *, now: datetime) -> dict[str, Any]:
    coupon = Coupon.objects.select_for_update().get(pk=coupon.pk)
    _refuse_coupon(business, fresh, coupon, email, now=now)
    off = pricing.discount_of(fresh.price, Discount(coupon.code, coupon.percent, coupon.amount or 0), fresh.currency)
    return {"coupon": coupon, "amount": off}


def _refuse_coupon(business: Business, fresh: Appointment, coupon: Coupon, email: str, *, now: datetime) -> None:
    reason = refusal(
        rules_of(coupon),
        today=local_day(business, now),
        service_id=fresh.service_id,
        price=fresh.price,
        uses=uses.uses_of(coupon, without=fresh.pk),
        uses_by_client=uses.uses_of(coupon, without=fresh.pk, email=email) if email else 0,
    )
    if reason is not None:
        raise refused(reason, money=formats.money(coupon.least_price, fresh.currency, short=True))


def _of_package(
    business: Business, fresh: Appointment, package: ClientPackage, email: str, *, now: datetime, by: Actor
) -> dict[str, Any]:
    package = ClientPackage.objects.select_for_update().get(pk=package.pk)
    if not by.is_staff and (not package.client_email or package.client_email.lower() != email):
        raise refused(Refusal.PERSON)
    last = max(local_day(business, now), local_day(business, fresh.starts_at))
    _refuse_order(package.state, package.expires_on, last)
    if package.services and fresh.service_id not in package.services:
        raise refused(Refusal.SERVICE)
    units = fresh.duration_minutes if package.unit == "minutes" else 1
    if uses.left_of(package, without=fresh.pk) < units:
        raise refused(Refusal.EMPTY)
    return {"package": package, "units": units}


def _of_gift(business: Business, fresh: Appointment, gift: GiftCertificate, *, now: datetime) -> dict[str, Any]:
    gift = GiftCertificate.objects.select_for_update().get(pk=gift.pk)
    _refuse_order(gift.state, gift.expires_on, local_day(business, now))
    left = uses.balance_of(gift, without=fresh.pk)
    if left <= 0 or gift.currency != fresh.currency:
        raise refused(Refusal.EMPTY)
    return {"gift": gift, "amount": left}  # what is not needed is taken off by `_fit_gift` in the same transaction


def _refuse_order(state: str, expires_on: date | None, day: date) -> None:
    if state != OrderState.ACTIVE:
        raise refused(Refusal.STOPPED)
    if expires_on is not None and day > expires_on:
        raise refused(Refusal.OVER)


def _fit_gift(appointment: Appointment, *, now: datetime) -> None:
    """A gift certificate pays what its balance allows of what the rest leaves; nothing is left: it is not used."""
    use = next((use for use in prices.live_uses(appointment) if use.gift_id), None)
    if use is None or use.gift_id is None:
        return
    gift = GiftCertificate.objects.select_for_update().get(pk=use.gift_id)
    total = prices.quote_for(appointment).total
    amount = min(total, currencies.down(uses.balance_of(gift, without=appointment.pk), appointment.currency))
    fields = {"amount": amount} if amount else {"amount": 0, "state": UseState.RETURNED, "ended_at": now}
    PriceUse.objects.filter(pk=use.pk).update(**fields)


def _check_person(
    business: Business, appointment: Appointment, use: PriceUse, email: str, *, now: datetime, by: Actor
) -> None:
    if use.coupon is not None:
        coupon = Coupon.objects.select_for_update().get(pk=use.coupon.pk)
        most = coupon.most_per_client
        if email and most is not None and uses.uses_of(coupon, without=appointment.pk, email=email) >= most:
            raise refused(Refusal.USED_BY_CLIENT)
    elif use.package is not None and not by.is_staff and use.package.client_email.lower() != email:
        raise refused(Refusal.PERSON)


def rules_of(coupon: Coupon) -> Rules:
    """A coupon as the pure rules want it."""
    return Rules(
        active=coupon.active, starts_on=coupon.starts_on, ends_on=coupon.ends_on, services=coupon.services,
        least_price=coupon.least_price, most_uses=coupon.most_uses, most_per_client=coupon.most_per_client,
    )  # fmt: skip


def local_day(business: Business, at: datetime) -> date:
    """The business's calendar day."""
    return at.astimezone(ZoneInfo(business.timezone)).date()


def live_of(appointment_id: UUID) -> list[PriceUse]:
    """The appointment's live uses, locked, in the order in which what they are of is locked."""
    return list(PriceUse.objects.select_for_update().filter(appointment_id=appointment_id, state__in=LIVE_USES))
