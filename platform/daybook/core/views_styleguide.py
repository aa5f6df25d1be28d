"""The styleguide: every component in every state, for people, screenshots and the accessibility gate. Demo and test only."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from daybook.core import styleguide_samples as samples
from daybook.core import theme

PAGES = ("components", "booking", "details", "confirmation", "home", "week", "sign-in")


@require_safe
@csp_replace({"style-src": [SELF], "style-src-attr": [UNSAFE_INLINE]})
def styleguide(request: HttpRequest) -> HttpResponse:
    """`?page=booking&theme=dark&brand=b8325e`; `?brand=…&sheet=1` is the brand's stylesheet itself."""
    brand = f"#{request.GET.get('brand', theme.DEFAULT_BRAND[1:])}"
    if not theme.is_brand(brand):
        raise Http404
    if "sheet" in request.GET:
        return HttpResponse(theme.stylesheet(brand), content_type="text/css")
    page = request.GET.get("page", "components")
    if page not in PAGES:
        raise Http404
    form = samples.SampleForm({"name": "", "email": "nobody"} if "errors" in request.GET else None)
    scheme = request.GET.get("theme", "light")
    context = samples.context() | {
        "brand": brand[1:],
        "theme": scheme if scheme in ("light", "dark", "auto") else "light",
        "form": form,
        "pages": PAGES,
        "page_name": page,
    }
    return render(request, f"styleguide/{page}.html" if page != "components" else "styleguide.html", context)
