"""scikit-learn's MLP, from its own initial weights and on the same batches, ends where the engine ends."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from backprop.nn import Examples, Layer, Network, Optimizer, Recipe, Regularization, Training, flatten
from backprop.nn.choices.optimizers import Adam, Lbfgs, Sgd
from backprop.nn.choices.schedules import Constant, InverseScaling

Array = npt.NDArray[np.float64]
EPOCHS = 20
# scikit-learn adds epsilon to the root of the second moment before freeing it of its bias, PyTorch and we after; with
# an epsilon of next to nothing both are the same.
SOLVERS: dict[str, tuple[Optimizer, dict[str, Any]]] = {
    "sgd": (Sgd(0.05), {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.05}),
    "momentum": (
        Sgd(0.02, momentum=0.9),
        {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False, "learning_rate_init": 0.02},
    ),
    "nesterov": (
        Sgd(0.02, momentum=0.9, nesterov=True),
        {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": True, "learning_rate_init": 0.02},
    ),
    "adam": (Adam(0.01, epsilon=1e-14), {"solver": "adam", "epsilon": 1e-14, "learning_rate_init": 0.01}),
}
ACTIVATION_NAMES = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}


def fitted(estimator: Any, x: Array, y: Any, epochs: int, **more: Any) -> Any:
    alpha = more.pop("alpha", 0.0)
    estimator.set_params(
        alpha=alpha, max_iter=epochs, shuffle=False, tol=0.0, n_iter_no_change=10**6, random_state=3, batch_size=40
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is not meant to converge
        return estimator.fit(x, y, **more)


def initial(estimator: Any, x: Array, y: Any) -> Any:
    """The estimator before its first step: at a rate of next to nothing an epoch leaves the weights as drawn."""
    estimator.set_params(learning_rate_init=1e-300)
    return fitted(estimator, x, y, 1)


def assert_same_end(make: Any, x: Array, y: Array, labels: Any, chosen: tuple[str, str, str, str]) -> None:
    hidden, output, loss, solver = chosen
    optimizer, settings = SOLVERS[solver]
    begun, theirs = initial(make(settings), x, labels), fitted(make(settings), x, labels, EPOCHS)
    network = Network(x.shape[1], (Layer(9, hidden), Layer(6, hidden), Layer(y.shape[1], output)), dtype="float64")
    start = flatten(network, begun.coefs_, begun.intercepts_)
    recipe = Recipe(loss, optimizer, Constant(), EPOCHS, 40, shuffle=False)
    ours = Training(network, recipe, Examples(x, y), parameters=start)
    losses = [epoch.loss for epoch in ours.epochs()]
    assert ours.parameters == pytest.approx(flatten(network, theirs.coefs_, theirs.intercepts_), rel=1e-7, abs=1e-8)
    assert losses == pytest.approx(theirs.loss_curve_, rel=1e-9)
    assert np.abs(ours.parameters - start).max() > 1e-2


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("hidden", ACTIVATION_NAMES)
def test_classes_by_softmax_and_cross_entropy(hidden: str, solver: str) -> None:
    data, labels = load_iris(return_X_y=True)
    x = np.ascontiguousarray(StandardScaler().fit_transform(data))

    def make(settings: dict[str, Any]) -> Any:
        return MLPClassifier((9, 6), ACTIVATION_NAMES[hidden], **settings)

    assert_same_end(make, x, np.eye(3)[labels], labels, (hidden, "softmax", "cross_entropy", solver))


@pytest.mark.parametrize("solver", SOLVERS)
def test_yes_or_no_by_sigmoid_and_binary_cross_entropy(solver: str) -> None:
    data, labels = load_breast_cancer(return_X_y=True)
    x = np.ascontiguousarray(StandardScaler().fit_transform(data))

    def make(settings: dict[str, Any]) -> Any:
        return MLPClassifier((9, 6), "tanh", **settings)

    y = labels[:, None].astype(float)
    assert_same_end(make, x, y, labels, ("tanh", "sigmoid", "binary_cross_entropy", solver))


def test_labels_by_sigmoid_and_binary_cross_entropy() -> None:
    """scikit-learn sums the labels' losses, PyTorch and we take their mean: at a rate of as many times they agree."""
    data, target = load_diabetes(return_X_y=True)
    x = np.ascontiguousarray(StandardScaler().fit_transform(data))
    labels = np.stack([target > 100, x[:, 2] > 0, x[:, 8] + x[:, 3] > 0], axis=1).astype(int)

    def estimator() -> Any:
        return MLPClassifier((9,), "tanh", solver="sgd", momentum=0.0, learning_rate_init=0.05)

    begun, theirs = initial(estimator(), x, labels), fitted(estimator(), x, labels, EPOCHS)
    network = Network(10, (Layer(9, "tanh"), Layer(3, "sigmoid")), dtype="float64")
    recipe = Recipe("binary_cross_entropy", Sgd(0.15), Constant(), EPOCHS, 40, shuffle=False, labels=True)
    start = flatten(network, begun.coefs_, begun.intercepts_)
    examples = Examples(x, labels.astype(float))
    ours = Training(network, recipe, examples, examples, parameters=start)
    epochs = [*ours.epochs()]
    assert ours.parameters == pytest.approx(flatten(network, theirs.coefs_, theirs.intercepts_), rel=1e-9, abs=1e-11)
    assert [3 * epoch.loss for epoch in epochs] == pytest.approx(theirs.loss_curve_, rel=1e-9)
    assert epochs[-1].validation_accuracy == theirs.score(x, labels)


