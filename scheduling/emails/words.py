"""What each kind of mail says: subject, heading and first sentence."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from scheduling.domain.messages import Kind


@dataclass(frozen=True, slots=True)
class Values:
    """What the sentences are about, as text in the reader's language. Empty where it does not apply."""

    business: str
    service: str
    when: str
    client: str = ""
    old: str = ""
    until: str = ""
    by_client: bool = False
    request: bool = False
    """It is, or was, a request that waits for approval."""
    seats: int = 1
    """Of a class session that was moved as one."""


@dataclass(frozen=True, slots=True)
class Words:
    """Subject, heading, first sentence."""

    subject: str
    title: str
    lead: str = ""


def client_words(kind: Kind, values: Values) -> Words:
    """What the client reads."""
    return _CLIENT[kind](values)


def member_words(kind: Kind, values: Values) -> Words:
    """What members read."""
    what = {"client": values.client, "what": f"{values.service}, {values.when}"}
    if kind == Kind.MEMBERS_REQUEST:
        lead = _("It is waiting for your answer until %(until)s; then it lapses.") % {"until": values.until}
        return Words(_("Needs approval: %(client)s, %(what)s") % what, _("A booking needs your approval"), lead)
    if kind == Kind.MEMBERS_CHANGED:
        lead = _("It was on %(old)s before.") % {"old": values.old} if values.old else ""
        title = _("A class was rescheduled") if values.seats > 1 else _("A booking was rescheduled")
        return Words(_("Rescheduled: %(client)s, %(what)s") % what, title, lead)
    if kind == Kind.MEMBERS_CANCELLED:
        lead = (
            _("The client cancelled it. The time is free again.") if values.by_client else _("The time is free again.")
        )
        return Words(_("Cancelled: %(client)s, %(what)s") % what, _("A booking was cancelled"), lead)
    return Words(_("New booking: %(client)s, %(what)s") % what, _("New booking"))


def _what(values: Values) -> dict[str, str]:
    return {"what": f"{values.service}, {values.when}", "business": values.business}


def _confirmed(values: Values) -> Words:
    lead = _("%(business)s is expecting you.") % {"business": values.business}
    return Words(_("Confirmed: %(what)s") % _what(values), _("Your appointment is confirmed"), lead)


def _requested(values: Values) -> Words:
    lead = _(
        "%(business)s still has to confirm it. You will hear by %(until)s at the latest; without an answer by then, "
        "the request lapses."
    ) % {"business": values.business, "until": values.until}
    return Words(_("Request received: %(what)s") % _what(values), _("We have your request"), lead)


def _declined(values: Values) -> Words:
    lead = _("%(business)s cannot take this appointment. The time is not booked.") % {"business": values.business}
    return Words(_("Declined: %(what)s") % _what(values), _("Your request was declined"), lead)


def _rescheduled(values: Values) -> Words:
    lead = _("It was on %(old)s before.") % {"old": values.old} if values.old else ""
    if values.request:
        lead += " " + _("%(business)s still has to confirm it.") % {"business": values.business}
        return Words(_("Request moved: %(what)s") % _what(values), _("Your request has a new time"), lead.strip())
    return Words(_("Rescheduled: %(what)s") % _what(values), _("Your appointment has a new time"), lead)


def _cancelled(values: Values) -> Words:
    by_business = _("%(business)s has cancelled it.") % {"business": values.business}
    lead = _("You have cancelled it.") if values.by_client else by_business
    title = _("Your request is cancelled") if values.request else _("Your appointment is cancelled")
    return Words(_("Cancelled: %(what)s") % _what(values), title, lead)


def _request_expired(values: Values) -> Words:
    lead = _("%(business)s did not answer in time. The time is not booked.") % {"business": values.business}
    return Words(_("Request lapsed: %(what)s") % _what(values), _("Your request has lapsed"), lead)


def _reminder(values: Values) -> Words:
    lead = _("%(business)s is expecting you.") % {"business": values.business}
    return Words(_("Reminder: %(what)s") % _what(values), _("Your appointment is coming up"), lead)


_CLIENT = {
    Kind.CONFIRMED: _confirmed,
    Kind.REQUESTED: _requested,
    Kind.DECLINED: _declined,
    Kind.RESCHEDULED: _rescheduled,
    Kind.CANCELLED: _cancelled,
    Kind.REQUEST_EXPIRED: _request_expired,
    Kind.REMINDER: _reminder,
}
