"""Features land at their places in x, filled and scaled, or switch one input of several on."""

from collections.abc import Callable

import numpy as np

from backprop.data.features import Categorical, Feature, Numeric
from backprop.data.inline import table_from_rows
from backprop.data.inputs import InputEncoding

Refusal = Callable[..., list[tuple[str, str]]]
AGE = Numeric("age", offset=10.0, scale=2.0, fill=None)
TOWN = Categorical("town", "text", ("Bonn", "Ulm"), fill=None)
PAID = Categorical("paid", "boolean", (False, True), fill=True)
ENCODING = InputEncoding((TOWN, AGE, PAID), "float64")
ALL = np.arange(3)


def test_each_feature_has_its_inputs_in_order() -> None:
    table = table_from_rows(["age", "town", "paid"], [[12, "Ulm", False], [8, "Bonn", None], [10, "Rom", True]])
    assert (ENCODING.width, ENCODING.starts) == (5, (0, 2, 3))
    assert ENCODING.encode_table(table, ALL).tolist() == [
        [0.0, 1.0, 1.0, 1.0, 0.0],
        [1.0, 0.0, -1.0, 0.0, 1.0],
        [0.0, 0.0, 0.0, 0.0, 1.0],  # Rom was not fitted and switches nothing on
    ]


def test_x_is_contiguous_and_of_the_dtype_whatever_the_features() -> None:
    table = table_from_rows(["age", "town", "paid"], [[12, "Ulm", False]] * 3)
    several: list[tuple[Feature, ...]] = [(AGE,), (TOWN,), (TOWN, AGE, PAID)]
    for features in several:
        x = InputEncoding(features, "float32").encode_table(table, ALL)
        assert x.flags.c_contiguous
        assert x.dtype == np.float32


def test_many_rows_are_encoded_in_blocks_to_the_same_bits() -> None:
    values = np.random.RandomState(0).normal(size=20_000).tolist()
    table = table_from_rows(["age"], [[value] for value in values])
    x = InputEncoding((AGE,), "float64").encode_table(table, np.arange(20_000))
    assert np.array_equal(x[:, 0], (np.array(values) - 10.0) / 2.0)


def test_inputs_are_traced_back_to_their_feature() -> None:
    assert [ENCODING.feature_of(place) for place in range(5)] == [0, 0, 1, 2, 2]


def test_a_missing_value_that_is_not_filled_is_refused(refusal: Refusal) -> None:
    table = table_from_rows(["age"], [[1], [None], [2]])
    assert refusal(InputEncoding((AGE,), "float32").encode_table, table, ALL) == [
        ("#/preprocessing/missing", "missing_value")
    ]


def test_a_number_beyond_the_dtype_is_refused(refusal: Refusal) -> None:
    table = table_from_rows(["age"], [[1], [1e300], [2]])
    assert np.isfinite(InputEncoding((AGE,), "float64").encode_table(table, ALL)).all()
    assert refusal(InputEncoding((AGE,), "float32").encode_table, table, ALL) == [("#/training/dtype", "too_large")]
