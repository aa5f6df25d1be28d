"""What the calls answer, as plain dicts and strings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from billing.selectors.policies import policy_in_words, tiers
from billing.services.terms import policy_of
from scheduling.enums import Status
from widget.domain.wording import of
from widget.selectors import Times
from widget.services import booking, codes

if TYPE_CHECKING:
    from scheduling.models import Appointment, Service
    from tenants.models import Business


def business_body(business: Business) -> dict[str, Any]:
    """The business as its clients see it."""
    rules = policy_of(business, None)
    shown = (
        "name",
        "slug",
        "timezone",
        "currency",
        "locale",
        "tagline",
        "intro",
        "address",
        "email",
        "phone",
        "website",
    )
    return {
        **{name: getattr(business, name) for name in shown},
        "url": booking.host_url(business),
        "branding": {"color": business.brand_color, "theme": business.theme, "initials": business.initials},
        "policy": {
            "text": business.policy_text,
            "sentences": policy_in_words(rules, currency=business.currency, language=business.locale),
            "tiers": tiers(rules),
            "cancel_cutoff_minutes": rules["cancel_cutoff_minutes"],
            "reschedule_cutoff_minutes": rules["reschedule_cutoff_minutes"],
        },
    }


def service_body(business: Business, service: Service) -> dict[str, Any]:
    """A service with the providers who give it, at their prices. Buffers are nobody's business."""
    shown = (
        "slug", "name", "description", "duration_minutes", "price", "payment_modes", "capacity", "location",
        "location_detail", "phone_required", "requires_approval", "min_notice_minutes", "max_advance_days",
    )  # fmt: skip
    deposit = {"type": service.deposit_type, "value": service.deposit_value} if service.deposit_type else None
    return {
        "id": str(service.pk),
        **{name: getattr(service, name) for name in shown},
        "currency": business.currency,
        "category": service.category.name if service.category else None,
        "deposit": deposit,
        "providers": [
            {
                "id": str(link.provider_id),
                "name": link.provider.name,
                "title": link.provider.title,
                "bio": link.provider.bio,
                "price": service.price if link.price is None else link.price,
                "duration_minutes": link.duration_minutes or service.duration_minutes,
            }
            for link in service.links.all()
        ],
    }


def availability_json(times: Times) -> bytes:
    """The times of a range of dates, as JSON."""
    following = times.next_available_date
    body = {
        "timezone": times.timezone,
        "days": [{"date": day.isoformat(), "slots": slots} for day, slots in times.days],
        "next_available_date": None if following is None else following.isoformat(),
    }
    return orjson.dumps(body)


def hold_body(appointment: Appointment, business: Business, now: datetime) -> dict[str, Any]:
    """A hold and what it is for, without its token. A dead one that was not swept yet reads expired."""
    expires = appointment.hold_expires_at or appointment.created_at
    dead = appointment.status == Status.HELD and not appointment.checkout_open and expires <= now
    return {
        "state": Status.EXPIRED.value if dead else appointment.status,
        "expires_at": _utc(expires),
        "can_extend": appointment.status == Status.HELD and not dead and booking.may_extend(appointment),
        **_what(appointment, business),
    }


def appointment_body(appointment: Appointment, business: Business, now: datetime) -> dict[str, Any]:
    """The appointment as its own client needs it: no e-mail, no phone, nothing of others."""
    until = booking.deadlines(appointment, now)
    return {
        "id": str(appointment.pk),
        "reference": appointment.reference,
        "status": appointment.status,
        "payment_status": appointment.payment_status,
        "sequence": appointment.sequence,
        **_what(appointment, business),
        "location": appointment.location,
        "location_detail": appointment.location_detail,
        "client_name": appointment.client_name,
        "cancel_until": _utc(until.cancel_until),
        "reschedule_until": _utc(until.reschedule_until),
        "free_cancellation_until": None if until.free_until is None else _utc(until.free_until),
        "can_cancel": until.may_cancel,
        "can_reschedule": until.may_reschedule,
    }


def _what(appointment: Appointment, business: Business) -> dict[str, Any]:
    """What is held or booked: with whom, when, for how much."""
    zone = appointment.client_timezone or business.timezone
    start = of(appointment.starts_at, zone)
    return {
        "service_id": str(appointment.service_id),
        "service_name": appointment.service_name,
        "provider_id": str(appointment.provider_id),
        "provider_name": appointment.provider_name,
        "start_time": start.local,
        "start_time_utc": start.utc,
        "end_time_utc": of(appointment.ends_at, zone).utc,
        "display_time": start.display,
        "timezone": zone,
        "duration_minutes": appointment.duration_minutes,
        "price": appointment.price,
        "currency": appointment.currency,
        "payment_mode": appointment.payment_mode,
        "amount_due_now": appointment.amount_due_now,
        **codes.sums_of(appointment),
    }


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
