"""A graph gives on raw rows what the model gives, in a runtime that knows nothing of us."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop.data import Encoding, Table, table_from_rows
from backprop.data.features import Moment
from backprop.data.inputs import InputEncoding
from backprop.data.targets import ClassEncoding, ValueEncoding
from backprop.errors import InvalidError
from backprop.exchange.bundle import Bundle
from backprop.exchange.onnx import file
from backprop.exchange.onnx.activations import OPERATORS
from backprop.nn import ACTIVATIONS, Predictor
from tests.backprop.exchange.bundles import bundle_of

ROWS = [
    [row * 1.5, None if row % 5 == 0 else row % 4, None if row % 6 == 0 else "abcde"[row % 5], row % 3 == 0, row]
    for row in range(40)
]
NAMES = ["number", "gappy", "text", "flag", "target"]
TABLE = table_from_rows(NAMES, ROWS)
TOLERANCE: dict[str, dict[str, Any]] = {"float32": {"rel": 1e-4, "abs": 1e-5}, "float64": {"rel": 1e-9, "abs": 1e-11}}


def fed(bundle: Bundle, records: list[dict[str, Any]]) -> dict[str, Any]:
    """The inputs of a graph for records: NaN and empty texts where something is missing."""
    features = bundle.encoding.x.features
    columns = {feature.name: [record[feature.name] for record in records] for feature in features}
    if {feature.kind for feature in features} == {"numeric"}:
        matrix = [
            [np.nan if cell is None else float(cell) for cell in row] for row in zip(*columns.values(), strict=True)
        ]
        return {"inputs": np.array(matrix)}
    inputs = {}
    for feature in features:
        cells = columns[feature.name]
        if feature.kind == "numeric":
            inputs[feature.name] = np.array([[np.nan if cell is None else float(cell)] for cell in cells])
        elif feature.kind == "boolean":
            inputs[feature.name] = np.array([[cell] for cell in cells], bool)
        else:
            inputs[feature.name] = np.array([[cell or ""] for cell in cells], object)
    return inputs


def run(bundle: Bundle, records: list[dict[str, Any]]) -> tuple[list[Any], Any]:
    content = file.write(bundle, whole=True)
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    predictions, outputs = session.run(["predictions", "outputs"], fed(bundle, records))
    return predictions.tolist(), outputs


def assert_same(bundle: Bundle, records: list[dict[str, Any]]) -> None:
    predictions, outputs = run(bundle, records)
    expected = Predictor(bundle.network, bundle.flat).outputs(bundle.encoding.encode_records(records))
    near = TOLERANCE[bundle.network.dtype]
    assert outputs == pytest.approx(expected, **near)
    decoded = bundle.encoding.decode(outputs)
    if isinstance(bundle.encoding.y, ValueEncoding):
        assert np.array(predictions) == pytest.approx(np.array(decoded), rel=1e-12, abs=1e-12)
    else:
        assert predictions == decoded


def records_of(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.names, row, strict=True)) for row in table.head(0, table.rows)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "preprocessing",
    [
        {},
        {"numeric": "quantile", "indicators": True},
        {"numeric": "minmax", "missing": "constant", "fill": -3, "categorical": "ordinal", "indicators": True},
        {"numeric": "robust", "missing": "median", "rare": 8, "unseen": "pooled"},
        {"numeric": "none", "missing": "constant", "unseen": "ignore", "indicators": True},
        {"categorical": "ordinal", "unseen": "ignore"},
    ],
)
def test_raw_rows_of_every_encoding(preprocessing: dict[str, Any], dtype: str) -> None:
    bundle = bundle_of(TABLE, preprocessing=preprocessing, training={"dtype": dtype})
    records = records_of(TABLE)
    if preprocessing.get("unseen", "error") != "error":
        records[3]["text"] = "never seen"
    assert_same(bundle, records)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation: str, dtype: str) -> None:
    assert set(OPERATORS) == set(ACTIVATIONS)
    network = {"hidden": [{"units": 5, "activation": activation}, {"units": 4, "activation": activation}]}
    bundle = bundle_of(TABLE, features=["number"], network=network, training={"dtype": dtype})
    records = [{"number": value} for value in (-40.0, -1.0, 0.0, 10.0, 28.5, 60.0)]
    if (activation, dtype) == ("gelu", "float64"):
        _, outputs = run(bundle, records)
        expected = Predictor(bundle.network, bundle.flat).outputs(bundle.encoding.encode_records(records))
        assert outputs == pytest.approx(expected, rel=1e-6, abs=1e-6), "the runtime has erf in float32 alone"
        return
    assert_same(bundle, records)


def test_batch_normalization_and_layers_without_bias() -> None:
    hidden = [{"units": 6, "batch_norm": True}, {"units": 3, "activation": "tanh", "batch_norm": True}]
    for bias in (True, False):
        bundle = bundle_of(TABLE, network={"hidden": hidden, "bias": bias}, training={"dtype": "float64"})
        assert_same(bundle, records_of(TABLE))
    assert_same(bundle_of(TABLE, network={"hidden": []}), records_of(TABLE))


@pytest.mark.parametrize("cells", [["no", "yes"], [True, False], [3, -1], [0.5, 2.0, 1.5]])
def test_classes_come_out_as_they_are(cells: list[Any]) -> None:
    table = table_from_rows(["x", "target"], [[row, cells[row % len(cells)]] for row in range(12)])
    bundle = bundle_of(table, task="classification")
    assert isinstance(bundle.encoding.y, ClassEncoding)
    assert_same(bundle, records_of(table))


@pytest.mark.parametrize(
    ("cells", "expected"), [([True, False], [bool, bool]), ([1, 0], [int, int]), ([1.0, 0.0], [float, float])]
)
def test_labels_and_several_values_come_out_as_lists(cells: list[Any], expected: list[type]) -> None:
    rows = [[row, cells[row % 2], cells[row // 2 % 2], row / 3] for row in range(12)]
    table = table_from_rows(["x", "a", "b", "y"], rows)
    bundle = bundle_of(table, target=["a", "b"], task="multi_label", features=["x"])
    assert_same(bundle, records_of(table))
    predictions, _ = run(bundle, records_of(table))
    assert [type(value) for value in predictions[0]] == expected
    assert_same(bundle_of(table, target=["x", "y"], features=["a", "b"]), records_of(table))


def test_labels_of_which_some_are_booleans_come_out_as_0_and_1() -> None:
    table = table_from_rows(["x", "a", "b"], [[row, row % 2 == 0, row % 2] for row in range(12)])
    bundle = bundle_of(table, target=["a", "b"], task="multi_label")
    predictions, outputs = run(bundle, records_of(table))
    assert predictions == (outputs > 0.5).astype(int).tolist()


def test_a_graph_says_whose_it_is_and_its_bytes_follow_from_the_model_alone() -> None:
    bundle = bundle_of(TABLE)
    content = file.write(bundle, whole=True)
    assert content == file.write(bundle, whole=False)
    about = {entry.key: entry.value for entry in onnx.load_from_string(content).metadata_props}
    assert about["sha256"] == bundle.sha256
    assert about["features"] == '["number", "gappy", "text", "flag"]'


@pytest.mark.parametrize("names", [["add_1", "constant_2", "gather_1"], ["inputs", "cast_3", "rows"]])
def test_features_may_go_by_the_names_of_a_graphs_own_nodes(names: list[str]) -> None:
    table = table_from_rows([*names, "target"], [[row, "ab"[row % 2], row % 3, row] for row in range(12)])
    assert_same(bundle_of(table), records_of(table))


def refusal(bundle: Bundle) -> str:
    with pytest.raises(InvalidError) as caught:
        file.write(bundle, whole=True)
    (problem,) = caught.value.problems
    assert (problem.pointer, problem.code) == ("?format", "conflict")
    return problem.detail


def test_what_onnx_cannot_say_is_refused_with_the_reason() -> None:
    spec = bundle_of(TABLE).spec
    moment = Encoding(
        InputEncoding((Moment("at", 0.0, 1.0, None),), "float32"), ValueEncoding(("y",), (0.0,), (1.0,)), ()
    )
    assert "'at' is one" in refusal(Bundle(None, spec, moment, np.zeros(1, np.float32)))
    rows = [[None if row == 0 else row % 2 == 0, "" if row == 1 else "a", row] for row in range(12)]
    gaps = table_from_rows(["flag", "text", "target"], rows)
    preprocessing = {"indicators": True}
    assert "'flag'" in refusal(bundle_of(gaps, features=["flag"], preprocessing=preprocessing))
    assert "'text'" in refusal(bundle_of(gaps, features=["text"]))
    named = table_from_rows(["outputs", "text", "target"], [[row, "a", row] for row in range(12)])
    assert "outputs" in refusal(bundle_of(named, features=["outputs", "text"]))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, dict[str, Any]]:
    rows = draw(st.integers(2, 8))
    numbers = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "number": st.none() | numbers,
        "text": st.none() | st.sampled_from(["a", "bb", "ü", " "]),
    }
    kinds |= {"flag": st.booleans(), "whole": st.integers(-9, 9)}
    columns = {name: draw(st.lists(kind, min_size=rows, max_size=rows)) for name, kind in kinds.items()}
    columns["number"][0], columns["text"][0] = draw(numbers), "a"
    columns["target"] = draw(
        st.sampled_from([st.floats(-5, 5), st.sampled_from(["x", "y"])]).flatmap(
            lambda kind: st.lists(kind, min_size=rows, max_size=rows)
        )
    )
    preprocessing = {
        "numeric": draw(st.sampled_from(["none", "standard", "minmax", "robust", "quantile"])),
        "categorical": draw(st.sampled_from(["one_hot", "ordinal"])),
        "missing": draw(st.sampled_from(["mean", "median", "most_frequent", "constant"])),
        "indicators": draw(st.booleans()),
    }
    return table_from_rows(list(columns), list(map(list, zip(*columns.values(), strict=True)))), preprocessing


@settings(max_examples=40)
@given(drawn=tables())
def test_any_table(drawn: tuple[Table, dict[str, Any]]) -> None:
    table, preprocessing = drawn
    if table.column("target").kind == "text" and len(table.column("target").distinct()) < 2:
        return
    bundle = bundle_of(table, preprocessing=preprocessing, training={"dtype": "float64"})
    assert_same(bundle, records_of(table))
