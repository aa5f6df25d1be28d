"""Which folder speaks to which vendor."""

from calendarsync.enums import Vendor
from calendarsync.gateways.base import Gateway
from calendarsync.gateways.google.gateway import GoogleGateway

_GATEWAYS: dict[str, Gateway] = {Vendor.GOOGLE: GoogleGateway()}


def gateway(vendor: str) -> Gateway:
    """The gateway of a vendor. KeyError for one that nobody speaks to."""
    return _GATEWAYS[vendor]
