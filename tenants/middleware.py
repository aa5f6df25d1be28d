"""Which business a request is for, and which of its members asks."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connection, connections
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from daybook.core.errors import DaybookError, Forbidden, NotFound, Unauthorized, Unavailable
from tenants import routing
from tenants.domain.hosts import normalise
from tenants.domain.suspension import goes_on
from tenants.enums import BusinessStatus
from tenants.errors import Suspended
from tenants.models import Business, DomainKind
from tenants.selectors import business_url, membership_by_id, must_set_up_two_steps
from tenants.services import domains, keys, sessions
from tenants.services.domains import CHALLENGE

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponseBase]
PUBLIC = "public"
HEALTH = ("/healthz", "/readyz")
PUBLIC_API, ADMIN_API = "/v1/public/", "/v1/tenant-admin/"
READING = ("GET", "HEAD", "OPTIONS")
STAFF_ONLY = ("/dashboard", ADMIN_API, "/enter", "/leave")
SERVED = (BusinessStatus.ACTIVE, BusinessStatus.SUSPENDED, BusinessStatus.CLOSED)


class TenantMiddleware:
    """Host, or key on the platform host → business, urlconf and schema; `public` again afterwards.

    Sets `request.business` (also `request.tenant`), None on the platform host. A request that leads to no business
    gets the addresses of `urls_refused`, where its reason is raised.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _to_public()
        _at(request, None)
        try:
            return self._moved(request) or self.get_response(request)
        finally:
            _to_public()

    def _moved(self, request: HttpRequest) -> HttpResponse | None:
        """Set the request's business; a redirect when the host is an old name of it."""
        if request.path_info in HEALTH:
            return None
        try:
            return self._enter(request)
        except (DaybookError, OperationalError) as refusal:
            _refuse(request, refusal)
            return None

    def _enter(self, request: HttpRequest) -> HttpResponse | None:
        host = normalise(request.META.get("HTTP_HOST", ""))
        if host == settings.BASE_DOMAIN:
            self._enter_by_key(request)
            return None
        if request.path_info.startswith(CHALLENGE):
            return _proof(host or "", request.path_info.removeprefix(CHALLENGE))
        route = routing.by_host(host, fresh=_decides(request)) if host else None
        if route is None:
            # Nobody reads this name any further: it may be one that Django itself refuses with another answer.
            request.META["HTTP_HOST"] = settings.BASE_DOMAIN
            raise NotFound("unknown_host", _("There is no business at this address."))
        if route.kind == DomainKind.OLD_SLUG:
            status = 301 if request.method in ("GET", "HEAD") else 308
            return HttpResponse(
                status=status, headers={"Location": business_url(route.business, request.get_full_path())}
            )
        if route.kind == DomainKind.CUSTOM and request.path_info.startswith(STAFF_ONLY):
            raise NotFound()
        _serve(request, route.business)
        _same_business(request, route.business)
        return None

    def _enter_by_key(self, request: HttpRequest) -> None:
        """The platform host: a key names the business of an API call."""
        named, bearer = request.META.get("HTTP_X_TENANT_KEY"), keys.bearer(request.META.get("HTTP_AUTHORIZATION", ""))
        if request.path_info.startswith(PUBLIC_API):
            route = routing.by_publishable_key(named, fresh=_decides(request)) if named else None
            if route is None:
                raise Unauthorized("tenant_key_required", _("Name the business with its key in X-Tenant-Key."))
            _serve(request, route.business)
        elif request.path_info.startswith(ADMIN_API):
            key = keys.authenticate(bearer) if bearer else None
            if key is None:
                raise Unauthorized("unauthorized", _("A valid key is needed."))
            _serve(request, key.business)
            _same_business(request, key.business)