@pytest.mark.parametrize("solver", SOLVERS)
def test_values_by_identity_and_mse(solver: str) -> None:
    data, target = load_diabetes(return_X_y=True)
    x = np.ascontiguousarray(StandardScaler().fit_transform(data))
    y = (target - target.mean()) / target.std()

    def make(settings: dict[str, Any]) -> Any:
        return MLPRegressor(hidden_layer_sizes=(9, 6), activation="relu", **settings)

    assert_same_end(make, x, y[:, None], y, ("relu", "identity", "mse", solver))


@pytest.mark.parametrize("what", ["l2", "sample_weight"])
def test_its_alpha_is_l2_and_its_sample_weights_are_ours(what: str) -> None:
    data, target = load_diabetes(return_X_y=True)
    x = np.ascontiguousarray(StandardScaler().fit_transform(data))
    y = (target - target.mean()) / target.std()
    weight = np.random.RandomState(0).uniform(0.2, 3, size=len(x)) if what == "sample_weight" else None
    more: dict[str, Any] = {"alpha": 0.7} if weight is None else {"sample_weight": weight}

    def estimator() -> Any:
        return MLPRegressor(hidden_layer_sizes=(9,), activation="tanh", **SOLVERS["sgd"][1])

    begun, theirs = initial(estimator(), x, y), fitted(estimator(), x, y, EPOCHS, **more)
    network = Network(10, (Layer(9, "tanh"), Layer(1, "identity")), dtype="float64")
    recipe = Recipe("mse", SOLVERS["sgd"][0], Constant(), EPOCHS, 40, shuffle=False)
    recipe = replace(recipe, regularization=Regularization(l2=more.get("alpha", 0.0)))
    start = flatten(network, begun.coefs_, begun.intercepts_)
    ours = Training(network, recipe, Examples(x, y[:, None], weight), parameters=start)
    for _ in ours.epochs():
        pass
    assert ours.parameters == pytest.approx(flatten(network, theirs.coefs_, theirs.intercepts_), rel=1e-9, abs=1e-11)


def test_its_invscaling_is_inverse_scaling() -> None:
    data, target = load_diabetes(return_X_y=True)
    x = np.ascontiguousarray(StandardScaler().fit_transform(data))
    y = (target - target.mean()) / target.std()
    settings = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.5, "learning_rate": "invscaling"}

    def estimator() -> Any:
        return MLPRegressor(hidden_layer_sizes=(9,), activation="tanh", power_t=0.3, **settings)

    begun, theirs = initial(estimator(), x, y), fitted(estimator(), x, y, EPOCHS)
    network = Network(10, (Layer(9, "tanh"), Layer(1, "identity")), dtype="float64")
    recipe = Recipe("mse", Sgd(0.5), InverseScaling(power=0.3), EPOCHS, 40, shuffle=False)
    start = flatten(network, begun.coefs_, begun.intercepts_)
    ours = Training(network, recipe, Examples(x, y[:, None]), parameters=start)
    *_, last = ours.epochs()
    assert last.learning_rate == pytest.approx(0.5 / (19 * len(x) + 1) ** 0.3)
    assert ours.parameters == pytest.approx(flatten(network, theirs.coefs_, theirs.intercepts_), rel=1e-9, abs=1e-11)


def test_its_lbfgs_is_ours() -> None:
    data, target = load_diabetes(return_X_y=True)
    x = np.ascontiguousarray(StandardScaler().fit_transform(data))
    y = (target - target.mean()) / target.std()

    def estimator(**settings: Any) -> Any:
        return MLPRegressor(hidden_layer_sizes=(9,), activation="tanh", **settings)

    begun = initial(estimator(solver="sgd"), x, y)
    theirs = fitted(estimator(solver="lbfgs"), x, y, EPOCHS, alpha=0.7)
    network = Network(10, (Layer(9, "tanh"), Layer(1, "identity")), dtype="float64")
    start = flatten(network, begun.coefs_, begun.intercepts_)
    recipe = Recipe("mse", Lbfgs(gradient_tolerance=0.0), Constant(), EPOCHS, 10**6)
    recipe = replace(recipe, regularization=Regularization(l2=0.7))
    ours = Training(network, recipe, Examples(x, y[:, None]), parameters=start)
    assert len(list(ours.epochs())) == theirs.n_iter_ == EPOCHS
    assert ours.parameters == pytest.approx(flatten(network, theirs.coefs_, theirs.intercepts_), rel=1e-9, abs=1e-11)
