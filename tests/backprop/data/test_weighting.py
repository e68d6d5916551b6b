"""Row weights from class weights."""

from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from backprop.data import prepare, row_weights, table_from_rows
from backprop.defaults import complete
from backprop.errors import InvalidError
from backprop.schemas import load_job

LABELS = [True, False, False, False, True, False]
TABLE = table_from_rows(["x", "y"], [[float(place), label] for place, label in enumerate(LABELS)])


def weights(given: Any) -> list[float] | None:
    job = {"data": {"dataset": "ds_1"}, "target": "y", "training": {"class_weight": given, "dtype": "float64"}}
    spec = complete(load_job(job).spec, TABLE)
    prepared = prepare(TABLE, spec)
    found = row_weights(prepared, spec)
    return None if found is None else [found[row] for row in np.argsort(prepared.train.rows)]


def test_without_class_weights_rows_have_none() -> None:
    assert weights(None) is None


def test_balanced_weights_are_scikit_learns() -> None:
    assert weights("balanced") == pytest.approx(compute_sample_weight("balanced", LABELS))


def test_a_class_is_named_as_json_writes_it_and_one_left_out_has_weight_1() -> None:
    assert weights({"true": 2.5}) == [2.5, 1, 1, 1, 2.5, 1]


def test_a_class_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(InvalidError) as refused:
        weights({"yes": 2.0})
    problem = refused.value.problems[0]
    assert problem.pointer == "#/training/class_weight/yes"
    assert "false, true" in problem.detail
