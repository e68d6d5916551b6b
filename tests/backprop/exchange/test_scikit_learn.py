"""scikit-learn's networks are what they were there, and what is wrong with one is named."""

import json
from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from backprop.errors import InvalidError
from backprop.exchange import plain
from backprop.exchange.bundle import Bundle
from backprop.nn import Predictor

X = np.random.RandomState(0).normal(size=(60, 3))
SCORE = X @ [1.0, -2.0, 0.5]
ESTIMATORS: dict[str, tuple[Any, Any]] = {
    "two classes": (MLPClassifier((5,), "tanh"), np.where(SCORE > 0, "yes", "no")),
    "three classes": (MLPClassifier((5, 4), "logistic"), np.digitize(SCORE, [-1, 1])),
    "labels": (MLPClassifier((5,), "relu"), np.stack([SCORE > 0, X[:, 0] > 0], axis=1).astype(int)),
    "value": (MLPRegressor(hidden_layer_sizes=(5,), activation="identity"), SCORE),
    "values": (MLPRegressor(hidden_layer_sizes=(), activation="relu"), np.stack([SCORE, X[:, 0]], axis=1)),
}


def attributes(estimator: Any) -> dict[str, Any]:
    found = {
        "coefs_": [w.tolist() for w in estimator.coefs_],
        "intercepts_": [b.tolist() for b in estimator.intercepts_],
        "activation": estimator.activation,
        "out_activation_": estimator.out_activation_,
    }
    return found | ({"classes_": estimator.classes_.tolist()} if hasattr(estimator, "classes_") else {})


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("what", ESTIMATORS)
def test_scikit_learns_networks_predict_here_as_there(what: str) -> None:
    estimator, y = ESTIMATORS[what]
    estimator.set_params(max_iter=20, random_state=1, learning_rate_init=0.05).fit(X, y)
    bundle = read(attributes(estimator))
    outputs = Predictor(bundle.network, bundle.flat).outputs(X)
    found, expected = bundle.encoding.decode(outputs), estimator.predict(X)
    if isinstance(estimator, MLPRegressor):
        assert np.array(found) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    else:
        assert found == expected.tolist()
        assert outputs == pytest.approx(estimator.predict_proba(X), rel=1e-12, abs=1e-15)
    again = plain.read(plain.write(bundle, whole=True), 10**6)
    assert (again.sha256, again.spec, again.encoding) == (bundle.sha256, bundle.spec, bundle.encoding)


def read(document: Any) -> Bundle:
    return plain.read(json.dumps(document).encode(), 10**6)


GOOD: dict[str, Any] = {
    "coefs_": [[[1.0, 2.0]], [[1.0], [2.0]]],
    "intercepts_": [[0.0, 0.0], [0.0]],
    "activation": "relu",
}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"coefs_": [[[1.0, 2.0]], [[1.0]]]}, "#/coefs_/1"),
        ({"coefs_": [[[1.0, 2.0]], [["1"], [2.0]]]}, "#/coefs_/1/0/0"),
        ({"coefs_": []}, "#/coefs_"),
        ({"intercepts_": [[0.0, 0.0]]}, "#/intercepts_"),
        ({"intercepts_": [[0.0, 0.0], [0.0, 0.0]]}, "#/intercepts_/1"),
        ({"activation": None}, "#/activation"),
        ({"activation": "sigmoid"}, "#/activation"),
        ({"out_activation_": "logistic"}, "#/classes_"),
        ({"out_activation_": "softmax", "classes_": ["a", "b"]}, "#/out_activation_"),
        ({"classes_": ["a", "a"]}, "#/classes_"),
        ({"classes_": ["a", 1]}, "#/classes_"),
        ({"out_activation_": "identity", "classes_": [0, 1]}, "#/classes_"),
        ({"feature_names_in_": ["a", "b"]}, "#/feature_names_in_"),
        ({"target": ["a", "b"]}, "#/target"),
        ({"loss": "log_loss"}, "#/loss"),
        ({"dtype": "float32", "coefs_": [[[1e300, 2.0]], [[1.0], [2.0]]]}, "#/w1"),
    ],
)
def test_what_is_wrong_with_a_scikit_learn_network_is_named(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read(GOOD | changes)
    assert caught.value.problems[0].pointer == pointer
    assert caught.value.problems[0].detail
