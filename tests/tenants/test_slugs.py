"""Slug rules, and what becomes of a sign-up with a bad one."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from daybook.core.errors import Conflict, Invalid
from tenants.domain.slugs import LONGEST, Problem, problem, suggest
from tenants.models import Business
from tenants.services import provisioning, slugs


@pytest.mark.parametrize("slug", ["acme", "harbor-pine", "a1b", "3rd-street", "x" * 63])
def test_good_slugs(slug: str) -> None:
    assert problem(slug) is None


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("", Problem.EMPTY),
        ("ab", Problem.SHORT),
        ("x" * 64, Problem.LONG),
        ("ünïcode", Problem.NOT_ASCII),
        ("日本", Problem.NOT_ASCII),
        ("Acme", Problem.UPPER_CASE),
        ('a"; drop', Problem.CHARACTERS),
        ("a b c", Problem.CHARACTERS),
        ("a.b.c", Problem.CHARACTERS),
        ("acme\n", Problem.CHARACTERS),
        ("-acme", Problem.HYPHEN_AT_END),
        ("acme-", Problem.HYPHEN_AT_END),
        ("xn--nxasmq6b", Problem.PUNYCODE),
        ("pg_x", Problem.PG_PREFIX),
        ("public", Problem.RESERVED),
        ("www", Problem.RESERVED),
        ("admin", Problem.RESERVED),
        ("12345", Problem.NUMBER),
    ],
)
def test_hc170_bad_slugs_are_refused_with_their_own_reason(slug: str, expected: Problem) -> None:
    assert problem(slug) == expected


def test_every_reason_has_words_of_its_own() -> None:
    assert len({slugs.words(reason) for reason in Problem}) == len(Problem)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Harbor & Pine", "harbor-and-pine"),
        ("Café Zürich", "cafe-zurich"),
        ("Straße 7", "strasse-7"),
        ("Łódź Spa", "lodz-spa"),
        ("日本", ""),
        ("Admin", "admin-studio"),
        ("123", "123-studio"),
        ("x" * 80, "x" * 63),
    ],
)
def test_a_name_suggests_a_slug(name: str, expected: str) -> None:
    assert suggest(name) == expected


@given(st.text(max_size=100))
def test_a_suggestion_is_good_or_empty(name: str) -> None:
    suggested = suggest(name)
    assert suggested == "" or problem(suggested) is None
    assert len(suggested) <= LONGEST


@pytest.mark.parametrize("slug", ["public", "pg_x", "ünïcode", "x" * 64, 'a"; drop', "www", "admin"])
def test_hc170_a_bad_name_makes_nothing(db: None, slug: str) -> None:
    before = schema_names()
    with pytest.raises(Invalid) as refusal:
        provisioning.make_business(name="X", slug=slug)
    assert refusal.value.status == 422
    assert refusal.value.details["fields"]["slug"]
    assert (schema_names(), Business.objects.filter(slug=slug).count()) == (before, 0)


def test_hc170_a_taken_name_is_refused(db: None) -> None:
    with pytest.raises(Conflict, match="already taken"):
        provisioning.make_business(name="Another", slug="acme")


def test_an_old_slug_stays_reserved_for_others_and_can_be_taken_back(business: Business) -> None:
    provisioning.rename(business, slug="acme-two")
    with pytest.raises(Conflict):
        provisioning.make_business(name="Another", slug="acme")
    provisioning.rename(business, slug="acme")
    assert Business.objects.get(pk=business.pk).slug == "acme"


def test_a_taken_suggestion_gets_a_number(db: None) -> None:
    assert slugs.suggestion("ACME") == "acme-2"


def schema_names() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select nspname from pg_namespace")
        return {name for (name,) in cursor.fetchall()}
