"""Jobs as JSON: what comes in is what goes out, and everything wrong with a body is named at once."""

import dataclasses
import json
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop import strict_json
from backprop.data import BUILTINS
from backprop.errors import InvalidError, Problem
from backprop.nn import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES
from backprop.schemas import dump_spec, load_job, load_spec
from backprop.spec import (
    DataSpec,
    JobSpec,
    LayerSpec,
    NetworkSpec,
    OutputSpec,
    PreprocessingSpec,
    SplitSpec,
    StopSpec,
    TrainingSpec,
)

EXAMPLE: dict[str, Any] = {
    "name": "iris",
    "data": {"builtin": "iris"},
    "target": "species",
    "features": None,
    "ignore": None,
    "weight": None,
    "task": "classification",
    "split": {
        "validation": 0.0,
        "test": 20,
        "stratify": False,
        "random_state": 4,
        "group": None,
        "time": None,
        "column": None,
        "folds": None,
    },
    "preprocessing": {
        "numeric": "none",
        "categorical": "one_hot",
        "missing": "error",
        "fill": 0.0,
        "indicators": False,
        "rare": 0.0,
        "max_categories": 100,
        "unseen": "error",
        "target": "none",
    },
    "network": {
        "hidden": [{"units": 2, "activation": "sigmoid", "dropout": 0.0, "batch_norm": False}],
        "output": {"activation": "sigmoid"},
        "bias": False,
        "init": {"name": "normal", "scale": 0.5},
        "weights": None,
        "biases": None,
        "start_from": None,
    },
    "training": {
        "loss": "mse",
        "optimizer": {"name": "sgd", "learning_rate": 0.1, "weight_decay": 0.0, "momentum": 0.0, "nesterov": False},
        "schedule": {"name": "constant", "warmup_epochs": 0},
        "epochs": 5000,
        "batch_size": "full",
        "shuffle": False,
        "seed": 10,
        "shuffle_seed": 10,
        "dtype": "float64",
        "l1": 0.0,
        "l2": 0.0,
        "clip_value": None,
        "clip_norm": None,
        "max_norm": None,
        "class_weight": None,
        "metrics": [],
        "stop": {
            "loss_below": None,
            "patience": None,
            "min_delta": 0.0,
            "monitor": "loss",
            "baseline": None,
            "restore_best": True,
            "max_seconds": None,
        },
    },
    "priority": 0,
    "metadata": {"team": "a"},
}

