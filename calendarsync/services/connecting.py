"""Connecting a provider's account, choosing its calendars, and leaving it again.

To the vendor's consent page and back goes a signed state. It names the business and an attempt that only the session
that began it can finish, once, within ten minutes; the verifier that the vendor wants to see stays on the server.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from calendarsync.enums import State, Vendor
from calendarsync.errors import (
    AccessEnding,
    BadState,
    CodeRefused,
    NotGranted,
    NotOffered,
    VendorSilent,
    still_granted,
)
from calendarsync.gateways.base import Account, Gateway, Listed, Refused, Removed, Tokens
from calendarsync.gateways.registry import gateway
from calendarsync.models import Calendar, ConnectAttempt, Connection
from calendarsync.services import choosing, keeping, parting, trouble
from daybook.core import grants
from daybook.core.crypto import digest
from daybook.core.errors import DaybookError
from daybook.core.ids import new_id

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from daybook.core.idempotency import Key
    from tenants.models import Business

LIFE = timedelta(minutes=10)
SALT = "calendarsync.connect"
KEPT = ("privacy", "on_change", "tentative_is_busy", "focus_is_busy")
"""Settings that stay when another account takes the place of a former one."""


def redirect_uri(vendor: str) -> str:
    """The platform's address to which the vendor sends people back; it is registered there."""
    return f"{settings.PLATFORM_URL}/calendars/{vendor}/callback"


def begin(*, business: Business, provider_id: UUID, session: str, shared: bool = False) -> str:
    """Where to send somebody so that he grants access for a provider. `session` is the key of his session here."""
    opened = _offered(Vendor.GOOGLE)
    attempt = new_id()
    hint = Connection.objects.filter(provider_id=provider_id, vendor=Vendor.GOOGLE).exclude(state=State.LEAVING).first()
    scopes = opened.scopes(shared=shared)
    state = signing.dumps({"business": str(business.pk), "attempt": str(attempt)}, salt=SALT)
    consent = opened.consent(
        state=state, redirect=redirect_uri(Vendor.GOOGLE), scopes=scopes, hint=hint.account if hint else ""
    )
    ConnectAttempt.objects.filter(expires_at__lt=timezone.now() - LIFE).delete()
    ConnectAttempt.objects.create(
        id=attempt,
        provider_id=provider_id,
        session_digest=digest(session),
        scopes=list(scopes),
        code_verifier=consent.code_verifier,
        expires_at=timezone.now() + LIFE,
    )
    return consent.url


def business_of_state(state: str) -> UUID:
    """The business whose member comes back with this state. Raises `BadState`."""
    return _read(state)[0]


def redeem(*, business: Business, state: str, session: str) -> ConnectAttempt:
    """The attempt that this session began, used up. Raises `BadState` for any other session, business or time."""
    business_id, attempt = _read(state)
    now = timezone.now()
    mine = ConnectAttempt.objects.filter(pk=attempt, used_at__isnull=True, expires_at__gt=now)
    if business_id != business.pk or not mine.filter(session_digest=digest(session)).update(used_at=now):
        raise BadState()
    return ConnectAttempt.objects.get(pk=attempt)


