"""The tenant-admin API of money: cancellation policies, for a service and for the business."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from billing import schemas
from billing.domain.policies import Tier
from billing.selectors.accounts import account_page, ready_account
from billing.selectors.policies import own_tiers, policy_in_words
from billing.services.policies import replace_tiers
from billing.services.terms import policy_of
from daybook.core.http.idempotent import json_answer
from daybook.core.http.openapi import ERRORS
from scheduling.selectors.offer import access_service
from tenants.auth import MemberOrKey
from tenants.enums import Right
from tenants.guards import needs
from tenants.selectors import fee_basis_points

router = Router(auth=MemberOrKey(), tags=["cancellation policies"])


@router.get("/services/{uuid:service_id}/cancellation-policy", response={200: schemas.PolicyRecord, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def service_policy(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """A service's own list, and what applies to it."""
    return json_answer(_document(request, access_service(service_id)))


@router.put("/services/{uuid:service_id}/cancellation-policy", response={200: schemas.PolicyRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def replace_service_policy(request: HttpRequest, service_id: UUID, payload: schemas.NewPolicy) -> HttpResponse:
    """Replace a service's list; an empty one means the business's. What is booked keeps its policy."""
    service = access_service(service_id)
    replace_tiers(service=service, tiers=_tiers(payload))
    return json_answer(_document(request, service))


@router.get("/settings/cancellation-policy", response={200: schemas.PolicyRecord, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def business_policy(request: HttpRequest) -> HttpResponse:
    """The business's list."""
    return json_answer(_document(request, None))


@router.put("/settings/cancellation-policy", response={200: schemas.PolicyRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def replace_business_policy(request: HttpRequest, payload: schemas.NewPolicy) -> HttpResponse:
    """Replace the business's list; an empty one means the default. What is booked keeps its policy."""
    replace_tiers(tiers=_tiers(payload))
    return json_answer(_document(request, None))


def _tiers(payload: schemas.NewPolicy) -> list[Tier]:
    return [Tier(tier.hours_before_start, tier.fee_percentage, tier.fee_fixed) for tier in payload.tiers]


def _document(request: HttpRequest, service: Any) -> dict[str, Any]:
    business = request.business  # type: ignore[attr-defined]
    policy = policy_of(business, None if service is None else service.pk)
    return {
        "tiers": [asdict(tier) for tier in own_tiers(service)],
        "applies": policy["tiers"],
        "in_words": policy_in_words(policy, currency=business.currency, language=business.locale),
        "cancel_cutoff_minutes": policy["cancel_cutoff_minutes"],
        "reschedule_cutoff_minutes": policy["reschedule_cutoff_minutes"],
    }


@router.get("/payments/account", response={200: schemas.AccountRecord, **ERRORS}, tags=["payments"])
@needs(Right.SEE_PAYMENTS)
def payments_account(request: HttpRequest) -> HttpResponse:
    """The account at Stripe, as it was last read. It is connected in the dashboard."""
    business = request.business  # type: ignore[attr-defined]
    page, status = account_page(business), ready_account(business)
    return json_answer(
        {
            "state": page.state.value,
            "account_id": page.account_id or None,
            "can_charge": status is not None,
            "can_be_paid_out": page.payouts,
            "needs": page.needs,
            "deadline_at": page.deadline_at,
            "checked_at": page.checked_at,
            "fee_basis_points": fee_basis_points(business),
        }
    )
