"""Where people are signed in: each session is listed, says from which device it is, and can be ended by its owner.

Sessions are Django's, in the database; a `SignIn` is what its owner is told of one. All times are real time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from daybook.core import audit
from daybook.core.actors import Actor, ActorKind
from daybook.core.http.address import client_address
from tenants.domain.devices import device, network
from tenants.models import SignIn, User
from tenants.selectors import device_words, memberships
from tenants.services import mails

MARK = "sign_in"
"""The session's name for its `SignIn`."""
KEEP = timedelta(days=90)
SEEN_EVERY = timedelta(minutes=5)
NEW_ACCOUNT = timedelta(days=1)
MOST_REMEMBERED = 10_000
LONGEST_AGENT = 300
_seen: dict[str, datetime] = {}  # when this process last wrote that a session was used


def begin(request: HttpRequest, user: User) -> SignIn:
    """List the session that has just been signed in to; a mail tells of a device that was not seen before."""
    now = timezone.now()
    if not request.session.session_key:
        request.session.create()
    agent = request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT].replace("\0", "")
    with transaction.atomic():
        SignIn.objects.filter(user=user, seen_at__lt=now - KEEP).delete()
        business = getattr(request, "business", None)
        made = SignIn(user=user, business=business, agent=agent, address=_address(request), began_at=now)
        made.session_key, made.seen_at = str(request.session.session_key), now
        if business is None and _is_new(made):
            _tell(made)
        made.save()
    request.session[MARK] = str(made.pk)
    _remember(str(made.pk), now)
    return made


def _is_new(made: SignIn) -> bool:
    """Whether this kind of device was not seen in this network for 90 days. The first sign-in of an account is no news."""
    known = {(device(row.agent), network(row.address)) for row in SignIn.objects.filter(user=made.user)}
    if not known and made.user.date_joined > made.began_at - NEW_ACCOUNT:
        return False
    return (device(made.agent), network(made.address)) not in known


def _address(request: HttpRequest) -> str:
    """Where the request comes from; all zeros when that is no address (a socket of the machine itself)."""
    found = client_address(request).partition("%")[0]
    try:
        return str(ip_address(found))
    except ValueError:
        return "0.0.0.0"


def _tell(made: SignIn) -> None:
    context = {"person": made.user, "device": device_words(made.agent), "sign_in": made}
    mails.send(to=made.user.email, template="new_sign_in", context=context)


def bind(request: HttpRequest, *, origin: UUID | None) -> None:
    """The session of a business's host ends with the one of the platform from which it was opened."""
    parent = SignIn.objects.filter(pk=origin, ended_at=None).first() if origin else None
    if parent is None:
        return
    SignIn.objects.filter(pk=request.session[MARK]).update(origin=parent)
    until = Session.objects.filter(session_key=parent.session_key).values_list("expire_date", flat=True).first()
    if until is not None:
        request.session.set_expiry(until)


def present(request: HttpRequest) -> UUID | None:
    """Which sign-in the request's session is."""
    found = request.session.get(MARK)
    return UUID(found) if found else None


def touch(request: HttpRequest) -> None:
    """Keep that the session is in use, and from where: every five minutes at most."""
    mark, now = request.session.get(MARK), timezone.now()
    if mark is None or (mark in _seen and now - _seen[mark] < SEEN_EVERY):
        return
    _remember(mark, now)
    mine = SignIn.objects.filter(pk=mark, seen_at__lt=now - SEEN_EVERY)
    mine.update(seen_at=now, address=_address(request))


def _remember(mark: str, now: datetime) -> None:
    if len(_seen) >= MOST_REMEMBERED:
        _seen.clear()
    _seen[mark] = now


def end(user: User, sign_in_id: UUID) -> bool:
    """End one session of this person, and those that were opened from it. False when there is no such session."""
    return _end(SignIn.objects.filter(user=user, pk=sign_in_id).values_list("pk", flat=True)) > 0


def end_others(user: User, *, but: UUID | None, request: HttpRequest) -> int:
    """Sign the person out everywhere but in this session and what it has opened. Answers how many sessions ended.

    The audit logs of his businesses say so.
    """
    with transaction.atomic():
        ended = _end_but(user, but)
        for member in memberships(user):
            who = Actor(ActorKind.MEMBER, str(member.pk), user.get_full_name()[:100])
            line = audit.Line("member.signed_out", "member", member.pk, user.get_full_name())
            audit.record(line, tenant_id=member.business_id, by=who, request=request)
    return ended


def _end_but(user: User, kept: UUID | None) -> int:
    others = SignIn.objects.filter(user=user, ended_at=None)
    if kept is not None:
        others = others.exclude(pk=kept).exclude(origin_id=kept)
    return _end(others.values_list("pk", flat=True))


def end_in_business(*, user_id: UUID, business_id: UUID) -> None:
    """End every session of this person on the business's host: he is no member any more."""
    _end(SignIn.objects.filter(user_id=user_id, business_id=business_id).values_list("pk", flat=True))


def password_changed(request: HttpRequest, user: User) -> None:
    """A new password ends every session but the one in which it was changed, whose key is another now."""
    mark = present(request) if request.user == user else None
    with transaction.atomic():
        mine = SignIn.objects.filter(user=user, ended_at=None)
        _end((mine.exclude(pk=mark) if mark else mine).values_list("pk", flat=True))
        if mark is not None:
            SignIn.objects.filter(pk=mark).update(session_key=request.session.session_key)


def left(request: HttpRequest) -> None:
    """The session is being signed out of: those that were opened from it end, too."""
    mark = present(request)
    if mark is not None:
        _end([mark])


def _end(sign_in_ids: Iterable[UUID]) -> int:
    """End these and what was opened from them, at once: the next request of each is nobody's."""
    ids = list(sign_in_ids)
    with transaction.atomic():
        doomed = SignIn.objects.filter(Q(pk__in=ids) | Q(origin_id__in=ids), ended_at=None)
        keys = dict(doomed.values_list("pk", "session_key"))
        Session.objects.filter(session_key__in=keys.values()).delete()
        return SignIn.objects.filter(pk__in=keys).update(ended_at=timezone.now())
