"""A series in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import ngettext

from scheduling.selectors.series import place_of

if TYPE_CHECKING:
    from scheduling.models import Appointment, Series
    from tenants.models import Membership


def rhythm(series: Series) -> str:
    """`Every week`, `Every 2 months`."""
    n = series.every
    if series.unit == "day":
        return ngettext("Every day", "Every %(n)d days", n) % {"n": n}
    if series.unit == "month":
        return ngettext("Every month", "Every %(n)d months", n) % {"n": n}
    return ngettext("Every week", "Every %(n)d weeks", n) % {"n": n}


def place_context(member: Membership | None, appointment: Appointment) -> dict[str, Any]:
    """What an appointment's page says of its series; the place is None when there is none. 2 queries then."""
    place = place_of(member, appointment)
    return {"place": place, "rhythm": rhythm(place.series) if place else ""}