class MemberMiddleware:
    """Sets `request.member` where staff work: the membership is read on every request there, and nowhere else.

    The session must be bound to this business. Dashboard pages without a member lead to the platform's sign-in.
    On the platform host a session that is bound to a business is nobody's: it opens that business, no account.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.member = None  # type: ignore[attr-defined]
        business: Business | None = request.business  # type: ignore[attr-defined]
        if business is None and not _refused(request):
            request.user = SimpleLazyObject(lambda: _on_platform(request))  # type: ignore[assignment]
        if business is None or not request.path_info.startswith(("/dashboard", ADMIN_API)) or _refused(request):
            return _noticed(request, self.get_response(request))
        try:
            sent_away = _enter_as_member(request, business)
        except (Forbidden, OperationalError) as error:
            _refuse(request, error)
            return self.get_response(request)
        return _noticed(request, sent_away or self.get_response(request))


def _decides(request: HttpRequest) -> bool:
    """Whether the business must be as it is this moment: staff look at what they saved, or something is to change."""
    return request.path_info.startswith(STAFF_ONLY) or request.method not in READING


def _enter_as_member(request: HttpRequest, business: Business) -> HttpResponse | None:
    """Set the request's member; for those who may not come in as they are, the way to what they lack."""
    page, member = request.path_info.startswith("/dashboard"), None
    if request.session.get("business") == str(business.pk):
        member = membership_by_id(request.user.pk, business)
    if member is not None and must_set_up_two_steps(member.user, business):
        if page:
            return _away(request, f"{settings.PLATFORM_URL}/businesses/{business.slug}/two-steps/")
        raise Forbidden("two_steps_needed", _("Set up two-step sign-in first. This business needs it."))
    request.member = member  # type: ignore[attr-defined]
    return _to_sign_in(request, business) if member is None and page else None


def _noticed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The response, after the session of staff was noted as in use; clients' pages never look at a session."""
    session = getattr(request, "session", None)
    if session is not None and session.accessed and not _refused(request):
        try:
            sessions.touch(request)
        except DatabaseError as error:
            log.warning("when a session was used is not kept (%s)", type(error).__name__)
    return response


def _proof(host: str, token: str) -> HttpResponse:
    """That a name which somebody claims leads to us. Anything else is as if there were no business."""
    said = domains.answer(host, token)
    if said is None:
        raise NotFound()
    return HttpResponse(said, content_type="text/plain", headers={"Cache-Control": "no-store"})


def _on_platform(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    return AnonymousUser() if request.session.get("business") else get_user(request)


def _to_public() -> None:
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.schema_name != PUBLIC:
        database.set_schema_to_public()


def _refuse(request: HttpRequest, reason: DaybookError | OperationalError) -> None:
    """Answer with the reason, whatever the address; without the database that is 503."""
    request.refusal, request.urlconf = reason, "tenants.urls_refused"  # type: ignore[attr-defined]


def _refused(request: HttpRequest) -> bool:
    return hasattr(request, "refusal")


def _at(request: HttpRequest, business: Business | None) -> None:
    request.business = request.tenant = business  # type: ignore[attr-defined]
    request.urlconf = settings.PUBLIC_SCHEMA_URLCONF if business is None else settings.ROOT_URLCONF


def _serve(request: HttpRequest, business: Business) -> None:
    """Go on in the business's schema, if it is one that answers."""
    if business.status not in SERVED:
        raise NotFound("unknown_host", _("There is no business at this address."))
    if not business.schema_ready:
        raise Unavailable("business_updating", _("This business is being updated. Please try again in a moment."), 30)
    request.business = request.tenant = business  # type: ignore[attr-defined]
    if business.status != BusinessStatus.ACTIVE and not goes_on(request.method or "GET", request.path_info):
        raise Suspended()
    _at(request, business)
    connection.set_tenant(business)  # type: ignore[attr-defined]


def _same_business(request: HttpRequest, business: Business) -> None:
    """A key sent along must be this business's own."""
    named = request.META.get("HTTP_X_TENANT_KEY")
    if named:
        route = routing.by_publishable_key(named)
        if route is None or route.business.pk != business.pk:
            raise Unauthorized("wrong_tenant_key", _("This key belongs to another business, or to none."))


def _to_sign_in(request: HttpRequest, business: Business) -> HttpResponse:
    """To the platform host, which knows the person, and back by a single-use code."""
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else "/dashboard/"
    if request.headers.get("HX-Request"):  # back to the page, not to a part of it
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        wanted = f"{shown.path}?{shown.query}" if shown.path.startswith("/dashboard/") else "/dashboard/"
    return _away(request, f"{settings.PLATFORM_URL}/go/{business.slug}/?{urlencode({'next': wanted})}")


def _away(request: HttpRequest, target: str) -> HttpResponse:
    """To another host, also from a request of htmx."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    response = HttpResponseRedirect(target, status=302 if request.method in ("GET", "HEAD") else 303)
    response.headers["Cache-Control"] = "no-store"
    return response
