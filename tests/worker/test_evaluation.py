"""An evaluation keeps as much as is shown, however many rows, classes or targets there are."""

import numpy as np

from backprop.data import Encoding
from backprop.data.inputs import InputEncoding
from backprop.data.targets import ClassEncoding, ValueEncoding
from worker.evaluation import MOST_CLASSES, MOST_PAIRS, MOST_TARGETS, evaluated

X = InputEncoding((), "float64")


def values(targets: int) -> Encoding:
    names = tuple(f"y{target}" for target in range(targets))
    return Encoding(X, ValueEncoding(names, (0.0,) * targets, (1.0,) * targets), ())


def test_of_very_many_rows_some_are_kept_evenly_from_the_first_to_the_last() -> None:
    truth = [float(row) for row in range(100_000)]
    found = evaluated(values(1), "test", truth, [-value for value in truth])
    assert found.count == 100_000
    assert found.pairs is not None
    kept = found.pairs.truth[:, 0]
    assert (len(kept), kept[0], kept[-1]) == (MOST_PAIRS, 0.0, 99_999.0)
    assert np.ptp(np.diff(kept)) <= 1
    assert np.array_equal(found.pairs.predicted[:, 0], -kept)


def test_of_many_targets_the_first_are_kept() -> None:
    rows = [[10.0 * row + target for target in range(7)] for row in range(3)]
    found = evaluated(values(7), "test", rows, rows)
    assert found.pairs is not None
    assert found.pairs.targets == ("y0", "y1", "y2", "y3")
    assert found.pairs.truth.shape == (3, MOST_TARGETS)
    assert found.pairs.predicted[2].tolist() == [20.0, 21.0, 22.0, 23.0]


def test_of_very_many_classes_no_report_is_kept() -> None:
    labels = tuple(f"c{code:03}" for code in range(MOST_CLASSES + 1))
    few, many = (Encoding(X, ClassEncoding("y", names), ()) for names in (labels[1:], labels))
    assert evaluated(few, "test", ["c001"], ["c002"]).report is not None
    assert evaluated(many, "test", ["c001"], ["c002"]).report is None
