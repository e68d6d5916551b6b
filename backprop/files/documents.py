"""JSON and JSON lines: columns and rows, columns of values, or records."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from backprop import strict_json
from backprop.datasets.cells import Cells, Flags, Missing, Numbers, Texts
from backprop.datasets.writer import TableWriter, cell_problem
from backprop.errors import InvalidError, MalformedError, Problem, TooLargeError
from backprop.files.arrow import EXACT
from backprop.files.dialect import check_names, check_width
from backprop.files.guesses import instants_in
from backprop.files.options import Reading, Room

MOST_BYTES = 64 * 2**20  # of a JSON document, which is held in memory whole
LONGEST_LINE = 2**22
BLOCK_LINES = 4096
KINDS: Mapping[type, str] = {int: "numeric", float: "numeric", bool: "boolean", str: "text"}

Begin = Callable[[Sequence[str]], TableWriter]


class _NoTimesError(Exception):
    """The texts of a column were times so far, and are so no longer."""


def read_json(file: BinaryIO, reading: Reading, room: Room, begin: Begin) -> TableWriter:
    """Return a writer that holds `{"columns": [names], "rows": [[…]]}`, `{"columns": {name: […]}}` or `[{…}, …]`."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TooLargeError(f"a JSON document takes at most {MOST_BYTES:,} bytes; send JSON lines, or CSV")
    columns = _columns(strict_json.loads(content), room)
    names = list(columns)
    check_width(len(names), room)
    check_names(names)
    writer = begin(names)
    for place, (name, values) in enumerate(columns.items()):
        writer.add(place, cells_of_list(name, values, 0, is_text=name in reading.text))
    return writer


def read_lines(file: BinaryIO, reading: Reading, room: Room, begin: Begin) -> TableWriter:
    """Return a writer that holds records, one a line; a key that a line lacks is a missing value."""
    texts = set(reading.text)
    while True:
        writer = begin(())
        try:
            _read_lines(file, texts, room, writer)
        except _NoTimesError as turned:
            writer.close()
            texts.add(str(turned))
            file.seek(0)
        else:
            return writer


def _read_lines(file: BinaryIO, texts: set[str], room: Room, writer: TableWriter) -> None:
    rows = 0
    for records in _blocks(file):
        names = list(dict.fromkeys(itertools.chain(writer.names, *records)))
        check_width(len(names), room)
        check_names(names)
        for name in names[len(writer.names) :]:
            writer.widen(name, rows)
        for place, name in enumerate(names):
            values = [record.get(name) for record in records]
            was_time = writer.kind(place) == "datetime"
            is_text = name in texts or writer.kind(place) == "text"
            cells = cells_of_list(name, values, rows, is_text=is_text)
            if was_time and isinstance(cells, Texts):
                raise _NoTimesError(name)
            writer.add(place, cells)
        rows += len(records)


def _blocks(file: BinaryIO) -> Iterator[list[Mapping[str, Any]]]:
    lines = enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1)
    while block := list(itertools.islice(lines, BLOCK_LINES)):
        yield [_record(text, line) for line, text in block if text.strip()]


def _record(text: bytes, line: int) -> Mapping[str, Any]:
    if len(text) >= LONGEST_LINE:
        raise InvalidError([Problem("#/rows", "too_long", f"line {line} has over {LONGEST_LINE:,} bytes")])
    try:
        record = strict_json.loads(text)
    except MalformedError as error:
        raise InvalidError([Problem(f"#/rows/{line - 1}", "damaged", f"line {line}: {error.detail}")]) from error
    if not isinstance(record, dict):
        raise InvalidError([Problem(f"#/rows/{line - 1}", "wrong_type", f"line {line} holds no object")])
    return record