SEEDS = st.integers(0, 2**32 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
COLUMNS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
NAMES = st.lists(COLUMNS, min_size=1, max_size=4).map(tuple)
AMOUNTS = st.floats(0, 1, exclude_max=True) | st.integers(1, 1000).map(float)


def members(table: Any) -> st.SearchStrategy[Any]:
    return st.one_of([st.builds(member, **parameters(member)) for member in table.values()])


def parameters(member: type) -> dict[str, st.SearchStrategy[Any]]:
    types = get_type_hints(member)
    return {field.name: values(types[field.name], field.metadata) for field in dataclasses.fields(member)}


def values(kind: type, bounds: Any) -> st.SearchStrategy[Any]:
    if kind is bool:
        return st.booleans()
    least, most = bounds.get("above", bounds.get("at_least", 0)), bounds.get("below", bounds.get("at_most", 10))
    if kind is int:
        return st.integers(int(least) + ("above" in bounds), int(most) - ("below" in bounds))
    return st.floats(least, most, exclude_min="above" in bounds, exclude_max="below" in bounds)


LAYERS = st.builds(
    LayerSpec,
    units=st.integers(1, 1000),
    activation=members(ACTIVATIONS),
    dropout=st.floats(0, 1, exclude_max=True),
    batch_norm=st.booleans(),
)
CLASS_WEIGHTS = st.dictionaries(COLUMNS, st.floats(0, 10), min_size=1).map(lambda weights: tuple(weights.items()))
VECTORS = st.lists(FINITE, min_size=1, max_size=3).map(tuple)
MATRICES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[FINITE] * width), min_size=1, max_size=3).map(tuple)
)
SPECS = st.builds(
    JobSpec,
    data=st.sampled_from([*(DataSpec(builtin=name) for name in BUILTINS), DataSpec(dataset="ds_0193")]),
    name=st.none()
    | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True).filter(lambda n: n[:4] != "mdl_"),
    target=st.none() | NAMES,
    features=st.none() | NAMES,
    task=st.sampled_from([None, "classification", "regression"]),
    split=st.builds(SplitSpec, AMOUNTS, AMOUNTS, st.booleans(), SEEDS, folds=st.none() | st.integers(2, 100)),
    preprocessing=st.builds(
        PreprocessingSpec,
        numeric=st.sampled_from(["none", "standard", "minmax"]),
        missing=st.sampled_from(["error", "mean", "most_frequent", "drop"]),
        target=st.sampled_from([None, "none", "standard"]),
    ),
    network=st.builds(
        NetworkSpec,
        hidden=st.lists(LAYERS, max_size=3).map(tuple),
        output=st.builds(OutputSpec, st.none() | members(ACTIVATIONS)),
        bias=st.booleans(),
        init=st.none() | members(INITIALIZERS),
        weights=st.none() | st.lists(MATRICES, min_size=1, max_size=2).map(tuple),
        biases=st.none() | st.lists(VECTORS, min_size=1, max_size=2).map(tuple),
    ),
    training=st.builds(
        TrainingSpec,
        loss=st.none() | members(LOSSES),
        optimizer=members(OPTIMIZERS),
        schedule=members(SCHEDULES),
        epochs=st.integers(1, 10_000_000),
        batch_size=st.none() | st.just("full") | st.integers(1, 2**31 - 1),
        shuffle=st.booleans(),
        seed=SEEDS,
        shuffle_seed=st.none() | SEEDS,
        dtype=st.sampled_from(["float32", "float64"]),
        l1=st.floats(0, 10),
        clip_norm=st.none() | st.floats(0, 10, exclude_min=True),
        class_weight=st.none() | st.just("balanced") | CLASS_WEIGHTS,
        stop=st.builds(
            StopSpec,
            loss_below=st.none() | FINITE,
            patience=st.none() | st.integers(1, 10_000_000),
            min_delta=st.floats(0, 1e300),
            monitor=st.sampled_from([None, "loss", "validation_loss", "accuracy", "validation_accuracy"]),
            baseline=st.none() | FINITE,
            restore_best=st.booleans(),
            max_seconds=st.none() | st.floats(0, 1e6, exclude_min=True),
        ),
    ),
    priority=st.integers(-1000, 1000),
    metadata=st.dictionaries(st.text("abc", min_size=1, max_size=5), COLUMNS, max_size=16),
)


@given(SPECS)
@settings(max_examples=150, deadline=None)
def test_a_dumped_spec_loads_as_the_same_spec(spec: JobSpec) -> None:
    assert load_spec(strict_json.loads(json.dumps(dump_spec(spec)).encode())) == spec


def test_the_example_is_dumped_as_it_came() -> None:
    dumped = dump_spec(load_spec(EXAMPLE))
    assert json.dumps(dumped) == json.dumps(EXAMPLE)  # keys in the same order, and 20 rows not 20.0


def test_what_is_left_out_takes_the_specs_own_default() -> None:
    assert load_job({"data": {"builtin": "xor"}}).spec == JobSpec(DataSpec(builtin="xor"))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_member_may_be_given_by_its_name_alone(optimizer: str) -> None:
    bare = load_spec({"data": {"builtin": "xor"}, "training": {"optimizer": optimizer}})
    named = load_spec({"data": {"builtin": "xor"}, "training": {"optimizer": {"name": optimizer}}})
    member: Any = OPTIMIZERS[optimizer]
    assert bare == named
    assert bare.training.optimizer == member()


