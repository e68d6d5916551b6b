"""Our estimators and scikit-learn's, made with the same arguments: the same weights, losses and number of epochs."""

from typing import Any

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from backprop.estimators import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# scikit-learn has other orders of the rows than we, and its adam another place for epsilon.
SAME: dict[str, Any] = {"shuffle": False, "solver": "sgd", "alpha": 0.0, "random_state": 3, "batch_size": 40}


def task(name: str) -> tuple[Any, Any]:
    x, y = {"three": load_iris, "two": load_breast_cancer, "values": load_diabetes}[name](return_X_y=True)
    return scale(x), scale(y) if name == "values" else y


def assert_the_same_weights(ours: Any, theirs: Any) -> None:
    for mine, its in zip((*ours.coefs_, *ours.intercepts_), (*theirs.coefs_, *theirs.intercepts_), strict=True):
        assert mine == pytest.approx(its, rel=1e-8, abs=1e-10)


def assert_the_same(ours: Any, theirs: Any, x: Any) -> None:
    assert_the_same_weights(ours, theirs)
    assert ours.loss_curve_ == pytest.approx(theirs.loss_curve_, rel=1e-9)
    assert ours.n_iter_ == theirs.n_iter_
    assert (ours.n_layers_, ours.n_outputs_) == (theirs.n_layers_, theirs.n_outputs_)
    assert ours.predict(x) == pytest.approx(theirs.predict(x), rel=1e-8)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("kind", ["three", "two", "values"])
def test_the_same_end_from_the_same_arguments(kind: str, activation: str) -> None:
    x, y = task(kind)
    arguments = {**SAME, "activation": activation, "learning_rate_init": 0.01, "max_iter": 40}
    ours, theirs = (
        (MLPRegressor, neural_network.MLPRegressor)
        if kind == "values"
        else (MLPClassifier, neural_network.MLPClassifier)
    )
    sizes = (7, 5)
    mine = ours(hidden_layer_sizes=sizes, **arguments).fit(x, y)
    its = theirs(hidden_layer_sizes=sizes, **arguments).fit(x, y)
    assert_the_same(mine, its, x)
    if kind != "values":
        assert mine.predict_proba(x) == pytest.approx(its.predict_proba(x), rel=1e-8)


def test_the_learning_rate_falls_by_inverse_scaling_as_there() -> None:
    x, y = task("three")
    arguments = {**SAME, "learning_rate": "invscaling", "power_t": 0.3, "learning_rate_init": 0.5, "max_iter": 20}
    # With momentum it would matter that there the velocity has the rate in it.
    arguments |= {"momentum": 0.0, "n_iter_no_change": np.inf}
    mine = MLPClassifier((6,), **arguments).fit(x, y)
    assert_the_same(mine, neural_network.MLPClassifier((6,), **arguments).fit(x, y), x)


def test_an_adaptive_learning_rate_ends_where_it_is_too_small() -> None:
    x, y = task("two")
    arguments = {**SAME, "learning_rate": "adaptive", "learning_rate_init": 0.1, "max_iter": 1000, "tol": 0.001}
    mine = MLPClassifier((6,), **arguments).fit(x, y)
    its = neural_network.MLPClassifier((6,), **arguments).fit(x, y)
    # There a loss falls by tol, in our schedule by that share of itself, which takes longer and goes further.
    assert mine.loss_ < its.loss_
    assert MLPClassifier((6,), **{**arguments, "learning_rate": "constant"}).fit(x, y).n_iter_ < mine.n_iter_ < 1000


@pytest.mark.parametrize("course", ["invscaling", "adaptive"])
def test_adam_has_a_learning_rate_of_its_own_as_there(course: str) -> None:
    x, y = task("three")
    arguments = {**SAME, "solver": "adam", "max_iter": 10}
    falling = MLPClassifier((6,), learning_rate=course, **arguments).fit(x, y)
    assert falling.loss_curve_ == MLPClassifier((6,), **arguments).fit(x, y).loss_curve_


def test_training_ends_after_the_same_epochs_without_change() -> None:
    x, y = task("three")
    arguments = {**SAME, "tol": 0.003, "n_iter_no_change": 4, "max_iter": 300}
    mine = MLPClassifier(**arguments).fit(x, y)
    assert_the_same(mine, neural_network.MLPClassifier(**arguments).fit(x, y), x)
    assert 5 < mine.n_iter_ < 300


