"""Defaults: what a spec leaves open follows from its data, and what cannot work with it is refused by its pointer."""

from typing import Any

import pytest

from backprop.data import Table, load, table_from_rows
from backprop.defaults import check_rows, complete, examine
from backprop.errors import InvalidError
from backprop.schemas import dump_spec, load_job
from backprop.spec import JobSpec

NUMBERS = table_from_rows(["a", "b", "c"], [[row, row * 0.5 + 0.1, row % 3] for row in range(30)])
TEXTS = table_from_rows(["a", "kind"], [[row, "yes" if row % 2 else "no"] for row in range(30)])
BUILTIN = {"data": {"builtin": "iris"}}


def spec_of(**job: Any) -> JobSpec:
    return load_job({"data": {"dataset": "ds_1"}, **job}).spec


def completed(table: Table, **job: Any) -> dict[str, Any]:
    return dump_spec(complete(spec_of(**job), table))


def test_a_builtin_set_brings_its_target_and_classes_their_defaults() -> None:
    shown = dump_spec(complete(load_job(BUILTIN).spec, load("iris")))
    assert shown["target"] == "species"
    assert shown["features"] == list(load("iris").names[:4])
    assert shown["task"] == "classification"
    assert shown["preprocessing"] == {
        "numeric": "standard",
        "categorical": "one_hot",
        "missing": "mean",
        "fill": 0.0,
        "indicators": False,
        "rare": 0.0,
        "max_categories": 100,
        "unseen": "error",
        "target": "none",
    }
    assert shown["network"]["hidden"] == [{"units": 100, "activation": "relu", "dropout": 0.0, "batch_norm": False}]
    assert shown["network"]["output"] == {"activation": "softmax"}
    training = shown["training"]
    assert training["loss"] == "cross_entropy"
    assert training["optimizer"]["name"] == "adam"
    assert training["optimizer"]["learning_rate"] == 0.001
    assert (training["epochs"], training["batch_size"], training["shuffle"]) == (200, 32, True)
    assert (training["seed"], training["shuffle_seed"], training["dtype"]) == (0, 0, "float32")
    assert training["stop"]["monitor"] == "loss"


def test_values_take_identity_mse_and_a_scaled_target() -> None:
    shown = completed(NUMBERS, target="b")
    assert shown["task"] == "regression"
    assert shown["preprocessing"]["target"] == "standard"
    assert (shown["network"]["output"]["activation"], shown["training"]["loss"]) == ("identity", "mse")


def test_lbfgs_takes_all_rows_at_once() -> None:
    assert completed(NUMBERS, target="b", training={"optimizer": "lbfgs"})["training"]["batch_size"] == "full"


@pytest.mark.parametrize("target", ["a", "b", "c", ["a", "b"]])
def test_a_complete_spec_comes_back_as_it_is(target: Any) -> None:
    once = complete(spec_of(target=target, task="regression"), NUMBERS)
    assert complete(once, NUMBERS) == once


def test_the_batch_size_is_no_more_than_the_training_rows() -> None:
    assert completed(NUMBERS, target="b", split={"test": 10, "validation": 5})["training"]["batch_size"] == 15


def test_the_shuffle_seed_is_the_seed_unless_it_is_given() -> None:
    assert completed(NUMBERS, target="b", training={"seed": 7})["training"]["shuffle_seed"] == 7
    assert completed(NUMBERS, target="b", training={"seed": 7, "shuffle_seed": 0})["training"]["shuffle_seed"] == 0


def test_validation_rows_are_monitored_where_there_are_any() -> None:
    assert completed(NUMBERS, target="b", split={"validation": 0.2})["training"]["stop"]["monitor"] == "validation_loss"


@pytest.mark.parametrize(
    ("output", "loss", "expected"),
    [
        (None, None, ("softmax", "cross_entropy")),
        ("sigmoid", None, ("sigmoid", "binary_cross_entropy")),
        ("tanh", None, ("tanh", "mse")),
        (None, "binary_cross_entropy", ("sigmoid", "binary_cross_entropy")),
        (None, "mse", ("softmax", "mse")),
        ("sigmoid", "mse", ("sigmoid", "mse")),
    ],
)
def test_the_outputs_activation_and_the_loss_follow_from_each_other(
    output: str | None, loss: str | None, expected: tuple[str, str]
) -> None:
    shown = completed(TEXTS, target="kind", network={"output": {"activation": output}}, training={"loss": loss})
    assert (shown["network"]["output"]["activation"], shown["training"]["loss"]) == expected


def test_the_sizes_that_follow_from_the_data_come_along() -> None:
    found = examine(spec_of(target="kind", split={"test": 0.2}), TEXTS)
    assert (found.rows, found.encoding.inputs, found.encoding.outputs) == (24, 1, 2)