def test_a_whole_number_may_be_written_with_a_point_as_json_has_one_kind_of_number() -> None:
    loaded = load_spec({"data": {"builtin": "xor"}, "training": {"epochs": 5.0}, "split": {"test": 1.0}})
    assert type(loaded.training.epochs) is int
    assert dump_spec(loaded)["split"]["test"] == 1


def test_a_linear_model_has_no_hidden_layers() -> None:
    assert load_spec({"data": {"builtin": "xor"}, "network": {"hidden": []}}).network.hidden == ()


def test_inline_columns_and_rows_become_a_table() -> None:
    body = load_job({"data": {"inline": {"columns": ["a", "b"], "rows": [[1, "x"], [2, "y"]]}}, "target": "b"})
    assert body.inline is not None
    assert body.inline.table.names == ("a", "b")
    assert body.spec.target == ("b",)


def test_inline_inputs_and_targets_name_their_own_columns() -> None:
    spec = load_job({"data": {"inline": {"inputs": [[1, 2], [3, 4]], "targets": [5, 6]}}}).spec
    assert (spec.features, spec.target) == (("x1", "x2"), ("y",))


def test_a_stored_spec_never_carries_rows() -> None:
    with pytest.raises(InvalidError, match="#/data/inline"):
        load_spec({"data": {"inline": {"inputs": [[1]], "targets": [1]}}})


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"name": "mdl_x"}, "#/name", "bad_name", "not with mdl_"),
    ({"name": "a b"}, "#/name", "bad_name", "letters, digits"),
    ({"name": ""}, "#/name", "wrong_length", "1 to 100"),
    ({"name": 5}, "#/name", "wrong_type", "a string"),
    ({"data": None}, "#/data", "null", "cannot be null"),
    ({"data": {}}, "#/data", "wrong_keys", "exactly one"),
    ({"data": {"builtin": "iris", "dataset": "ds_1"}}, "#/data", "wrong_keys", "exactly one"),
    ({"data": {"builtin": "irsi"}}, "#/data/builtin", "unknown_name", "did you mean 'iris'?"),
    ({"data": {"dataset": "../etc"}}, "#/data/dataset", "bad_name", "ds_"),
    ({"data": {"inline": []}}, "#/data/inline", "wrong_type", "an object"),
    ({"data": {"inline": {"rows": []}}}, "#/data/inline", "wrong_keys", "columns and rows"),
    (
        {"data": {"inline": {"columns": ["a"], "rows": [[1], [1, 2]]}}},
        "#/data/inline/rows/1",
        "wrong_length",
        "2 cells",
    ),
    ({"data": {"inline": {"columns": ["a"], "rows": [[1], ["x"]]}}}, "#/data/inline/rows/1/0", "mixed_kinds", "text"),
    ({"data": {"inline": {"columns": ["a", "a"], "rows": [[1, 2]]}}}, "#/data/inline/columns/1", "duplicate", "twice"),
    ({"data": {"inline": {"inputs": [[{}]], "targets": [1]}}}, "#/data/inline/inputs/0/0", "wrong_type", "cell"),
    ({"target": []}, "#/target", "wrong_length", "1 to"),
    ({"target": 3}, "#/target", "wrong_type", "column"),
    ({"features": ["a", 1]}, "#/features/1", "wrong_type", "a string"),
    ({"task": "regresion"}, "#/task", "unknown_name", "'regression'"),
    ({"split": {"test": -1}}, "#/split/test", "out_of_range", "at least 0"),
    ({"split": {"test": 1.5}}, "#/split/test", "out_of_range", "whole number of rows"),
    ({"split": {"tset": 1}}, "#/split/tset", "unknown_key", "'test'"),
    ({"split": []}, "#/split", "wrong_type", "an object"),
    ({"split": {"random_state": 2**32}}, "#/split/random_state", "out_of_range", "4,294,967,295"),
    ({"preprocessing": {"numeric": "minimax"}}, "#/preprocessing/numeric", "unknown_name", "'minmax'"),
    ({"network": {"hidden": [{"units": 0}]}}, "#/network/hidden/0/units", "out_of_range", "at least 1"),
    ({"network": {"hidden": [{}]}}, "#/network/hidden/0/units", "required", "add it"),
    ({"network": {"hidden": [8]}}, "#/network/hidden/0", "wrong_type", "an object"),
    ({"network": {"hidden": {"units": 8}}}, "#/network/hidden", "wrong_type", "a list"),
    ({"network": {"hidden": [{"units": 1}] * 101}}, "#/network/hidden", "wrong_length", "100 items, not 101"),
    ({"network": {"hidden": [{"units": 1, "dropout": 1}]}}, "#/network/hidden/0/dropout", "out_of_range", "below 1"),
    ({"network": {"bias": 1}}, "#/network/bias", "wrong_type", "true or false"),
    ({"network": {"init": "norml"}}, "#/network/init", "unknown_name", "'normal'"),
    ({"network": {"init": {"name": "normal", "scale": 0}}}, "#/network/init/scale", "out_of_range", "above 0"),
    ({"network": {"init": {"name": "zeros", "scale": 1}}}, "#/network/init/scale", "unknown_key", "known: name"),
    ({"network": {"weights": 1}}, "#/network/weights", "wrong_type", "a layer"),
    ({"network": {"weights": []}}, "#/network/weights", "wrong_type", "a layer"),
    ({"network": {"weights": [[[1], [True]]]}}, "#/network/weights/0/1/0", "wrong_type", "not true"),
    ({"network": {"weights": [[[1, 2], [3]]]}}, "#/network/weights/0/1", "wrong_length", "the first row has 2"),
    ({"network": {"biases": [[10**400]]}}, "#/network/biases/0/0", "not_finite", "64-bit float"),
    ({"network": {"start_from": "iris@"}}, "#/network/start_from", "bad_name", "iris@3"),
    ({"network": {"start_from": 3}}, "#/network/start_from", "wrong_type", "a string"),
    ({"training": {"metrics": "f1_macro"}}, "#/training/metrics", "wrong_type", "a list"),
    ({"training": {"metrics": ["f1_marco"]}}, "#/training/metrics/0", "unknown_name", "'f1_macro'"),
    ({"training": {"loss": "msa"}}, "#/training/loss", "unknown_name", "'mse'"),
    ({"training": {"optimizer": None}}, "#/training/optimizer", "null", "cannot be null"),
    ({"training": {"optimizer": {}}}, "#/training/optimizer/name", "required", "adam"),
    ({"training": {"optimizer": {"name": 1}}}, "#/training/optimizer/name", "wrong_type", "a name"),
    ({"training": {"optimizer": {"name": "adm"}}}, "#/training/optimizer/name", "unknown_name", "'adam'"),
    (
        {"training": {"optimizer": {"name": "sgd", "learning_rate": -1}}},
        "#/training/optimizer/learning_rate",
        "out_of_range",
        "above 0, not -1",
    ),
    ({"training": {"schedule": 1}}, "#/training/schedule", "wrong_type", "schedule"),
    ({"training": {"epochs": "2"}}, "#/training/epochs", "wrong_type", "not '2'"),
    ({"training": {"epochs": True}}, "#/training/epochs", "wrong_type", "not true"),
    ({"training": {"epochs": 1.5}}, "#/training/epochs", "wrong_type", "whole number, not 1.5"),
    ({"training": {"epochs": 10_000_001}}, "#/training/epochs", "out_of_range", "10,000,000"),
    ({"training": {"epochs": float("nan")}}, "#/training/epochs", "not_finite", "64-bit float"),
    ({"training": {"epochs": 10**400}}, "#/training/epochs", "not_finite", "64-bit float"),
    ({"training": {"epoch": 5}}, "#/training/epoch", "unknown_key", "'epochs'"),
    ({"training": {"batch_size": 0}}, "#/training/batch_size", "out_of_range", "at least 1"),
    ({"training": {"batch_size": "all"}}, "#/training/batch_size", "wrong_type", '"full"'),
    ({"training": {"seed": -1}}, "#/training/seed", "out_of_range", "at least 0"),
    ({"training": {"dtype": "float16"}}, "#/training/dtype", "unknown_name", "float"),
    ({"training": {"l2": -0.1}}, "#/training/l2", "out_of_range", "at least 0"),
    ({"training": {"clip_norm": 0}}, "#/training/clip_norm", "out_of_range", "above 0"),
    ({"training": {"class_weight": "fair"}}, "#/training/class_weight", "wrong_type", "balanced"),
    ({"training": {"class_weight": {}}}, "#/training/class_weight", "wrong_length", "1 to"),
    ({"training": {"class_weight": {"a": -1}}}, "#/training/class_weight/a", "out_of_range", "at least 0"),
    ({"training": {"loss": {"name": "huber", "delta": 0}}}, "#/training/loss/delta", "out_of_range", "above 0"),
    ({"training": {"stop": {"max_seconds": 0}}}, "#/training/stop/max_seconds", "out_of_range", "above 0"),
    ({"training": {"stop": {"patience": 0}}}, "#/training/stop/patience", "out_of_range", "at least 1"),
    ({"priority": 1001}, "#/priority", "out_of_range", "1,000"),
    ({"metadata": {"a": 1}}, "#/metadata/a", "wrong_type", "a string, not 1"),
    ({"metadata": {"a": "x" * 513}}, "#/metadata/a", "wrong_length", "512"),
    ({"metadata": {"k" * 65: "x"}}, "#/metadata/" + "k" * 65, "wrong_length", "64"),
    ({"metadata": {str(n): "x" for n in range(17)}}, "#/metadata", "wrong_length", "16"),
    ({"metadata": []}, "#/metadata", "wrong_type", "an object"),
    ({"a/b~c d": 1}, "#/a~1b~0c%20d", "unknown_key", "known: name, data"),
]


