"""The headings under which services are listed: renaming, ordering, deleting."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from daybook.core.errors import DaybookError
from daybook.core.inputs import refuse
from scheduling.forms.services import CategoryForm
from scheduling.selectors import offer as offers
from scheduling.services import arranging, offer
from scheduling.views.setup_doors import moved, place_of, recorded, recorded_list, saved
from tenants.doors import member_required
from tenants.enums import Right


@member_required(Right.CHANGE_SETUP)
def categories(request: HttpRequest) -> HttpResponse:
    """The headings, to rename, order and delete."""
    return _categories(request)


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def change_category(request: HttpRequest, category_id: UUID) -> HttpResponse:
    """Another name for a heading; the button `delete` takes it away and leaves its services without one."""
    category = offers.access_category(category_id)
    if "delete" in request.POST:
        with recorded(request, "category.deleted", category) as trail:
            offer.delete_category(category)
            trail.gone = True
        return saved(request, _("Deleted: %(name)s.") % {"name": category.name}, "service_categories")
    form = CategoryForm(request.POST, prefix=str(category_id))
    if form.is_valid():
        try:
            with recorded(request, "category.renamed", category):
                offer.change_category(category, name=form.cleaned_data["name"])
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Saved: %(name)s.") % {"name": category.name}, "service_categories")
    return _categories(request, wrong=form, status=422)


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def move_category(request: HttpRequest, category_id: UUID) -> HttpResponse:
    """One place up or down, or to a certain place; clients see the headings in this order."""
    category = offers.access_category(category_id)
    keys = [one.pk for one in offers.categories()]
    with recorded_list(request, "categories.ordered", _("Categories"), lambda: [c.name for c in offers.categories()]):
        former = arranging.place_category(category, place_of(request, keys.index(category.pk)))
    text = _("Moved: %(name)s.") % {"name": category.name}
    return moved(request, text, reverse("move_category", args=[category.pk]), former, "service_categories")


def _categories(request: HttpRequest, *, wrong: CategoryForm | None = None, status: int = 200) -> HttpResponse:
    rows = [
        {
            "category": category,
            "form": wrong
            if wrong and wrong.prefix == str(category.pk)
            else CategoryForm(prefix=str(category.pk), initial={"name": category.name}),
        }
        for category in offers.categories()
    ]
    return render(request, "scheduling/services/categories.html", {"rows": rows, "wrong": wrong}, status=status)
