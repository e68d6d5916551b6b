"""What is fitted is what scikit-learn fits, and what there is no scikit-learn for is what it says."""

import math
from typing import Any

import numpy as np
import pytest
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, QuantileTransformer, RobustScaler

from backprop.data.features import Moment
from backprop.data.fitting import fit_features
from backprop.data.inline import table_from_rows
from backprop.data.inputs import InputEncoding, Matrix
from backprop.data.instances import encode_rows
from backprop.data.table import Column, Table
from backprop.datasets.times import microseconds_of
from backprop.errors import InvalidError
from backprop.spec import PreprocessingSpec

GAPPY = [3.0, None, -1.0, 3.0, 10.0, None, 4.0, 4.0, 0.5]
COLOURS = ["red", "blue", "red", "green", "red", "blue", "grey", "pink", "blue"]


def encoding(values: list[Any], **how: Any) -> InputEncoding:
    table = table_from_rows(["a"], [[value] for value in values])
    return InputEncoding(fit_features(table, np.arange(len(values)), ("a",), PreprocessingSpec(**how)), "float64")


def encoded(values: list[Any], *, wanted: list[Any] | None = None, **how: Any) -> Matrix:
    return encode_rows(encoding(values, **how), [[value] for value in wanted or values])


def column(values: list[Any]) -> Any:
    return np.array([[np.nan if value is None else value] for value in values], dtype=float)


@pytest.mark.parametrize("missing", ["mean", "median", "most_frequent", "constant"])
def test_gaps_are_filled_as_by_scikit_learns_imputer(missing: str) -> None:
    imputer = SimpleImputer(strategy=missing, fill_value=7.0)
    expected = imputer.fit_transform(column(GAPPY))
    assert encoded(GAPPY, numeric="none", missing=missing, fill=7.0) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("numeric", "scaler"),
    [
        ("minmax", MinMaxScaler()),
        ("robust", RobustScaler()),
        ("quantile", QuantileTransformer(n_quantiles=9, subsample=None)),
    ],
)
def test_numbers_are_scaled_as_by_scikit_learn(numeric: str, scaler: Any) -> None:
    known = [value for value in GAPPY if value is not None] + [2.0, 2.0]
    scaler.fit(column(known))
    wanted = [*known, 0.7, 1e6, -1e6]
    assert encoded(known, wanted=wanted, numeric=numeric) == pytest.approx(scaler.transform(column(wanted)))


def test_indicators_say_where_a_value_was_missing() -> None:
    found = encoded(GAPPY, numeric="none", indicators=True)
    assert (found[:, 1:] == MissingIndicator().fit_transform(column(GAPPY))).all()
    assert encoded(["a", None, "b"], indicators=True).tolist() == [[1, 0, 0], [1, 0, 1], [0, 1, 0]]
    assert encoded(GAPPY[:1] * 3, indicators=True).shape == (3, 1), "a column without gaps has none"


@pytest.mark.parametrize(("rare", "most"), [(2, 100), (0.25, 100), (0, 3), (0, 2), (10, 100)])
def test_rare_categories_are_pooled_as_by_scikit_learn(rare: float, most: int) -> None:
    encoder = OneHotEncoder(
        min_frequency=rare or None, max_categories=most, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    cells = np.array(COLOURS, object)[:, None]
    encoder.fit(cells)
    wanted = [*COLOURS, "black"]
    found = encoded(COLOURS, wanted=wanted, rare=rare, max_categories=most, unseen="pooled")
    assert (found == encoder.transform(np.array(wanted, object)[:, None])).all()


def test_ordinal_is_the_place_among_the_sorted_categories() -> None:
    expected = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(np.array(COLOURS)[:, None])
    wanted = [*COLOURS, "black"]
    found = encoded(COLOURS, wanted=wanted, categorical="ordinal", numeric="none", unseen="ignore")
    assert (found == expected.transform(np.array(wanted)[:, None])).all()
    scaled = encoded(COLOURS, categorical="ordinal")
    assert (scaled.mean(), scaled.std()) == (pytest.approx(0), pytest.approx(1))


@pytest.mark.parametrize("categorical", ["one_hot", "ordinal"])
def test_what_was_not_seen_is_refused_unless_it_may_come(categorical: str) -> None:
    with pytest.raises(InvalidError, match="'a' knows 'blue', 'green'"):
        encoded(COLOURS, wanted=["black"], categorical=categorical)
    with pytest.raises(InvalidError, match="takes texts"):
        encoded(COLOURS, wanted=[5], categorical=categorical, unseen="ignore")
    ignored = encoded(COLOURS, wanted=["black"], categorical=categorical, numeric="none", unseen="ignore")
    assert set(ignored.ravel()) == ({0.0} if categorical == "one_hot" else {-1.0})


def test_a_constant_leaves_a_missing_text_without_a_category() -> None:
    assert encoded(["x", "y"], wanted=[None], missing="constant").tolist() == [[0, 0]]
    with pytest.raises(InvalidError, match="has no value"):
        encoded(["x", "y"], wanted=[None], missing="error", unseen="ignore")


def moments(*texts: str) -> Moment:
    times = Column("at", "datetime", np.array([microseconds_of(text) for text in texts]))
    (feature,) = fit_features(Table((times,)), np.arange(len(texts)), ("at",), PreprocessingSpec())
    assert isinstance(feature, Moment)
    return feature


def test_a_time_says_how_late_it_is_and_where_in_the_day_week_and_year() -> None:
    feature = moments("2024-01-01T00:00:00", "2024-07-03T06:30:00", "2025-03-06T18:00:00")
    assert feature.cycles == ("day", "week", "year")
    x = encode_rows(InputEncoding((feature,), "float64"), [["2024-01-04T06:00:00Z"]])  # a Thursday
    late, day_sin, day_cos, week_sin, week_cos, year_sin, year_cos = x[0]
    assert late < 0
    assert (day_sin, day_cos) == (pytest.approx(1), pytest.approx(0, abs=1e-9))
    assert math.atan2(week_sin, week_cos) == pytest.approx(2 * math.pi * 3.25 / 7)  # weeks begin on Monday
    assert math.atan2(year_sin, year_cos) == pytest.approx(2 * math.pi * 3.25 / 365.25, abs=0.02)


def test_cycles_that_stand_still_are_left_out() -> None:
    assert moments("2024-01-01", "2024-01-02", "2024-01-05").cycles == ("week",)
    assert moments("2024-01-01T10:00:00", "2024-01-01T23:00:00").cycles == ("day",)


@pytest.mark.parametrize("cell", [5, "soon", "2024-13-01", True])
def test_what_is_no_time_is_refused(cell: Any) -> None:
    with pytest.raises(InvalidError):
        encode_rows(InputEncoding((moments("2024-01-01", "2024-02-01"),), "float64"), [[cell]])
