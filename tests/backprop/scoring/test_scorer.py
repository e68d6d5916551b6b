"""A scored table has the bits that the encoding and the network give each row alone, and the same rows are refused."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backprop.data import Encoding, table_of
from backprop.data.table import Column, Table, objects
from backprop.datasets.times import microseconds_of
from backprop.errors import InvalidError
from backprop.nn import Layer, Network, Predictor, initial_parameters
from backprop.scoring import Scorer, ScoringSpec, check
from backprop.spec import DataSpec
from tests.backprop.data.test_encoding import Case, cases

ODD: dict[str, list[Any]] = {
    "numeric": [None, 1e300, 0.5],
    "text": [None, "unseen"],
    "boolean": [None, True],
    "datetime": [None],
}
Scored = tuple[Encoding, Table, list[list[Any]]]


@st.composite
def scored_tables(draw: st.DrawFn) -> Scored:
    """An encoding, a table to score by it in which some cells are odd, and its rows as JSON has them."""
    case: Case = draw(cases())
    encoding, table, rows = case
    rows = [row[:-1] for row in rows]
    for place, name in enumerate(encoding.features):
        odd = ODD[table.column(name).kind]
        for row in draw(st.lists(st.sampled_from(rows), max_size=2)):
            row[place] = draw(st.sampled_from(odd))
    kinds = [table.column(name).kind for name in encoding.features]
    columns = [_column(*about) for about in zip(encoding.features, kinds, zip(*rows, strict=True), strict=True)]
    return encoding, Table(tuple(columns)), rows


def _column(name: str, kind: Any, cells: tuple[Any, ...]) -> Column:
    if kind == "datetime":
        return Column(name, kind, np.array([np.nan if cell is None else microseconds_of(cell) for cell in cells]))
    if kind == "numeric":
        return Column(name, kind, np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64))
    return Column(name, kind, objects(cells))


@given(scored_tables(), st.sampled_from(["softmax", "identity", "exponential"]))
def test_a_scored_row_has_the_bits_of_the_row_alone_or_its_refusal(scored: Scored, activation: str) -> None:
    encoding, table, rows = scored
    network = Network(encoding.inputs, (Layer(3, "tanh"), Layer(encoding.outputs, activation)), True, encoding.x.dtype)
    predictor = Predictor(network, initial_parameters(network, 1))
    spec = ScoringSpec("mdl_1", DataSpec(dataset="ds_1"), include=encoding.features[:1], on_error="null")
    check(encoding, table, spec)
    part = Scorer(encoding, predictor, table, spec).part(0)
    result = table_of(part.content)
    found = [dict(zip(result.names, row, strict=True)) for row in result.head(0, table.rows)]
    assert part.rows == len(found) == len(rows)
    assert part.rejected == sum(row["reason"] is not None for row in found)
    for row, line in zip(rows, found, strict=True):
        outputs = [value for name, value in line.items() if name.startswith("output")]
        refusal = refused(encoding, row)
        if refusal is not None:
            assert str(line["reason"]).endswith(refusal)
            assert set(outputs) == {None}
            continue
        alone = predictor.outputs(encoding.encode_rows([row]))
        assert (line["reason"], line["prediction"]) == (None, encoding.decode(alone)[0])
        assert np.array(outputs).tobytes() == alone[0].astype(np.float64).tobytes()


def refused(encoding: Encoding, row: list[Any]) -> str | None:
    """Why predict refuses a row, None where it does not."""
    try:
        encoding.encode_rows([row])
    except InvalidError as error:
        return error.problems[0].detail
    return None
