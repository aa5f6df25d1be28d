"""The platform's own pages: home, the list of one's businesses, the way to one of them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from daybook.core import clock
from daybook.core.actors import Actor, ActorKind
from daybook.core.errors import DaybookError, NotFound
from tenants.enums import BusinessStatus, Right
from tenants.forms import BusinessForm
from tenants.models import Business, User
from tenants.selectors import (
    business_by_slug,
    closed_businesses,
    membership,
    memberships,
    must_set_up_two_steps,
    require,
)
from tenants.services import closing, handoff, signup
from tenants.services.provisioning import UNMADE, slug_host
from tenants.views.signup import handoff_redirect


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # login_required
    return request.user


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What Daybook is, for people who do not know it yet."""
    return render(request, "tenants/home.html")


@never_cache
@require_GET
@login_required
def businesses(request: HttpRequest) -> HttpResponse:
    """The businesses of this person, to choose from."""
    rows = [
        {"member": member, "business": member.business, "host": slug_host(member.business.slug)}
        for member in memberships(_user(request))
    ]
    context = {"rows": rows, "unmade": UNMADE, "closed": closed_businesses(_user(request))}
    return render(request, "tenants/businesses.html", context)


@never_cache
@require_POST
@login_required
def reopen_business(request: HttpRequest, slug: str) -> HttpResponse:
    """Open again what its owner has closed."""
    user, business = _user(request), _mine(request, slug)
    member = require(membership(user, business), Right.CHANGE_KEYS)
    closing.reopen(business, by=Actor(ActorKind.MEMBER, str(member.pk), user.get_full_name()[:100]))
    return handoff_redirect(request, user, business, "/dashboard/")


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def new_business(request: HttpRequest) -> HttpResponse:
    """Another business of somebody who has an account."""
    user = _user(request)
    form = BusinessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            business = signup.add_business(owner=user, details=form.details(user.email), now=clock.now())
        except DaybookError as error:
            form.refuse(error)
        else:
            return _onward(request, user, business)
    return render(request, "tenants/new_business.html", {"form": form}, status=422 if form.errors else 200)


def _onward(request: HttpRequest, user: User, business: Business) -> HttpResponse:
    business.refresh_from_db()
    if business.status != BusinessStatus.ACTIVE:
        return redirect("retry_business", slug=business.slug)
    return handoff_redirect(request, user, business, "/dashboard/welcome")


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def retry_business(request: HttpRequest, slug: str) -> HttpResponse:
    """A business whose making failed or was cut short: why, and a button to try again."""
    user, business = _user(request), _mine(request, slug)
    if business.status not in UNMADE:
        return handoff_redirect(request, user, business, "/dashboard/")
    if request.method == "POST":
        signup.finish(business, now=clock.now())
        return _onward(request, user, business)
    return render(request, "tenants/retry.html", {"unmade_business": business, "host": slug_host(slug)})


@never_cache
@require_GET
@login_required
def go(request: HttpRequest, slug: str) -> HttpResponse:
    """To a business's host with a session there, for its members; everybody else learns nothing about it."""
    user, business = _user(request), _mine(request, slug)
    if business.status in UNMADE:
        return redirect("retry_business", slug=slug)
    path = handoff.local_path(request.GET.get("next", ""), otherwise="/dashboard/")
    return handoff_redirect(request, user, business, path)


@never_cache
@require_GET
@login_required
def two_steps_first(request: HttpRequest, slug: str) -> HttpResponse:
    """For members of a business that needs two-step sign-in: how to set it up, then on to the business."""
    user, business = _user(request), _mine(request, slug)
    if must_set_up_two_steps(user, business):
        return render(request, "tenants/two_steps_first.html", {"asking": business})
    return handoff_redirect(request, user, business, "/dashboard/")


def _mine(request: HttpRequest, slug: str) -> Business:
    business = business_by_slug(slug)
    if business is None or membership(_user(request), business) is None:
        raise NotFound()
    return business
