"""What may go wrong with a business as a whole. The codes are the API's."""

from django.utils.translation import gettext as _

from daybook.core.errors import Forbidden


class Suspended(Forbidden):
    """403: the business is suspended or closed; what goes on all the same says `domain.suspension`."""

    def __init__(self) -> None:
        super().__init__("business_suspended", _("This business does not take bookings at the moment."))
