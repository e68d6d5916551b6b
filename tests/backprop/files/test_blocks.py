"""CSV read in blocks side by side is what it is read as one stream, as which UTF-16 always is."""

import numpy as np
import pytest

from backprop.data import Table
from backprop.errors import Problem
from tests.backprop.files.tables import problem, read

ROWS = 8_000
LONG = "x" * 200  # a cell; that many rows of them are some blocks
BULK = f"1,{LONG}\n" * ROWS
NUMBERS = ["1", "-7", "2.5", "1e3", "", "NA"]
CLOSED = ["x", '"a, b"', '"two\nlines"', '"one ""mark"""', '"\nfirst"', '"last\n"', "TRUE", '"NA"', ""]


def both(content: str) -> tuple[Table, Table]:
    return read(content.encode())[0], read(content.encode("utf-16"))[0]


@pytest.mark.parametrize("words", [["Oslo", "Rome"], CLOSED, [*CLOSED, '5" pipe']])
def test_any_cells_come_out_as_of_one_stream(words: list[str]) -> None:
    draw = np.random.RandomState(0)
    rows = zip(range(ROWS), draw.choice(NUMBERS, ROWS), draw.choice(words, ROWS), strict=True)
    at_once, streamed = both("n,number,word,long\n" + "".join(f"{n},{x},{word},{LONG}\n" for n, x, word in rows))
    assert at_once.head(0, ROWS) == streamed.head(0, ROWS)
    assert at_once.describe() == streamed.describe()


@pytest.mark.parametrize("late", ["0.5", "9007199254740993", "99999999999999999999", "+5", "NA", '"NA"', " 6"])
def test_a_number_of_another_kind_may_come_late(late: str) -> None:
    at_once, streamed = both(f"a,b\n{BULK}{late},3\n{BULK}")
    assert at_once.head(ROWS - 1, 3) == streamed.head(ROWS - 1, 3)


def found(content: str) -> Problem:
    at_once = problem(content.encode())
    assert at_once == problem(content.encode("utf-16"))
    return at_once


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("n/a?,Bob", "line 8002, column 'age': 'n/a?'"),
        ("1e999,Bob", "line 8002, column 'age': '1e999'"),
        ("1,2,3", "line 8002 has 3 cells"),
        ("1", "line 8002 has 1 cells"),
        ('1,"Bob', "is a quotation mark never closed?"),
    ],
)
def test_what_is_wrong_far_into_a_file_is_named_by_its_line(row: str, said: str) -> None:
    assert said in found(f"age,name\n{BULK}{row}\n{BULK}").detail


def test_a_mark_that_is_never_closed_opens_the_last_cell() -> None:
    at_once, streamed = both(f'a,b\n{BULK}2,5" pipe\n3,"no end\n4,y\n')
    assert at_once.head(ROWS, 3) == streamed.head(ROWS, 3) == [[2, '5" pipe'], [3, "no end\n4,y\n"]]
