"""CSV: RFC 4180, and nothing that a spreadsheet would run (OWASP)."""

import csv
import io

import pytest

from daybook.core import tables


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1", "'+49 30 1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        (-12, "-12"),
        ("-12.5", "-12.5"),
        (None, ""),
        ("Kim", "Kim"),
    ],
)
def test_a_cell_is_never_a_formula(value: object, expected: str) -> None:
    assert tables.cell(value) == expected


def test_lines_read_back_as_they_were() -> None:
    rows = [["Kim, the 1st", 'says "hi"'], ["two\nlines", "ü"]]
    response = tables.csv_response("clients", ["a", "b"], rows)
    text = b"".join(response).decode()
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}a,b\r\n")
    assert list(csv.reader(io.StringIO(text[1:])))[1:] == rows
    assert response["Content-Disposition"] == 'attachment; filename="clients.csv"'
