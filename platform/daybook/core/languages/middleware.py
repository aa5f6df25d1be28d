"""Which language a page is in."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

PARAMETER = "lang"


class LanguageMiddleware:
    """The language the address asks for (`lang`), else the first of the browser's that we speak, else the business's.

    No cookie, no prefix: client pages keep nothing. The answer varies by `Accept-Language`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        return response


def language_of(request: HttpRequest) -> str:
    """The language for this request, one of `LANGUAGES`."""
    if found := chosen(request):
        return found
    for wanted, _quality in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        if found := spoken(wanted):
            return found
    return spoken(getattr(getattr(request, "business", None), "locale", "")) or settings.LANGUAGE_CODE


def chosen(request: HttpRequest) -> str:
    """The language of ours that the address names; empty when it names none."""
    if PARAMETER not in request.META.get("QUERY_STRING", ""):  # most addresses: nothing to take apart
        return ""
    return spoken(request.GET.get(PARAMETER, ""))


def spoken(tag: str) -> str:
    """The language of ours that a tag such as `de-AT` names; empty when we do not speak it."""
    main = tag.lower().replace("_", "-").split("-")[0]
    return main if main in dict(settings.LANGUAGES) else ""
