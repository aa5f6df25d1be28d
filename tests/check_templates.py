"""Every template compiles, keeps to the content security policy (nothing inline) and says nothing past gettext.

Run by `./dev check`. `style=` may stand in the dashboard's pages (its policy allows that attribute and no more); mails
and documents are not pages of the site and carry their styles inline.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.template import TemplateSyntaxError, engines
from django.template.backends.django import DjangoTemplates

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("templates", "platform/daybook/*/templates", "*/templates")
ELSEWHERE = re.compile(r"(^|/)(mails?|emails?|pdf|documents)/|(^|/)base_(mail|document)")  # not pages of the site
DASHBOARD = re.compile(r"(^|/)(dashboard|calendar|styleguide)/")
TEMPLATE_CODE = re.compile(r"{#.*?#}|{% comment .*?{% endcomment %}|{%.*?%}|{{.*?}}", re.DOTALL)
RULES = {
    "inline script": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']?application/(?:ld\+)?json)[^>]*>", re.IGNORECASE
    ),
    "inline event handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on attribute": re.compile(r"\shx-on[:-]", re.IGNORECASE),
    "javascript: address": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
}
STYLEGUIDE = re.compile(r"(^|/)styleguide(/|\.html$)")  # samples, in English
UNSEEN = re.compile(
    r"{#.*?#}|{%\s*(comment|blocktranslate)\b.*?{%\s*end\1\s*%}"
    r"|{%\s*block \w*(?:class|theme|attrs)\s*%}.*?{%\s*endblock[^%]*%}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
TAG = re.compile(r"<(script|style)\b.*?</\1>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
SPOKEN = re.compile(r"\s(?:aria-label|alt|title|placeholder)=\"([^\"]*)\"")
NAMES = re.compile(r"Daybook|Google|Outlook\.com|Office 365|SVG|PNG|&\w+;")


def template_files() -> Iterator[tuple[str, Path]]:
    """Name and path of each template of this checkout."""
    for pattern in FOLDERS:
        for folder in ROOT.glob(pattern):
            for path in sorted(folder.rglob("*")):
                if path.suffix in {".html", ".txt", ".svg", ".xml", ".ics"}:
                    yield str(path.relative_to(folder)), path


def violations(name: str, source: str) -> list[str]:
    """Which rules of the policy the template breaks."""
    if ELSEWHERE.search(name):
        return []
    markup = TEMPLATE_CODE.sub("", source)
    broken = [rule for rule, pattern in RULES.items() if pattern.search(markup)]
    return [rule for rule in broken if not (rule == "style attribute" and DASHBOARD.search(name))]


def plain_words(name: str, source: str) -> list[str]:
    """What a page says, in its text or to screen readers, without `{% translate %}`; names of products may stand."""
    if STYLEGUIDE.search(name) or not name.endswith(".html") or "<" not in source:
        return []
    markup = UNSEEN.sub(" ", source)
    if not TAG.search(markup):  # attributes that another template puts into a tag
        return []
    said = [*TAG.sub("\n", markup).splitlines(), *SPOKEN.findall(markup)]
    return [f"not translated: {text.strip()}" for text in said if re.search(r"[^\W\d_]{2}", NAMES.sub("", text))]


def problems() -> list[str]:
    engine = engines["django"]
    assert isinstance(engine, DjangoTemplates)
    found = []
    for name, path in template_files():
        try:
            engine.engine.get_template(name)
        except (TemplateSyntaxError, UnicodeDecodeError) as error:
            found.append(f"{path.relative_to(ROOT)}: {error}")
        source = path.read_text()
        wrong = violations(name, source) + plain_words(name, source)
        found += [f"{path.relative_to(ROOT)}: {what}" for what in wrong]
    return found


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybook.settings.test")
    django.setup()
    found = problems()
    sys.stdout.write("\n".join([*found, f"{len(list(template_files()))} templates, {len(found)} problems", ""]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
