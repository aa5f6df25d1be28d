"""Why a code cannot be used, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from billing.domain.coupons import Refusal
from billing.errors import CodeRefused


def unknown_code() -> CodeRefused:
    """Nothing has this code."""
    return CodeRefused("unknown", _("We do not know this code. Is it typed correctly?"))


def refused(reason: Refusal, *, money: str = "") -> CodeRefused:
    """In words; `money` is the price from which on it holds."""
    words = {
        Refusal.STOPPED: _("This code does not work any more."),
        Refusal.EARLY: _("This code does not work yet."),
        Refusal.OVER: _("This code is over."),
        Refusal.SERVICE: _("This code is not for this service."),
        Refusal.PRICE: _("This code works from a price of %(price)s on.") % {"price": money},
        Refusal.USED_UP: _("This code is used up."),
        Refusal.USED_BY_CLIENT: _("You have used this code as often as it can be."),
        Refusal.EMPTY: _("There is not enough left for this booking."),
        Refusal.PERSON: _("This package belongs to another e-mail address. Type the one it was bought with."),
    }
    return CodeRefused(reason, words[reason])
