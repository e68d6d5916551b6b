"""MLPRegressor: values, one or several, and counts."""

from typing import Any

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.exceptions import DataConversionWarning
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler, scale

from backprop.estimators import MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, TARGET = load_diabetes(return_X_y=True)
X = scale(X)
Y = scale(TARGET)


def test_one_target_is_a_vector_and_several_are_a_matrix() -> None:
    assert MLPRegressor(max_iter=2).fit(X, Y).predict(X).shape == (442,)
    assert MLPRegressor(max_iter=2).fit(X, np.column_stack([Y, -Y])).predict(X).shape == (442, 2)


def test_a_column_is_taken_as_a_vector_with_a_warning() -> None:
    with pytest.warns(DataConversionWarning):
        fitted = MLPRegressor(max_iter=2).fit(X, Y[:, None])
    assert fitted.predict(X).shape == (442,)


def test_without_hidden_layers_it_is_a_linear_model() -> None:
    course: dict[str, Any] = {
        "learning_rate_init": 0.3,
        "batch_size": 442,
        "max_iter": 1500,
        "n_iter_no_change": np.inf,
    }
    fitted = MLPRegressor((), solver="sgd", alpha=5.0, **course)
    fitted.fit(X, Y)
    assert fitted.coefs_[0][:, 0] == pytest.approx(Ridge(alpha=5.0).fit(X, Y).coef_, abs=1e-6)


def test_targets_in_units_of_their_own() -> None:
    scaled = TransformedTargetRegressor(MLPRegressor((16,), alpha=1, random_state=0), transformer=StandardScaler())
    assert scaled.fit(X, TARGET).score(X, TARGET) > 0.5


@pytest.mark.parametrize("loss", ["squared_error", "mse", "absolute_error", "huber"])
def test_every_loss_of_values(loss: str) -> None:
    fitted = MLPRegressor((16,), loss=loss, learning_rate_init=0.01, max_iter=60, random_state=0).fit(X, Y)
    assert fitted.out_activation_ == "identity"
    assert fitted.score(X, Y) > 0.4


def test_counts_have_rates() -> None:
    counts = np.random.RandomState(0).poisson(np.exp(0.5 * X[:, 2] + 1))
    fitted = MLPRegressor((8,), loss="poisson", learning_rate_init=0.01, random_state=0).fit(X, counts)
    rates = fitted.predict(X)
    assert (rates > 0).all()
    assert np.corrcoef(np.log(rates), X[:, 2])[0, 1] > 0.9
    with pytest.raises(ValueError, match="below 0"):
        MLPRegressor(loss="poisson").fit(X, Y)


def test_a_loss_of_classes_is_none_of_values() -> None:
    with pytest.raises(ValueError, match="cross_entropy is one of classes"):
        MLPRegressor(loss="cross_entropy").fit(X, Y)


def test_the_next_part_has_as_many_targets() -> None:
    fitted = MLPRegressor().partial_fit(X, Y)
    with pytest.raises(ValueError, match="y has 2 columns, and had 1 before"):
        fitted.partial_fit(X, np.column_stack([Y, Y]))


def test_parts_may_be_learnt_by_another_solver() -> None:
    fitted = MLPRegressor((4,), learning_rate_init=0.01).partial_fit(X, Y)
    first = fitted.loss_
    fitted.set_params(solver="rmsprop")
    for _ in range(20):
        fitted.partial_fit(X, Y)
    assert fitted.loss_ < first


def test_a_warm_start_of_another_network_is_refused() -> None:
    fitted = MLPRegressor((4,), warm_start=True, max_iter=2).fit(X, Y).set_params(hidden_layer_sizes=(5,))
    with pytest.raises(ValueError, match="this is another one"):
        fitted.fit(X, Y)
