"""CSV as people have it: how it is written is found out, and what is wrong with it is named by row and column."""

import pytest

from backprop.errors import TooLargeError
from backprop.files.options import Room
from tests.backprop.files.tables import columns, problem, read

PEOPLE = b"age,name,tall,born\n31,Ann,true,1990-01-31\n,Bob,FALSE,1991-02-01\n42.5,,,\n"


def test_columns_are_numbers_texts_booleans_and_times_with_gaps() -> None:
    assert columns(PEOPLE) == {
        "age": ("numeric", [31.0, None, 42.5]),
        "name": ("text", ["Ann", "Bob", None]),
        "tall": ("boolean", [True, False, None]),
        "born": ("datetime", ["1990-01-31T00:00:00Z", "1991-02-01T00:00:00Z", None]),
    }


def test_whole_numbers_come_back_whole() -> None:
    ((_, values),) = columns(b"n\n1\n2\n").values()
    assert list(map(type, values)) == [int, int]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    content = "a,b,c\n1,x,2\n3,y,4\n".replace(",", delimiter).encode()
    assert columns(content) == {"a": ("numeric", [1, 3]), "b": ("text", ["x", "y"]), "c": ("numeric", [2, 4])}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found_out(encoding: str) -> None:
    content = "wer,größe\nZoë,1\nJörg,2\n".encode(encoding)
    assert columns(content) == {"wer": ("text", ["Zoë", "Jörg"]), "größe": ("numeric", [1, 2])}


def test_another_encoding_may_be_said() -> None:
    assert columns("a,b\nя,1\n".encode("cp1251"), encoding="cp1251")["a"] == ("text", ["я"])


def test_the_quotation_mark_is_found_out() -> None:
    assert columns(b"'a','b'\n'x, y','2'\n'it''s','3'\n")["a"] == ("text", ["x, y", "it's"])


def test_quoted_cells_hold_delimiters_marks_and_lines() -> None:
    assert columns(b'a,b\n"x, ""y""\nz",1\nw,2\n')["a"] == ("text", ['x, "y"\nz', "w"])


def test_a_comma_may_be_the_decimal_sign() -> None:
    assert columns(b"a;b\n1,5;x\n-2,25;y\n")["a"] == ("numeric", [1.5, -2.25])


def test_without_a_header_columns_are_numbered() -> None:
    assert list(columns(b"5.1,setosa\n4.9,virginica\n")) == ["column_1", "column_2"]


def test_header_names_and_lines_to_skip_may_be_said() -> None:
    content = b"exported today\n2020,2021\n1,2\n"
    assert columns(content, skip_rows=1, header=True) == {"2020": ("numeric", [1]), "2021": ("numeric", [2])}
    assert list(columns(content, skip_rows=2, columns=("x", "y"))) == ["x", "y"]


def test_blanks_after_delimiters_count_for_nothing() -> None:
    assert columns(b"a, b\n1, x\n2, NA\n3, y\n")["b"] == ("text", ["x", None, "y"])


def test_the_usual_words_for_missing_are_missing_and_others_may_be_said() -> None:
    assert columns(b"a,b\nNA,x\nnull,\n1,?\n", missing=("?",)) == {
        "a": ("numeric", [None, None, 1]),
        "b": ("text", ["x", None, None]),
    }


def test_quoted_they_are_texts_but_among_numbers() -> None:
    assert columns(b'a,b\n"NA","NA"\n1,x\n') == {"a": ("numeric", [None, 1]), "b": ("text", ["NA", "x"])}


def test_a_column_may_be_said_to_be_text() -> None:
    assert columns(b"zip,n\n01234,1\n", text=("zip",))["zip"] == ("text", ["01234"])


def test_numbers_that_turn_out_to_be_texts_are_texts_from_the_first() -> None:
    content = b"a,b\n" + b"007,1\n" * 700_000 + b"x,2\n" * 300_000  # more than a block of numbers, then texts
    table, _ = read(content)
    assert table.column("a").kind == "text"
    assert table.head(0, 1) == [["007", 1]]
    assert table.head(999_999, 1) == [["x", 2]]


def test_a_text_among_numbers_is_named_by_line_and_column() -> None:
    found = problem(b"age,n\n" + b"1,2\n" * 1232 + b"n/a?,3\n" + b"4,5\n" * 10)
    assert (found.pointer, found.code) == ("#/rows/1232/age", "not_a_number")
    assert "line 1234, column 'age': 'n/a?'" in found.detail


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        (b"", "#/rows", "no_rows"),
        (b"a,b\n", "#/rows", "no_rows"),
        (b"a,b\n1,2\n1,2,3\n", "#/rows/1", "ragged_row"),
        (b"a,b\n1,2\n1\n", "#/rows/1", "ragged_row"),
        (b"a,a\n1,2\n", "#/columns/1", "duplicate"),
        (b"a,b\n1,x\0y\n", "#/rows/0/b", "bad_text"),
        (b"a" * 600 + b",b\n1,2\n", "#/columns/0", "bad_name"),
        (b"a,b\n1,1e999\n" + b"1,2\n" * 20, "#/rows/0/b", "not_a_number"),
        (b"PAR1....", "#", "wrong_format"),
        (b"\x1f\x8b....", "#", "wrong_format"),
        (b",".join(b"c%d" % n for n in range(10_001)) + b"\n", "#/columns", "too_many_columns"),
        (b"x" * (2**24 + 1), "#/columns", "too_many_columns"),
        (b'a,b\n1,"' + b"x" * 2**23, "#/rows", "too_long"),
    ],
)
def test_what_cannot_be_read_is_named(content: bytes, pointer: str, code: str) -> None:
    found = problem(content, "csv")
    assert (found.pointer, found.code) == (pointer, code)


def test_a_column_that_is_not_there_cannot_be_text() -> None:
    assert problem(b"a,b\n1,2\n", text=("c",)).pointer == "?text"


def test_what_unpacks_to_more_than_there_is_room_for_is_too_large() -> None:
    with pytest.raises(TooLargeError, match="1,000 bytes"):
        read(b"a,b\n" + b"1,2\n" * 1000, room=Room(1000))