WRONG: list[tuple[Table, dict[str, Any], str, str]] = [
    (NUMBERS, {}, "#/target", "name the target"),
    (NUMBERS, {"target": ["x", "b"]}, "#/target/0", "there is no column 'x'"),
    (NUMBERS, {"target": "b", "features": ["a", "aa"]}, "#/features/1", "did you mean 'a'?"),
    (NUMBERS, {"target": "b", "features": ["b"]}, "#/features/0", "is the target"),
    (TEXTS, {"target": "kind", "task": "regression"}, "#/task", "needs numbers"),
    (NUMBERS, {"target": ["a", "b"], "task": "classification"}, "#/task", "one target"),
    (NUMBERS, {"target": "b", "split": {"test": 30}}, "#/split/test", "none is left to train on"),
    (NUMBERS, {"target": "b", "split": {"test": 20, "validation": 0.5}}, "#/split/validation", "none is left"),
    (NUMBERS, {"target": "b", "split": {"stratify": True}}, "#/split/stratify", "only classes"),
    (NUMBERS, {"target": "b", "training": {"loss": "cross_entropy"}}, "#/training/loss", "takes classes"),
    (
        NUMBERS,
        {"target": "b", "network": {"output": {"activation": "softmax"}}},
        "#/network/output/activation",
        "take identity",
    ),
    (
        TEXTS,
        {"target": "kind", "training": {"loss": "cross_entropy"}, "network": {"output": {"activation": "tanh"}}},
        "#/training/loss",
        "takes the output activation softmax, not tanh",
    ),
    (TEXTS, {"target": "kind", "preprocessing": {"target": "standard"}}, "#/preprocessing/target", "not scaled"),
    (
        TEXTS,
        {"target": "kind", "training": {"stop": {"monitor": "validation_loss"}}},
        "#/training/stop/monitor",
        "no validation rows",
    ),
    (
        TEXTS,
        {"target": "kind", "training": {"stop": {"monitor": "validation_accuracy"}}},
        "#/training/stop/monitor",
        "or monitor accuracy",
    ),
    (
        NUMBERS,
        {"target": "b", "split": {"validation": 5}, "training": {"stop": {"monitor": "validation_accuracy"}}},
        "#/training/stop/monitor",
        "monitor validation_loss",
    ),
    *(
        (NUMBERS, {"target": "b", "training": {"optimizer": "lbfgs", key: value}}, f"#/training/{key}", "lbfgs")
        for key, value in {
            "batch_size": 10,
            "schedule": {"name": "constant", "warmup_epochs": 1},
            "l1": 0.1,
            "clip_value": 1,
            "clip_norm": 1,
            "max_norm": 1,
        }.items()
    ),
    (
        NUMBERS,
        {
            "target": "b",
            "training": {"optimizer": "lbfgs"},
            "network": {"hidden": [{"units": 2}, {"units": 2, "dropout": 0.1}]},
        },
        "#/network/hidden/1/dropout",
        "lbfgs takes no dropout",
    ),
    (NUMBERS, {"target": "b", "network": {"biases": [[1]]}}, "#/network/biases", "give both"),
    (
        NUMBERS,
        {"target": "b", "network": {"hidden": [], "weights": [[[1], [1]]], "init": "zeros"}},
        "#/network/init",
        "leave out either",
    ),
    (
        NUMBERS,
        {"target": "b", "network": {"hidden": [], "bias": False, "weights": [[[1], [1]]], "biases": [[1]]}},
        "#/network/biases",
        "has no biases",
    ),
    (NUMBERS, {"target": "b", "network": {"weights": [[[1]]]}}, "#/network/weights", "one item a layer, 2"),
    (
        NUMBERS,
        {"target": "b", "network": {"hidden": [], "weights": [[[1]]]}},
        "#/network/weights/0",
        "1 x 1; this layer takes 2 x 1",
    ),
    (
        NUMBERS,
        {"target": "b", "network": {"hidden": [], "weights": [[[1e300], [1]]]}},
        "#/network/weights/0",
        "beyond float32",
    ),
]


@pytest.mark.parametrize(("table", "job", "pointer", "words"), WRONG)
def test_what_cannot_work_with_its_data_is_refused(table: Table, job: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        complete(spec_of(**job), table)
    assert [problem.pointer for problem in refusal.value.problems if words in problem.detail] == [pointer]


@pytest.mark.parametrize(
    ("rows", "preprocessing", "pointer"),
    [
        ([[1, 2.5], [None, 3.5], [3, 4.5]], {"missing": "error"}, "#/preprocessing/missing"),
        ([[1, 2.5], [1e300, 3.5], [3, 4.5]], {"numeric": "none"}, "#/training/dtype"),
        ([[1, 2.5], [2, 1e300], [3, 4.5]], {"target": "none"}, "#/training/dtype"),
    ],
)
def test_a_value_that_cannot_be_encoded_is_found_before_training(
    rows: list[list[Any]], preprocessing: dict[str, str], pointer: str
) -> None:
    table = table_from_rows(["a", "b"], rows)
    found = examine(spec_of(target="b", preprocessing=preprocessing), table)
    with pytest.raises(InvalidError) as refusal:
        check_rows(found, table)
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]


def test_folds_are_validated_by_what_they_hold_out() -> None:
    stop = completed(NUMBERS, target="b", split={"folds": 3})["training"]["stop"]
    assert stop["monitor"] == "validation_loss"
    monitored = completed(
        NUMBERS, target="c", split={"folds": 3}, training={"stop": {"monitor": "validation_accuracy"}}
    )
    assert monitored["training"]["stop"]["monitor"] == "validation_accuracy"


def test_weights_that_do_not_fit_a_folds_network_are_refused() -> None:
    kinds = ["a", "b", "c"]  # the first of three folds by time has seen two kinds alone
    table = table_from_rows(["kind", "at", "y"], [[kinds[row // 8], row, row * 0.5] for row in range(24)])
    network = {"hidden": [], "weights": [[[0.0]] * 4]}
    job = {"target": "y", "network": network, "split": {"time": "at"}}
    completed(table, **job)
    with pytest.raises(InvalidError) as refused:
        completed(table, **job | {"split": {"time": "at", "folds": 3}})
    [problem] = refused.value.problems
    assert problem.pointer == "#/network/weights/0"
    assert "in fold 1 has the shape 4 x 1; this layer takes 2 x 1" in problem.detail
