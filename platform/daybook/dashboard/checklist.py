"""What a new business has to do before it can be booked, until everything is done or the list is sent away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.selectors.accounts import ready_account
from calendarsync.selectors.accounts import any_connected
from scheduling.selectors.desk import is_set_up, was_booked_online
from tenants.enums import Right
from tenants.selectors import members, open_invitations

if TYPE_CHECKING:
    from tenants.models import Business, Membership


@dataclass(frozen=True, slots=True)
class Step:
    """One line: `url` leads to where it is done; with `post`, by a button that also ticks it off."""

    text: str
    done: bool
    action: str
    url: str
    post: bool = False


def checklist(business: Business, member: Membership) -> list[Step]:
    """The steps, or nothing when all are done, the list was dismissed, or somebody else sets things up. 8 queries."""
    if not member.may(Right.CHANGE_SETUP) or business.onboarding.get("dismissed"):
        return []
    made = is_set_up()
    team = len(members(business)) > 1 or bool(open_invitations(business)) or bool(business.onboarding.get("team"))
    steps = [
        Step(_("Add your first service"), made["service"], _("Add"), reverse("new_service")),
        Step(_("Set your hours"), made["hours"], _("Set"), reverse("availability")),
        Step(
            _("Open your booking page"),
            bool(business.onboarding.get("opened")) or was_booked_online(),
            _("Open"),
            reverse("check_off", args=["opened"]),
            post=True,
        ),
        Step(_("Invite your team"), team, _("Invite"), reverse("team")),
    ]
    if settings.STRIPE_SECRET_KEY:
        paid = bool(business.onboarding.get("no_payments")) or ready_account(business) is not None
        steps.insert(2, Step(_("Take payments"), paid, _("Connect"), reverse("payments_account")))
    if settings.GOOGLE_CLIENT_ID:
        connected = bool(business.onboarding.get("no_calendar")) or any_connected()
        steps.append(Step(_("Connect a calendar"), connected, _("Connect"), reverse("team_calendars")))
    return [] if all(step.done for step in steps) else steps
