"""Catalogues of translations and the language of a page."""

import gettext
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.test import RequestFactory
from django.utils import translation

from daybook.core.languages import catalogues
from daybook.core.languages.middleware import language_of

ROOT = Path(settings.BASE_DIR)
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def found() -> Catalog:
    return catalogues.gather(ROOT)


def test_messages_are_found_in_python_and_in_templates(tmp_path: Path) -> None:
    (tmp_path / "widget").mkdir()
    (tmp_path / "widget" / "a.py").write_text("from x import gettext as _\n\ntext = _('From Python')\n")
    page = "  {% load i18n %}\n<p>{% translate 'From a page' %}\n  </p>{% blocktranslate count n=n trimmed %}\n one {{ n }}\n{% plural %}\n many {{ n }}\n{% endblocktranslate %}"
    (tmp_path / "widget" / "a.html").write_text(page)
    ids = {message.id for message in catalogues.gather(tmp_path) if message.id}
    assert ids == {"From Python", "From a page", ("one %(n)s", "many %(n)s")}


def test_a_catalogue_is_kept_when_it_is_brought_up_to_date_and_compiles(tmp_path: Path) -> None:
    found = Catalog()
    found.add("Kept", locations=[("widget/a.py", None)])  # type: ignore[list-item]
    found.add("New", locations=[("widget/a.py", None)])  # type: ignore[list-item]
    old = Catalog(locale="de")
    old.add("Kept", "Behalten")
    old.add("Gone", "Weg")
    path = catalogues.path_of(tmp_path, "de")
    catalogues.write(path, old)
    catalogues.write(path, catalogues.merge(tmp_path, "de", found))
    kept = catalogues.read(path, "de")
    assert {message.id: message.string for message in kept if message.id} == {"Kept": "Behalten", "New": ""}
    assert [message.id for message in catalogues.missing(kept, found, only=("widget/",))] == ["New"]

    [made] = catalogues.compile_all(tmp_path / "locale", tmp_path / "made")
    assert catalogues.compile_all(tmp_path / "locale", tmp_path / "made") == []
    with made.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Kept") == "Behalten"


def test_a_message_with_a_plural_is_found_by_its_singular_too(tmp_path: Path) -> None:
    kept = Catalog(locale="de")
    kept.add(("New booking", "%(n)s new bookings"), ("Neue Buchung", "%(n)s neue Buchungen"))
    kept.add(("Not yet", "%(n)s not yet"))
    catalogues.write(catalogues.path_of(tmp_path, "de"), kept)
    [made] = catalogues.compile_all(tmp_path / "locale", tmp_path / "made")
    with made.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("New booking") == "Neue Buchung"
    assert compiled.ngettext("New booking", "%(n)s new bookings", 1) == "Neue Buchung"
    assert compiled.ngettext("New booking", "%(n)s new bookings", 2) == "%(n)s neue Buchungen"
    assert compiled.gettext("Not yet") == "Not yet"


def parts(text: str | Sequence[str] | None) -> list[str]:
    """One message, or its singular and plural."""
    return [text] if isinstance(text, str) else list(text or ())


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_a_translation_keeps_the_places_of_its_message(language: str) -> None:
    for message in catalogues.read(catalogues.path_of(ROOT, language), language):
        if not message.id:
            continue
        ids, words = parts(message.id), parts(message.string)
        allowed = set().union(*(PLACES.findall(part) for part in ids))
        for text in filter(None, words):
            assert set(PLACES.findall(text)) <= allowed, (message.id, text)
            if len(ids) == 1:
                assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(ids[0])), (message.id, text)


@pytest.mark.parametrize(
    ("accepted", "business", "expected"),
    [
        ("", None, "en"),
        ("de-AT,de;q=0.9,en;q=0.5", "en", "de"),
        ("fr-FR,fr;q=0.9", "es", "es"),
        ("fr,en;q=0.5", "es", "en"),
        ("", "de", "de"),
        ("x" * 5000, "xx", "en"),
    ],
)
def test_the_browser_is_asked_first_then_the_business(accepted: str, business: str | None, expected: str) -> None:
    request = RequestFactory().get("/", headers={"accept-language": accepted} if accepted else {})
    request.business = type("Named", (), {"locale": business})() if business else None  # type: ignore[attr-defined]
    assert language_of(request) == expected
    assert translation.check_for_language(expected)


def test_the_address_comes_before_the_browser() -> None:
    ask = RequestFactory()
    assert language_of(ask.get("/?lang=es", HTTP_ACCEPT_LANGUAGE="de")) == "es"
    assert language_of(ask.get("/?lang=xx", HTTP_ACCEPT_LANGUAGE="de")) == "de"


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_a_catalogue_has_every_message_of_the_source(language: str, found: Catalog) -> None:
    known = {_named(message) for message in catalogues.read(catalogues.path_of(ROOT, language), language)}
    wanted = {_named(message) for message in found}
    assert wanted <= known, f"{sorted(wanted - known)}: run `python platform/manage.py catalogues update`"


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
@pytest.mark.parametrize("only", [catalogues.CLIENT_FACING, ()], ids=["clients", "everything"])
def test_every_message_is_translated(language: str, only: tuple[str, ...], found: Catalog) -> None:
    kept = catalogues.read(catalogues.path_of(ROOT, language), language)
    missing = [message.id for message in catalogues.missing(kept, found, only=only)]
    assert not missing, f"{missing}: run `python platform/manage.py catalogues update`, then translate them in locale/"


def _named(message: Message) -> tuple[str, str]:
    return (message.id if isinstance(message.id, str) else message.id[0], message.context or "")
