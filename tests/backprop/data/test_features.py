"""What a feature learns from its training rows: categories, offset, scale, and what stands in for a gap."""

from collections.abc import Callable

import numpy as np
import pytest

from backprop.data.features import Categorical, Numeric
from backprop.data.fitting import fit_features
from backprop.data.inline import table_from_rows
from backprop.spec import PreprocessingSpec

Refusal = Callable[..., list[tuple[str, str]]]
TABLE = table_from_rows(
    ["n", "t", "b"], [[1, "b", True], [4, "a", None], [None, None, False], [4, "b", False], [100, "z", True]]
)
TRAIN = np.arange(4)


@pytest.mark.parametrize(("missing", "fill"), [("mean", 3.0), ("most_frequent", 4.0), ("error", None), ("drop", None)])
def test_a_numeric_column_is_filled_as_asked(missing: str, fill: float | None) -> None:
    spec = PreprocessingSpec(numeric="none", missing=missing)  # type: ignore[arg-type]
    assert fit_features(TABLE, TRAIN, ("n",), spec) == (Numeric("n", 0.0, 1.0, fill, least=1.0, most=4.0),)


def test_scales_are_measured_on_the_filled_training_rows_alone() -> None:
    # 1, 4, 3 (filled), 4: mean 3, population variance 6 / 4.
    (feature,) = fit_features(TABLE, TRAIN, ("n",), PreprocessingSpec())
    assert isinstance(feature, Numeric)
    assert feature.offset == 3.0
    assert feature.scale == pytest.approx(1.5**0.5)


@pytest.mark.parametrize("missing", ["mean", "most_frequent"])
def test_categories_are_the_training_rows_and_their_fill_the_most_frequent(missing: str) -> None:
    spec = PreprocessingSpec(missing=missing)  # type: ignore[arg-type]
    assert fit_features(TABLE, TRAIN, ("t", "b"), spec) == (
        Categorical("t", "text", ("a", "b"), "b"),
        Categorical("b", "boolean", (False, True), False),
    )


@pytest.mark.parametrize("cells", [[None, None, 1], [None, None, "a"]])
def test_a_column_without_a_training_value_is_refused(refusal: Refusal, cells: list[object]) -> None:
    table = table_from_rows(["a"], [[cell] for cell in cells])
    assert refusal(fit_features, table, np.arange(2), ("a",), PreprocessingSpec()) == [("#/features", "missing_value")]


@pytest.mark.parametrize("numeric", ["standard", "minmax"])
def test_numbers_too_large_to_scale_are_refused(refusal: Refusal, numeric: str) -> None:
    table = table_from_rows(["a"], [[-1.7e308], [1.7e308], [1.7e308]])
    spec = PreprocessingSpec(numeric=numeric)  # type: ignore[arg-type]
    assert refusal(fit_features, table, np.arange(3), ("a",), spec) == [("#/preprocessing/numeric", "too_large")]
