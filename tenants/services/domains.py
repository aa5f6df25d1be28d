"""A business's own domains: added, proved by a file that only we serve on them, chosen as the one that links use."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import idna
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from daybook.core.audit import Line, record
from daybook.core.errors import Conflict, Invalid, NotFound
from daybook.core.http import outside
from tenants import limits, routing
from tenants.domain.hosts import normalise
from tenants.models import Business, Domain, DomainKind

if TYPE_CHECKING:
    from daybook.core.actors import Actor

MOST, ASKED_A_MINUTE = 5, 10
CHALLENGE = "/.well-known/daybook-domain/"


def add(business: Business, name: str, *, by: Actor) -> Domain:
    """Note a domain that is to lead to the business; it does so once `verify` has found our file there.

    Nobody reserves a name by typing it: an unproved claim of another business gives way. Raises Invalid, Conflict.
    """
    host = _clean(name)
    with transaction.atomic():
        Business.objects.select_for_update().get(pk=business.pk)
        known: Domain | None = Domain.objects.filter(domain=host).first()
        if known is not None and known.tenant_id == business.pk:
            return known
        if known is not None and (known.kind != DomainKind.CUSTOM or known.verified_at is not None):
            raise _conflict(_("This domain belongs to another business."))
        if known is not None:
            known.delete()
        if Domain.objects.filter(tenant=business, kind=DomainKind.CUSTOM).count() >= MOST:
            raise _conflict(_("At most %(most)d domains.") % {"most": MOST})
        made = _claim(business, host)
        _note(business, "domain.added", made, by)
    return made


def _claim(business: Business, host: str) -> Domain:
    token = secrets.token_urlsafe(24)
    try:
        with transaction.atomic():
            made: Domain = Domain.objects.create(
                domain=host, tenant=business, kind=DomainKind.CUSTOM, is_primary=False, token=token
            )
            return made
    except IntegrityError as error:  # somebody else typed it at the same moment
        raise _conflict(_("This domain belongs to another business.")) from error


def challenge_url(domain: Domain) -> str:
    """Where we look for our own file: plain http, for a certificate can be had only once the name leads here."""
    port = urlsplit(settings.PLATFORM_URL).port
    return f"http://{domain.domain}{f':{port}' if port else ''}{CHALLENGE}{domain.token}"


def target(business: Business) -> str:
    """The name that a CNAME record points to."""
    return f"{business.slug}.{settings.BASE_DOMAIN}"


def answer(host: str, token: str) -> str | None:
    """What a host that somebody claimed has to say to the challenge."""
    found = Domain.objects.filter(domain=host, kind=DomainKind.CUSTOM, token=token).exclude(token="").first()
    return None if found is None else f"daybook-domain={found.token}"


def verify(business: Business, domain: Domain, *, by: Actor, now: datetime) -> None:
    """Ask the domain for our file; when it is there, the name leads to the business. Raises Invalid with what was found.

    The network is asked before the transaction; a claim that was removed meanwhile stays removed (NotFound). Nobody
    has us ask around: TooManyRequests.
    """
    if domain.verified_at is not None:
        return
    limits.count(f"domain:{business.pk}", most=ASKED_A_MINUTE)
    try:
        found = outside.fetch(challenge_url(domain), most_bytes=1000)
    except outside.Unreachable as error:
        raise _unproved(
            _("%(domain)s could not be reached (%(why)s).") % {"domain": domain.domain, "why": error}
        ) from None
    if found.status != 200 or found.body.decode("ascii", "replace").strip() != answer(domain.domain, domain.token):
        raise _unproved(_("%(domain)s answers, but it does not lead to Daybook yet.") % {"domain": domain.domain})
    with transaction.atomic():
        kept = Domain.objects.select_for_update(of=("self",)).filter(pk=domain.pk).first()
        if kept is None:
            raise NotFound()
        if kept.verified_at is None:
            kept.verified_at = now
            kept.save(update_fields=["verified_at"])
            _note(business, "domain.verified", kept, by)
    domain.verified_at = kept.verified_at
    routing.forget()  # what was remembered while this was not committed, too


def choose(business: Business, domain: Domain | None, *, by: Actor) -> None:
    """The host that links in mails and on pages use: a proved domain of the business, or none for its own address."""
    if domain is not None and domain.verified_at is None:
        raise _conflict(_("This domain is not verified yet."))
    with transaction.atomic():
        own = domain or Domain.objects.get(tenant=business, kind=DomainKind.SLUG)
        Domain.objects.filter(tenant=business).exclude(pk=own.pk).update(is_primary=False)
        own.is_primary = True
        own.save(update_fields=["is_primary"])
        _note(business, "domain.chosen", own, by)


def remove(business: Business, domain: Domain, *, by: Actor) -> None:
    """The domain leads nowhere any more; links use the business's own address if they used this one."""
    with transaction.atomic():
        if domain.is_primary:
            choose(business, None, by=by)
        _note(business, "domain.removed", domain, by)
        domain.delete()


def _clean(name: str) -> str:
    text = name.strip().lower().removeprefix("https://").removeprefix("http://").split("/")[0].rstrip(".")
    try:
        host = normalise(idna.encode(text, uts46=True).decode() if text else "")
    except idna.IDNAError:
        host = None
    if host is None or "." not in host:
        raise _invalid(_("Enter a domain such as booking.example.com."))
    base = settings.BASE_DOMAIN
    if host == base or host.endswith((f".{base}", ".localhost", ".local", ".internal")):
        raise _invalid(_("Choose a domain of your own; this one is ours."))
    return host


def _note(business: Business, action: str, domain: Domain, by: Actor) -> None:
    record(Line(action, "domain", domain.pk, domain.domain), tenant_id=business.pk, by=by)


def _invalid(message: str) -> Invalid:
    return Invalid("invalid_domain", message, {"domain": [message]})


def _unproved(message: str) -> Invalid:
    return Invalid("domain_not_verified", message, {"domain": [message]})


def _conflict(message: str) -> Conflict:
    return Conflict("domain_refused", message, {"fields": {"domain": [message]}})
