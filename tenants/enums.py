"""The words that other apps use about businesses and people."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BusinessStatus(TextChoices):
    PENDING = "pending", _("Waiting for the e-mail to be verified")
    MAKING = "making", _("Being set up")
    ACTIVE = "active", _("Active")
    FAILED = "failed", _("Set-up failed")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")


class Role(TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    PROVIDER = "provider", _("Provider")
    FRONT_DESK = "front_desk", _("Front desk")


class WaitlistOrder(TextChoices):
    FIRST = "first", _("Who joined first")
    PRIORITY = "priority", _("Your own order")


class AccountEnd(TextChoices):
    """Why a payment account is not used any more."""

    DISCONNECTED = "disconnected", _("Disconnected here")
    GONE = "gone", _("Disconnected at Stripe")


class KeyKind(TextChoices):
    PUBLISHABLE = "publishable", _("Publishable")
    SECRET = "secret", _("Secret")


class Right(StrEnum):
    """What a member may do. Each door names the right that it needs.

    `CHANGE_PAYMENTS` is giving money back and waiving fees; `CONNECT_PAYMENTS` decides where money goes.
    """

    SEE_OWN_APPOINTMENTS = "see_own_appointments"
    SEE_ALL_APPOINTMENTS = "see_all_appointments"
    CHANGE_OWN_APPOINTMENTS = "change_own_appointments"
    CHANGE_ALL_APPOINTMENTS = "change_all_appointments"
    SEE_CLIENTS = "see_clients"
    CHANGE_CLIENTS = "change_clients"
    ERASE_CLIENTS = "erase_clients"
    EXPORT = "export"
    CHANGE_OWN_HOURS = "change_own_hours"
    CHANGE_SETUP = "change_setup"
    CHANGE_SETTINGS = "change_settings"
    CHANGE_MEMBERS = "change_members"
    CHANGE_KEYS = "change_keys"
    SEE_PAYMENTS = "see_payments"
    CHANGE_PAYMENTS = "change_payments"
    CONNECT_PAYMENTS = "connect_payments"


_PROVIDER = frozenset({Right.SEE_OWN_APPOINTMENTS, Right.CHANGE_OWN_APPOINTMENTS, Right.CHANGE_OWN_HOURS})
_FRONT_DESK = frozenset(
    {
        Right.SEE_OWN_APPOINTMENTS,
        Right.SEE_ALL_APPOINTMENTS,
        Right.CHANGE_OWN_APPOINTMENTS,
        Right.CHANGE_ALL_APPOINTMENTS,
        Right.SEE_CLIENTS,
        Right.CHANGE_CLIENTS,
    }
)
_MANAGER = (
    _FRONT_DESK
    | _PROVIDER
    | {Right.CHANGE_SETUP, Right.CHANGE_SETTINGS, Right.CHANGE_MEMBERS, Right.ERASE_CLIENTS, Right.EXPORT}
    | {Right.SEE_PAYMENTS, Right.CHANGE_PAYMENTS}
)
_ALL_CALENDARS = frozenset({Right.SEE_ALL_APPOINTMENTS, Right.CHANGE_ALL_APPOINTMENTS})

RIGHTS: dict[str, frozenset[Right]] = {
    Role.PROVIDER: _PROVIDER,
    Role.FRONT_DESK: _FRONT_DESK,
    Role.MANAGER: _MANAGER,
    Role.OWNER: frozenset(Right),
}


class CalendarScope(TextChoices):
    ROLE = "", _("As the role has it")
    OWN = "own", _("Own calendar only")
    ALL = "all", _("All calendars")


def rights(role: str, calendar: str = "", may_export: bool | None = None) -> frozenset[Right]:
    """What a member with this role may do; an owner may do everything, the rest can be given more or less.

    `calendar` narrows or widens whose appointments (a `CalendarScope`); `may_export` gives or takes the right to
    export, None leaves it to the role.
    """
    given = RIGHTS[role]
    if role == Role.OWNER:
        return given
    if calendar == CalendarScope.OWN:
        given -= _ALL_CALENDARS
    elif calendar == CalendarScope.ALL:
        given |= _ALL_CALENDARS
    if may_export is not None:
        given = given | {Right.EXPORT} if may_export else given - {Right.EXPORT}
    return given
