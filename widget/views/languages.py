"""The language a client chose in the footer. It stands in the address (`lang`), and every way on from a page keeps it."""

import re
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase

from daybook.core.languages.middleware import PARAMETER, chosen

_WAYS = re.compile(r"<(?:a|form|button)\s[^>]*>")
_ADDRESS = re.compile(r'(\s(?:href|action|formaction|hx-get|hx-post)=")((?:/(?!/)|\?)[^"]*)')


def carry(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer with the chosen language in its links, forms and redirect; as it is when none was chosen.

    Done here, once, so that no link can forget it: these pages have no cookie that could remember a choice.
    """
    language = chosen(request)
    if not language or not isinstance(response, HttpResponse):
        return response
    if location := response.headers.get("Location", ""):
        response.headers["Location"] = _with(location, language, "&") if _is_ours(location) else location
    elif response.headers.get("Content-Type", "").startswith("text/html"):
        page = response.content.decode(response.charset)
        response.content = _WAYS.sub(lambda tag: _way(tag[0], language), page).encode(response.charset)
    return response


def _way(tag: str, language: str) -> str:
    """A link or form with the language. A form that asks by GET drops its address's query, so it gets a field."""
    if tag.startswith("<form") and 'method="post"' not in tag:
        return f'{tag}<input type="hidden" name="{PARAMETER}" value="{language}">'
    return _ADDRESS.sub(lambda found: found[1] + _with(found[2], language, "&amp;"), tag)


def _with(address: str, language: str, joint: str) -> str:
    """The address with the language in its query, unless it names one already."""
    before, mark, fragment = address.partition("#")
    if re.search(rf"[?&;]{PARAMETER}=", before):
        return address
    return f"{before}{joint if '?' in before else '?'}{urlencode({PARAMETER: language})}{mark}{fragment}"


def _is_ours(location: str) -> bool:
    return location.startswith(("/", "?")) and not location.startswith("//")
