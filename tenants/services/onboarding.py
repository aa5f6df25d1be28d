"""What a new business has seen to: steps ticked off by hand, kept with its settings."""

from __future__ import annotations

from daybook.core.errors import NotFound
from tenants.models import Business

STEPS = frozenset({"opened", "team", "no_payments", "no_calendar", "dismissed", "skipped_service", "skipped_hours"})
"""The page was opened; no team is needed; nothing is paid online; no calendar is connected; the checklist shall go; a step of the welcome was
left for later."""


def tick(business: Business, step: str) -> None:
    """Remember a step; twice changes nothing. Raises NotFound for a step that does not exist."""
    if step not in STEPS:
        raise NotFound()
    business.onboarding = {**business.onboarding, step: True}
    business.save(update_fields=["onboarding", "updated_at"])
