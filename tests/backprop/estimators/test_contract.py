"""scikit-learn's own checks of what an estimator is, whole, and its parameters."""

import inspect
import pickle
from typing import Any

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.utils.estimator_checks import parametrize_with_checks

from backprop.estimators import MLPClassifier, MLPRegressor
from backprop.nn.choices.optimizers import Sgd

# Some of the checks train for fewer epochs than it takes.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# Of the solver lbfgs, which here looks as often as max_iter iterations need.
ABSENT = {"max_fun"}


@parametrize_with_checks([MLPClassifier(), MLPRegressor()])  # type: ignore[untyped-decorator]  # it ships no types
def test_scikit_learn_finds_nothing_wrong(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(MLPClassifier, neural_network.MLPClassifier), (MLPRegressor, neural_network.MLPRegressor)],
)
def test_every_parameter_of_its_mlp_is_there_with_its_default(ours: type, theirs: type) -> None:
    defaults = {name: each.default for name, each in inspect.signature(ours).parameters.items()}
    expected = {name: each.default for name, each in inspect.signature(theirs).parameters.items() if name not in ABSENT}
    assert {name: defaults.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("alpha", -1.0, "alpha takes float at least 0, not -1.0"),
        ("alpha", float("nan"), "alpha takes float at least 0"),
        ("alpha", "much", "alpha takes float at least 0, not 'much'"),
        ("max_iter", 2.5, "max_iter takes int at least 1"),
        ("max_iter", True, "max_iter takes int at least 1, not True"),
        ("batch_size", "all", "batch_size takes int | 'auto' at least 1, not 'all'"),
        ("shuffle", 1, "shuffle takes bool"),
        ("dtype", "float16", "dtype takes 'float32' | 'float64' | None, not 'float16'"),
        ("solver", "sdg", "solver takes sgd, adam"),
        ("activation", None, "activation takes str | Activation"),
        ("hidden_layer_sizes", (3, 0), "hidden_layer_sizes takes numbers from 1 on"),
        ("loss", "hinge", "loss takes one over softmax or sigmoid outputs here, and hinge is not"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named_when_it_is_used(name: str, value: Any, message: str) -> None:
    estimator = MLPClassifier(**{name: value})
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is looked at below
        estimator.fit(*load_iris(return_X_y=True))
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize("change", [{"dropout": 0.1}, {"l1": 0.1}, {"clip_norm": 1.0}, {"learning_rate": "cosine"}])
def test_what_does_not_go_with_lbfgs_is_named(change: dict[str, Any]) -> None:
    (name,) = change
    with pytest.raises(ValueError, match=f"^{name} does not go with lbfgs"):
        MLPClassifier(solver="lbfgs", **change).fit(*load_iris(return_X_y=True))


def test_lbfgs_converges_and_takes_no_single_steps() -> None:
    x, y = load_iris(return_X_y=True)
    fitted = MLPClassifier((), solver="lbfgs", alpha=1.0, random_state=0).fit(x, y)
    assert fitted.n_iter_ < 200
    assert fitted.score(x, y) > 0.95
    with pytest.raises(ValueError, match="partial_fit goes step by step"):
        fitted.partial_fit(x, y)


def test_numbers_of_numpy_are_numbers() -> None:
    numbers: dict[str, Any] = {"alpha": np.float32(0.1), "max_iter": np.int64(2), "shuffle": np.bool_(True)}
    assert MLPClassifier(np.array([4]), **numbers).fit(*load_iris(return_X_y=True)).n_iter_ == 2


def test_it_is_copied_and_pickled_with_what_it_has_learnt() -> None:
    x, labels = load_iris(return_X_y=True)
    fitted = MLPClassifier((8,), solver=Sgd(0.1, momentum=0.5), max_iter=3, batch_norm=True).fit(x, labels)
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - our own bytes
    assert np.array_equal(again.predict_proba(x), fitted.predict_proba(x))
    assert clone(fitted).solver == Sgd(0.1, momentum=0.5)