@pytest.mark.parametrize(("change", "pointer", "code", "words"), WRONG)
def test_what_is_wrong_is_named_by_pointer_code_and_remedy(
    change: dict[str, Any], pointer: str, code: str, words: str
) -> None:
    with pytest.raises(InvalidError) as refusal:
        load_job({"data": {"builtin": "iris"}, **change})
    (problem,) = refusal.value.problems
    assert (problem.pointer, problem.code) == (pointer, code)
    assert words in problem.detail


@pytest.mark.parametrize("body", [None, 1, "x", [], [{}]])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(InvalidError, match="#: takes an object"):
        load_job(body)


def test_all_problems_of_a_body_are_named_at_once_in_their_order() -> None:
    body = {"data": {"builtin": "x"}, "training": {"epochs": 0, "b": 1, "a": 1}, "network": {"bias": 0}}
    with pytest.raises(InvalidError) as refusal:
        load_job(body)
    assert [problem.pointer for problem in refusal.value.problems] == [
        "#/data/builtin",
        "#/network/bias",
        "#/training/epochs",
        "#/training/b",
        "#/training/a",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PLACES = [
    (part, key)
    for part in ("data", "split", "preprocessing", "network", "training")
    for key in (*EXAMPLE[part], "inline", "dataset")
]


@given(st.sampled_from(PLACES), JSON)
@settings(max_examples=300, deadline=None)
def test_whatever_stands_anywhere_is_taken_or_refused_and_nothing_else(place: tuple[str, str], value: Any) -> None:
    part, key = place
    problems: tuple[Problem, ...] = ()
    try:
        load_job({**EXAMPLE, part: {**EXAMPLE[part], key: value}})
    except InvalidError as refusal:
        problems = refusal.problems
    assert all(problem.pointer.startswith(f"#/{part}") for problem in problems)
