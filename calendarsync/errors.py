"""What may go wrong with an outside calendar. The codes are the API's."""

from django.utils.translation import gettext as _

from daybook.core.errors import Conflict, DaybookError, Unavailable


class BadState(DaybookError):
    """400: the way back from the consent page does not belong to this session, or was gone before."""

    def __init__(self) -> None:
        super().__init__(
            "bad_state", _("This link is used, too old, or was opened somewhere else. Please start again.")
        )


class NotGranted(Conflict):
    """409: a permission was left out on the consent page; without it nothing works."""

    def __init__(self) -> None:
        super().__init__("not_granted", _("Not all permissions were given. Please tick both boxes on Google’s page."))


class CodeRefused(DaybookError):
    """400: the vendor does not take the code."""

    def __init__(self) -> None:
        super().__init__("code_refused", _("Google did not accept this. Please start again."))


class VendorSilent(Unavailable):
    """503: the vendor did not answer. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__("calendar_unavailable", _("Google does not answer at present. Please try again."), 30)


class AccessEnding(Unavailable):
    """503: access to the account was just given back for somebody else, and the new one with it. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "calendar_unavailable", _("This account was being disconnected at the same moment. Please connect it again."),
            30,
        )  # fmt: skip


def still_granted(error: DaybookError) -> DaybookError:
    """The same, when the permission that was given could not be given back."""
    hint = _("At Google the permission may stand all the same: you can take it back at myaccount.google.com.")
    error.message = f"{error.message} {hint}"
    return error


class NotOffered(Conflict):
    """409: this platform is not set up for the vendor."""

    def __init__(self) -> None:
        super().__init__("calendar_not_offered", _("Connecting a calendar is not possible here yet."))


class AlreadyAnswered(Conflict):
    """409: somebody answered before, or it has settled by itself."""

    def __init__(self) -> None:
        super().__init__("already_answered", _("This has been answered already."))


class CannotAccept(Conflict):
    """409: what the calendar says cannot be booked; only putting it back is possible."""

    def __init__(self) -> None:
        super().__init__(
            "cannot_accept", _("An appointment cannot be like this. Put it back, or cancel the appointment.")
        )
