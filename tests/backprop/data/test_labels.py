"""Labels become zeros and ones, one output each, and come back as their columns write them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from backprop.data import fit, infer_task, prepare, roles, table_from_rows
from backprop.data.encoding import Encoding
from backprop.data.targets import LabelEncoding
from backprop.spec import DataSpec, JobSpec, SplitSpec

Refusal = Callable[..., list[tuple[str, str]]]
ROWS = [[0.5, True, 1, 0.0, 2, "a", 0.5], [1.5, False, 1, 1.0, 0, "b", 1.0], [2.5, False, 0, 1.0, None, "c", 1.0]]
TABLE = table_from_rows(["x", "flag", "whole", "number", "count", "text", "half"], ROWS)
NAMES = ("number", "flag", "whole")
SPEC = JobSpec(DataSpec(dataset="ds_1"), target=NAMES, features=("x",), task="multi_label")


def test_labels_keep_the_targets_order_and_come_back_with_their_types() -> None:
    encoding = LabelEncoding.fit(TABLE, NAMES)
    y = encoding.encode(TABLE, np.arange(3), "float32")
    assert y.dtype == np.float32
    assert y.tolist() == [[0, 1, 1], [1, 0, 1], [1, 0, 0]]
    back = encoding.decode(y)
    assert back == encoding.truth(TABLE, np.arange(3)) == [[0.0, True, 1], [1.0, False, 1], [1.0, False, 0]]
    assert [[type(value) for value in row] for row in back] == [[float, bool, int]] * 3


def test_an_output_of_a_half_is_a_no_as_scikit_learn_has_it() -> None:
    encoding = LabelEncoding(("a", "b"), ((0, 1), (False, True)))
    assert encoding.decode(np.array([[0.5, 0.5], [0.5000001, 0.4]])) == [[0, False], [1, False]]


def test_an_encoding_comes_back_from_json() -> None:
    encoding, _ = fit(TABLE, SPEC)
    assert encoding.classes == NAMES
    assert (encoding.task, encoding.outputs) == ("multi_label", 3)
    assert Encoding.from_json(encoding.to_json()) == encoding


def test_several_booleans_are_labels_and_zeros_and_ones_only_where_the_job_says_so() -> None:
    table = table_from_rows(["a", "b", "c"], [[True, False, 0], [False, False, 1]])
    assert infer_task(table, ("a", "b")) == "multi_label"
    assert infer_task(table, ("a", "c")) == infer_task(table, ("c", "c")) == "regression"
    assert infer_task(table, ("a",)) == "classification"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (("flag", "count"), "'count' has 2 in row 0"),
        (("flag", "half"), "'half' has 0.5 in row 0"),
        (("flag", "text"), "'text' is text"),
        (("flag",), "several columns"),
    ],
)
def test_what_is_no_label_is_named(refusal: Refusal, target: tuple[str, ...], says: str) -> None:
    spec = replace(SPEC, target=target)
    assert refusal(roles, TABLE, spec) == [("#/task", "conflict")]
    with pytest.raises(Exception, match=says):
        roles(TABLE, spec)


def test_a_missing_label_is_refused_by_its_row(refusal: Refusal) -> None:
    table = table_from_rows(["x", "a", "b"], [[1, True, 1], [2, False, None]])
    spec = replace(SPEC, target=("a", "b"))
    assert refusal(fit, table, spec) == [("#/target", "missing_value")]


def test_stratifying_keeps_the_shares_of_label_sets_as_scikit_learn_does() -> None:
    labels = np.random.RandomState(0).randint(0, 2, (60, 2))
    rows: list[list[Any]] = [[row, *map(int, pair)] for row, pair in enumerate(labels)]
    table = table_from_rows(["x", "a", "b"], rows)
    split = SplitSpec(test=20, stratify=True, random_state=3)
    prepared = prepare(table, replace(SPEC, target=("a", "b"), split=split))
    train, test = train_test_split(np.arange(60), test_size=20, random_state=3, stratify=labels)
    assert prepared.train.rows.tolist() == train.tolist()
    assert prepared.test is not None
    assert prepared.test.rows.tolist() == test.tolist()
