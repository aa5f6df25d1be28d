"""Reading by SQL of our own: named queries, and rows that come as JSON texts and are remembered by their text.

For what is read on every request and changes rarely: the text is the version, so nothing is ever stale.
"""

import re
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def rows(name: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of the query in the file `name` beside this module."""
    with connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]  # of our own backend
        cursor.execute(sql(name), parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def row(query: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    """The one row of an SQL text, its columns as bytes in PostgreSQL's binary format: the least that an answer can cost."""
    with connection.direct_cursor() as cursor:  # type: ignore[attr-defined]  # of our own backend
        cursor.execute(query, parameters)
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def made_of(model: type[Row], values: dict[str, Any]) -> Row:
    """An instance as it was read, out of a row that PostgreSQL wrote as JSON."""
    fields = [field for field in model._meta.concrete_fields if field.attname in values]
    read = [field.to_python(values[field.attname]) for field in fields]
    return model.from_db("default", [field.attname for field in fields], read)


@cache
def sql(name: str) -> str:
    """The query in the file `name` beside this module; `{other.sql}` in it stands for the query in that file."""
    text = resources.files(__package__).joinpath(name).read_text()
    return re.sub(r"\{(\w+\.sql)\}", lambda other: f"(\n{sql(other[1])})", text)
