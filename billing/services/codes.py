"""The codes of packages and gift certificates: worth money, so derived and kept as digests only. 80 bits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from billing.models import ClientPackage, Coupon, GiftCertificate
from daybook.core.checking import is_plain
from daybook.core.crypto import derive_token, digest
from daybook.core.ids import CROCKFORD

if TYPE_CHECKING:
    from tenants.models import Business

SIGNS, GROUP = 16, 4
_MISREAD = str.maketrans("OIL", "011")
Found = Coupon | ClientPackage | GiftCertificate


def code_of(business: Business, row: ClientPackage | GiftCertificate) -> str:
    """The code in groups of four: derived from the row, so that each mail and page can carry it."""
    token = derive_token(business.pk, "price code", row.pk, row.generation)
    number = int.from_bytes(hashlib.sha256(token.encode()).digest()[:10])
    signs = "".join(CROCKFORD[number >> 5 * place & 31] for place in range(SIGNS))
    return "-".join(signs[place : place + GROUP] for place in range(0, SIGNS, GROUP))


def stamp(business: Business, row: ClientPackage | GiftCertificate) -> None:
    """Set the digest of a new row, or of one whose `generation` rose: an old code opens nothing any more."""
    code = code_of(business, row)
    row.code_digest, row.code_end = digest(plain(code)), code[-4:]


def plain(typed: str) -> str:
    """A code as people type it, made one: capitals, without signs between, letters that look like digits as those."""
    return "".join(char for char in typed.upper() if char.isalnum()).translate(_MISREAD)


def find(typed: str) -> Found | None:
    """What a typed code belongs to. At most 3 queries."""
    if len(typed) > 64 or not is_plain(typed):
        return None
    coupon = Coupon.objects.filter(code="".join(typed.upper().split())).first()
    if coupon is not None:
        return coupon
    code = plain(typed)
    if len(code) != SIGNS:
        return None
    kept = digest(code)
    package = ClientPackage.objects.filter(code_digest=kept).first()
    return package if package is not None else GiftCertificate.objects.filter(code_digest=kept).first()