def test_labels_of_which_a_row_has_several() -> None:
    x, classes = task("three")
    y = np.column_stack([classes == 0, classes > 0, x[:, 0] > 0]).astype(int)
    arguments = {**SAME, "max_iter": 30, "momentum": 0.5, "nesterovs_momentum": False, "n_iter_no_change": np.inf}
    # Our loss is the mean over all entries, its gradient that of the sum over a row's.
    mine = MLPClassifier((6,), learning_rate_init=3 * 0.02, **arguments).fit(x, y)
    its = neural_network.MLPClassifier((6,), learning_rate_init=0.02, **arguments).fit(x, y)
    assert_the_same_weights(mine, its)
    assert mine.predict_proba(x) == pytest.approx(its.predict_proba(x), rel=1e-8)
    assert np.array_equal(mine.predict(x), its.predict(x))


def test_several_targets_and_weighted_rows() -> None:
    x, y = task("values")
    targets = np.column_stack([y, x[:, 0]])
    weight = np.random.RandomState(0).uniform(0.2, 3, len(x))
    arguments = {**SAME, "hidden_layer_sizes": (6,), "max_iter": 30, "n_iter_no_change": np.inf}
    mine = MLPRegressor(learning_rate_init=2 * 0.01, **arguments).fit(x, targets, weight)
    its = neural_network.MLPRegressor(learning_rate_init=0.01, **arguments).fit(x, targets, weight)
    assert_the_same_weights(mine, its)
    assert mine.predict(x) == pytest.approx(its.predict(x), rel=1e-8)


def test_its_alpha_with_weighted_rows() -> None:
    x, y = task("values")
    weight = np.random.RandomState(0).uniform(0.2, 3, len(x))
    # In a full batch; in smaller ones our penalty has its mean share, where theirs goes by the weight in the batch.
    arguments = {**SAME, "hidden_layer_sizes": (6,), "max_iter": 30, "batch_size": len(x), "alpha": 50.0}
    mine = MLPRegressor(**arguments).fit(x, y, weight)
    assert_the_same_weights(mine, neural_network.MLPRegressor(**arguments).fit(x, y, weight))


@pytest.mark.parametrize("kind", ["three", "two", "values"])
def test_its_lbfgs(kind: str) -> None:
    x, y = task(kind)
    arguments = {**SAME, "hidden_layer_sizes": (6,), "max_iter": 15, "solver": "lbfgs", "alpha": 1.0}
    ours, theirs = (
        (MLPRegressor, neural_network.MLPRegressor)
        if kind == "values"
        else (MLPClassifier, neural_network.MLPClassifier)
    )
    mine, its = ours(**arguments).fit(x, y), theirs(**arguments).fit(x, y)
    assert_the_same_weights(mine, its)
    assert mine.n_iter_ == its.n_iter_ == 15


@pytest.mark.parametrize("kind", ["three", "two"])
def test_an_epoch_at_a_time(kind: str) -> None:
    x, y = task(kind)
    mine, its = MLPClassifier((6,), **SAME), neural_network.MLPClassifier((6,), **SAME)
    for start in (0, 60, 30, 10):
        for each in (mine, its):
            each.partial_fit(x[start:], y[start:], classes=np.unique(y))
    assert_the_same_weights(mine, its)


def test_a_warm_start_goes_on_from_the_weights_alone() -> None:
    x, y = task("three")
    arguments = {**SAME, "hidden_layer_sizes": (6,), "max_iter": 5, "warm_start": True}
    mine, its = MLPClassifier(**arguments), neural_network.MLPClassifier(**arguments)
    for _ in range(3):
        mine.fit(x, y)
        its.fit(x, y)
    assert_the_same(mine, its, x)
    assert len(mine.loss_curve_) == 15


def test_diabetes_is_foretold_as_well_with_shuffled_rows_and_adam() -> None:
    x, y = load_diabetes(return_X_y=True)

    def r2(estimator: Any) -> float:
        estimator.set_params(hidden_layer_sizes=(32,), alpha=1.0, random_state=0)
        scaled = TransformedTargetRegressor(make_pipeline(StandardScaler(), estimator), transformer=StandardScaler())
        return float(cross_val_score(scaled, x, y).mean())

    mine, its = r2(MLPRegressor()), r2(neural_network.MLPRegressor())
    assert mine == pytest.approx(its, abs=0.02)
    assert mine > 0.45
