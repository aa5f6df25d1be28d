"""What makes a client's form ours: a signed token in it, and an origin that is this host. No cookie is involved.

The token's nonce is the idempotency key of what the form does. Real time, not the domain's: it is a signature.
"""

import secrets
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from django.utils.translation import gettext as _

from daybook.core.errors import Forbidden

LONGEST = timedelta(hours=12)
"""How long a page may stay open before its form is refused."""


def new(business_id: UUID, purpose: str) -> str:
    """A fresh token for one form of this business and purpose."""
    return _signer(business_id, purpose).sign(secrets.token_urlsafe(16))


def nonce(token: str, business_id: UUID, purpose: str) -> str:
    """The nonce of a token of ours. Raises `Forbidden` for any other, and for one that is too old."""
    try:
        return _signer(business_id, purpose).unsign(token, max_age=LONGEST)
    except BadSignature:  # an expired one is a bad one, too
        message = _("This page was open for too long. Go back, reload it and try again; nothing was changed.")
        raise Forbidden("form_expired", message) from None


def require_same_origin(request: HttpRequest) -> None:
    """Refuse a form sent from another site. Browsers name theirs in Origin, or at least say `same-origin`."""
    origin = request.headers.get("Origin")
    if origin is None:
        ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    else:
        parts = urlsplit(origin)
        ours = (parts.scheme, parts.netloc.lower()) == (request.scheme, request.get_host().lower())
    if not ours:
        raise Forbidden("wrong_origin", _("This form was sent from another site. Nothing was changed."))


def _signer(business_id: UUID, purpose: str) -> TimestampSigner:
    return TimestampSigner(salt=f"widget.form:{business_id}:{purpose}")
