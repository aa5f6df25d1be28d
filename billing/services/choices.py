"""What staff chose about money in the panels before an act, read from a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.services.cancelling import Choice, Give
from billing.services.fees import FeeChoice, Take
from daybook.core.errors import Invalid
from daybook.core.inputs import MoneyField


def of_cancelling(data: Mapping[str, Any], currency: str) -> Choice | None:
    """`refund`: policy, full, part (with `refund_amount`) or none; None where nothing was asked. Raises `Invalid`."""
    wanted = str(data.get("refund", ""))
    if not wanted:
        return None
    if wanted not in list(Give):
        raise _invalid("refund", _("Choose one of these."))
    give = Give(wanted)
    return Choice(give, _amount("refund_amount", data, currency) if give is Give.PART else 0)


def of_no_show(data: Mapping[str, Any], currency: str) -> FeeChoice | None:
    """`fee`: policy, other (with `fee_amount`) or waive; None where nothing was asked. Raises `Invalid`."""
    wanted = str(data.get("fee", ""))
    if not wanted:
        return None
    if wanted not in list(Take):
        raise _invalid("fee", _("Choose one of these."))
    take = Take(wanted)
    return FeeChoice(take, _amount("fee_amount", data, currency) if take is Take.OTHER else 0)


def amount(name: str, data: Mapping[str, Any], currency: str) -> int:
    """An amount of money as it was typed, in minor units, more than nothing. Raises `Invalid`."""
    return _amount(name, data, currency)


def _amount(name: str, data: Mapping[str, Any], currency: str) -> int:
    try:
        found = MoneyField(currency=currency).clean(str(data.get(name, "")))
    except ValidationError as error:
        raise _invalid(name, " ".join(error.messages)) from error
    if not found:
        raise _invalid(name, _("Say how much."))
    return int(found)


def _invalid(name: str, message: str) -> Invalid:
    return Invalid("validation_failed", message, {name: [message]})