def _columns(document: object, room: Room) -> dict[str, list[Any]]:
    if isinstance(document, list):
        return _from_records(document)
    if isinstance(document, dict) and set(document) == {"columns", "rows"}:
        return _from_rows(document["columns"], document["rows"], room)
    if isinstance(document, dict) and set(document) == {"columns"} and isinstance(document["columns"], dict):
        return _from_columns(document["columns"])
    detail = 'send {"columns": [names], "rows": [[…], …]}, {"columns": {name: […], …}}, or a list of records'
    raise InvalidError([Problem("#", "wrong_keys", detail)])


def _from_records(records: list[Any]) -> dict[str, list[Any]]:
    for row, record in enumerate(records):
        if not isinstance(record, dict):
            raise InvalidError([Problem(f"#/{row}", "wrong_type", f"row {row} is no object")])
    names = dict.fromkeys(itertools.chain(*records))
    return {name: [record.get(name) for record in records] for name in names}


def _from_rows(names: Any, rows: Any, room: Room) -> dict[str, list[Any]]:
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise InvalidError([Problem("#/columns", "wrong_type", "columns is a list of at least one name")])
    check_width(len(names), room)
    check_names(names)
    if not isinstance(rows, list):
        raise InvalidError([Problem("#/rows", "wrong_type", "rows is a list of rows")])
    for row, cells in enumerate(rows):
        if not isinstance(cells, list):
            raise InvalidError([Problem(f"#/rows/{row}", "wrong_type", f"row {row} is no list of cells")])
        if len(cells) != len(names):
            detail = f"row {row} has {len(cells)} cells where there are {len(names)} columns"
            raise InvalidError([Problem(f"#/rows/{row}", "ragged_row", detail)])
    return {name: [cells[place] for cells in rows] for place, name in enumerate(names)}


def _from_columns(columns: dict[str, Any]) -> dict[str, list[Any]]:
    for name, values in columns.items():
        if not isinstance(values, list):
            raise InvalidError([Problem("#/columns", "wrong_type", f"column {name!r} is no list of values")])
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InvalidError([Problem("#/columns", "wrong_length", "the columns have different lengths")])
    return columns


def cells_of_list(name: str, values: list[Any], row: int, *, is_text: bool) -> Cells:
    """Return JSON values as cells, the first of them in row `row`; texts that all are times become such."""
    types = set(map(type, values)) - {type(None)}
    kinds = {KINDS.get(kind) for kind in types}
    if not types:
        return Missing(len(values))
    if len(kinds) > 1 or None in kinds:
        raise InvalidError([_stranger(name, values, row)])
    if kinds == {"boolean"}:
        return Flags(np.array([-1 if value is None else value for value in values], np.int8))
    if kinds == {"text"}:
        return (None if is_text else instants_in(pa.array(values, pa.string()))) or _texts(values)
    return _numbers(name, values, row, is_whole=types == {int})


def _numbers(name: str, values: list[Any], row: int, *, is_whole: bool) -> Numbers:
    try:
        numbers = np.array(values, np.float64)
    except OverflowError as error:
        place = next(n for n, value in enumerate(values) if type(value) is int and abs(value) > 10**308)
        raise InvalidError([cell_problem(row + place, name, "too_large", "the number is beyond float64")]) from error
    return Numbers(numbers, is_whole and bool(np.nanmax(np.abs(numbers)) <= EXACT))


def _texts(values: list[Any]) -> Texts:
    places: dict[str, int] = {}
    codes = [-1 if value is None else places.setdefault(value, len(places)) for value in values]
    return Texts(np.array(codes, np.int32), list(places))


def _stranger(name: str, values: list[Any], row: int) -> Problem:
    first = None
    for place, value in enumerate(values):
        if value is None:
            continue
        kind = KINDS.get(type(value))
        if kind is None:
            return cell_problem(row + place, name, "wrong_type", "a cell is a number, a text, true, false or null")
        if first is not None and kind != first:
            return cell_problem(row + place, name, "mixed_kinds", f"the cell is {kind}, the cells above it are {first}")
        first = kind
    raise AssertionError("only called where a cell is strange")
