"""The languages a page can be read in. `{% load languages %}`."""

from typing import NamedTuple

from django import template
from django.conf import settings
from django.template import Context
from django.utils.translation import get_language

from daybook.core.languages.middleware import PARAMETER

register = template.Library()


class Way(NamedTuple):
    """One language: its tag, its own name, the address of the present page in it, and whether the page is in it now."""

    tag: str
    name: str
    url: str
    now: bool


@register.simple_tag(takes_context=True)
def page_languages(context: Context, absolute: bool = False) -> list[Way]:
    """`{% page_languages as languages %}`: the present page in each language; nothing outside a request."""
    request = context.get("request")
    if request is None:
        return []
    present = (get_language() or settings.LANGUAGE_CODE).split("-")[0]
    found = []
    for tag, name in settings.LANGUAGES:
        query = request.GET.copy()
        query[PARAMETER] = tag
        url = f"?{query.urlencode()}"
        found.append(Way(tag, name, request.build_absolute_uri(url) if absolute else url, tag == present))
    return found
