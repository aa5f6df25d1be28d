"""Where a request comes from."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The last untrusted hop: the n-th address of X-Forwarded-For from the right, n = the number of our proxies.

    With no proxy of ours the header is ignored, so that nobody can choose an address.
    """
    remote = str(request.META.get("REMOTE_ADDR") or "0.0.0.0")
    proxies = settings.TRUSTED_PROXIES
    if proxies < 1:
        return remote
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    candidate = hops[-proxies] if len(hops) >= proxies else remote
    try:
        return str(ip_address(candidate))
    except ValueError:
        return remote
