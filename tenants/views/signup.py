"""Sign-up on the platform host."""

import json

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from daybook.core import clock
from daybook.core.errors import DaybookError
from daybook.core.http.address import client_address
from tenants import limits
from tenants.enums import BusinessStatus
from tenants.forms import ConfirmForm, SignUpForm
from tenants.models import Business, User
from tenants.services import handoff, sessions, signup
from tenants.services import slugs as slug_rules
from tenants.services.provisioning import slug_host

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MARK = "signup"


@never_cache
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Name, address and person of a new business; people who are signed in add one on their own page."""
    if request.user.is_authenticated:
        return redirect("new_business")
    form = SignUpForm(request.POST or None)
    if request.method == "POST":
        limits.count(f"signup:{client_address(request)}", most=20)
        if form.is_valid():
            try:
                mark = signup.sign_up(person=form.person(), details=form.details(form.cleaned_data["email"]))
            except DaybookError as error:
                form.refuse(error)
            else:
                request.session[MARK] = mark
                request.session["signup_email"] = form.cleaned_data["email"]
                return redirect("signup_sent")
    return render(request, "tenants/signup.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_GET
def sent(request: HttpRequest) -> HttpResponse:
    """The same words for every address, known or not."""
    return render(request, "tenants/signup_sent.html", {"email": request.session.get("signup_email", "")})


@require_GET
def slug_status(request: HttpRequest) -> HttpResponse:
    """Whether a slug is good and free, in words; with a business's name, a suggestion unless there is a slug already."""
    limits.count(f"slug:{client_address(request)}", most=120)
    slug = request.GET.get("slug", "").strip().lower()
    if "business_name" in request.GET:
        return _suggestion(request.GET["business_name"][:100], slug)
    try:
        slug_rules.check_slug(slug)
    except DaybookError as error:
        context = {"good": False, "text": error.message}
    else:
        context = {"good": True, "text": _("%(host)s is free.") % {"host": slug_host(slug)}}
    return render(request, "tenants/slug_status.html", context)


def _suggestion(business_name: str, slug: str) -> HttpResponse:
    """An event for the page, which fills the field when it is still empty; never a new field under somebody's typing."""
    suggested = "" if slug or not business_name.strip() else slug_rules.suggestion(business_name)
    if not suggested:
        return HttpResponse(status=204)
    event = {"suggestion": {"field": "slug", "value": suggested}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(event)})


@never_cache
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button (mail scanners open links, too); pressing it verifies, makes the business, signs in."""
    opened = signup.open_link(token)
    mark = request.session.get(MARK, "")
    same_browser = signup.may_finish(opened, mark=mark, password="")
    if opened.verified:
        return _already(request, opened.user, opened.business)
    form = None if same_browser else ConfirmForm(request.POST or None)
    context = {"form": form, "new_business": opened.business, "host": slug_host(opened.business.slug)}
    if request.method == "GET":
        return render(request, "tenants/verify.html", context)
    if form is not None and not _confirmed(request, form, opened):
        return render(request, "tenants/verify.html", context, status=422)
    if signup.verify(opened):
        login(request, opened.user, backend=BACKEND)
    signup.finish(opened.business, now=clock.now())
    return _onward(request, opened.user, opened.business)


def _confirmed(request: HttpRequest, form: ConfirmForm, opened: signup.Opened) -> bool:
    """Whether the chosen password was typed; wrong ones are counted."""
    if not form.is_valid():
        return False
    if signup.may_finish(opened, mark="", password=form.cleaned_data["password"]):
        return True
    limits.count_guess(request, "signup", str(opened.user.pk))
    form.add_error("password", _("This is not the password that was chosen at sign-up."))
    return False


def _already(request: HttpRequest, user: User, business: Business) -> HttpResponse:
    if request.user == user:
        return _onward(request, user, business)
    return redirect("account_login")


def _onward(request: HttpRequest, user: User, business: Business) -> HttpResponse:
    """To the new business, or to the page where its making is tried again."""
    business.refresh_from_db()
    if request.user != user:
        return redirect("account_login")
    if business.status != BusinessStatus.ACTIVE:
        return redirect("retry_business", slug=business.slug)
    return handoff_redirect(request, user, business, "/dashboard/welcome")


def handoff_redirect(request: HttpRequest, user: User, business: Business, path: str) -> HttpResponse:
    """To the business's host, with a single-use code for its session."""
    response = redirect(handoff.entrance(user=user, business=business, path=path, origin=sessions.present(request)))
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