def connect(
    *,
    business: Business,
    provider_id: UUID,
    code: str,
    code_verifier: str,
    redirect: str = "",
    by: Actor,
    now: datetime,
    key: Key | None = None,
    finish: Callable[[Connection], None] | None = None,
) -> Connection:
    """Connect the provider with the account that the code opens; a former account of his is left.

    Raises `CodeRefused`, `NotGranted` when a permission is missing, `VendorSilent`, `AccessEnding`. What was granted
    then is given back, if it is known whose it is and nobody else uses it.
    """
    opened, since = _offered(Vendor.GOOGLE), grants.moment()
    tokens = opened.exchange(code=code, code_verifier=code_verifier, redirect=redirect or redirect_uri(Vendor.GOOGLE))
    if isinstance(tokens, Refused):
        raise CodeRefused()
    if not isinstance(tokens, Tokens):
        raise VendorSilent()
    account = opened.open(tokens)
    listed = account.calendars() if opened.lists(tokens.scopes) else []
    main = next((one.id for one in listed if one.primary), "") if isinstance(listed, list) else ""
    try:
        if not opened.enough(tokens.scopes):
            raise NotGranted()
        if not isinstance(listed, list):
            raise VendorSilent()
        usable = [one for one in listed if one.owned or opened.reads_shared(tokens.scopes)]
        name = main or next((one.id for one in usable), "")
        with transaction.atomic():
            if key is not None:
                key.claim()
            connection = _connection(provider_id, name, tokens, by=by, now=now)
            _list(connection, usable, now)
            keeping.begin(connection, now=now)
            trouble.pause_or_keep(connection, now=now)
            used = {"vendor": connection.vendor, "account": connection.account}
            grants.use(**used, tenant_id=business.pk, holder=connection.pk, since=since)
            if finish is not None:
                finish(connection)
    except grants.Ending:
        raise AccessEnding() from None
    except DaybookError as error:
        raise error if main and _given_back(account, main) else still_granted(error) from None
    return connection


def _given_back(account: Account, name: str) -> bool:
    """Give back the access that was just received, unless somebody uses it; False when that cannot be done now."""
    try:
        with grants.ending(vendor=Vendor.GOOGLE, account=name) as unused:
            return not unused or isinstance(account.revoke(), Removed)
    except grants.Ending:
        return True


def _connection(provider_id: UUID, account: str, tokens: Tokens, *, by: Actor, now: datetime) -> Connection:
    """The provider's connection, with these tokens; a new one for another account."""
    former = (
        Connection.objects.select_for_update()
        .filter(provider_id=provider_id, vendor=Vendor.GOOGLE)
        .exclude(state=State.LEAVING)
        .first()
    )
    connection = former
    if former is not None and former.account.lower() != account.lower():
        parting.leave(connection=former, events_go=True, now=now)
        connection = None
    if connection is None:
        kept = {name: getattr(former, name) for name in KEPT} if former else {}
        connection = Connection(provider_id=provider_id, account=account[:254], **kept)
    if not (tokens.refresh or connection.refresh_token):
        raise CodeRefused()
    connection.refresh_token = tokens.refresh or connection.refresh_token  # it may be missing on a second consent
    connection.access_token, connection.access_until = tokens.access, tokens.access_until
    connection.scopes = list(tokens.scopes)
    connection.connected_at, connection.connected_by = now, by.name[:100]
    connection.broken_at, connection.last_error, connection.last_error_at = None, "", None
    chosen = connection.calendars.filter(receives=True) | connection.calendars.filter(counts=True)
    connection.state = State.ACTIVE if former is connection and chosen.exists() else State.CHOOSING
    connection.save()
    return connection


def _list(connection: Connection, listed: list[Listed], now: datetime) -> None:
    """Bring the calendars in step with what the account shows: new, renamed, gone, back again."""
    known = {calendar.external_id: calendar for calendar in connection.calendars.all()}
    for one in listed[: choosing.MOST]:
        calendar = known.pop(one.id, None) or Calendar(connection=connection, external_id=one.id[:300])
        if calendar.gone_at is not None:
            calendar.gone_at, calendar.sync_token = None, None
        calendar.name, calendar.timezone = one.name, one.timezone
        calendar.writable, calendar.primary = one.writable, one.primary
        calendar.save()
    for calendar in known.values():
        if calendar.gone_at is None:
            calendar.gone_at = now
            calendar.save(update_fields=["gone_at"])


def _offered(vendor: str) -> Gateway:
    found = gateway(vendor)
    if not found.offered():
        raise NotOffered()
    return found


def _read(state: str) -> tuple[UUID, UUID]:
    try:
        facts = signing.loads(state, salt=SALT, max_age=LIFE)
        return UUID(facts["business"]), UUID(facts["attempt"])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise BadState() from None
