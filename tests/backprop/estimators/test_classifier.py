"""MLPClassifier: classes, labels, their probabilities, and what rows and classes weigh."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from backprop.estimators import MLPClassifier
from backprop.nn.choices.losses.classes import CrossEntropy

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]


def test_classes_keep_their_names() -> None:
    fitted = MLPClassifier((16,), learning_rate_init=0.01, random_state=0).fit(X, NAMES)
    assert list(fitted.classes_) == ["setosa", "versicolor", "virginica"]
    assert list(fitted.predict(X[[0, 149]])) == ["setosa", "virginica"]
    assert fitted.score(X, NAMES) > 0.95


def test_probabilities_are_of_the_classes_in_their_order() -> None:
    fitted = MLPClassifier((16,), random_state=0).fit(X, NAMES)
    probabilities = fitted.predict_proba(X)
    assert probabilities.sum(1) == pytest.approx(np.ones(150))
    assert np.array_equal(fitted.classes_[probabilities.argmax(1)], fitted.predict(X))
    assert np.exp(fitted.predict_log_proba(X)) == pytest.approx(probabilities)


@pytest.mark.parametrize("loss", ["log_loss", "cross_entropy", "binary_cross_entropy", "mse"])
@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_add_up_under_every_loss(loss: str, classes: int) -> None:
    wanted = np.isin(Y, range(classes))
    x, y = X[wanted], Y[wanted]
    fitted = MLPClassifier((16,), loss=loss, learning_rate_init=0.01, random_state=0).fit(x, y)
    probabilities = fitted.predict_proba(x)
    assert probabilities.shape == (len(x), classes)
    assert probabilities.sum(1) == pytest.approx(np.ones(len(x)))
    assert fitted.score(x, y) > 0.9


def test_a_loss_with_parameters_of_its_own() -> None:
    smooth = CrossEntropy(label_smoothing=0.3)
    fitted = MLPClassifier((16,), loss=smooth, learning_rate_init=0.01, max_iter=500, random_state=0).fit(X, Y)
    # At the least loss the right class has 0.7 + 0.3 / 3.
    assert fitted.predict_proba(X).max(1).mean() == pytest.approx(0.8, abs=0.05)


def test_a_course_of_the_learning_rate() -> None:
    plain = MLPClassifier((16,), learning_rate_init=0.1, random_state=0, n_iter_no_change=np.inf, batch_size=15)
    one_cycle = MLPClassifier(learning_rate="one_cycle").set_params(**{**plain.get_params(), "learning_rate": "cosine"})
    for each in (plain, one_cycle):
        each.fit(X, Y)
    # At a rate of 0.1 adam jumps about; cooled down it comes to rest.
    assert np.diff(one_cycle.loss_curve_[-20:]).std() < np.diff(plain.loss_curve_[-20:]).std() / 10


def test_softmax_is_nothing_for_labels() -> None:
    with pytest.raises(ValueError, match="loss takes one over sigmoid outputs here, and cross_entropy is not"):
        MLPClassifier(loss="cross_entropy").fit(X, np.eye(3, dtype=int)[Y])


def test_the_epochs_end_with_the_best_weights_on_rows_held_out() -> None:
    fitted = MLPClassifier(early_stopping=True, validation_fraction=0.2, learning_rate_init=0.1, random_state=0)
    fitted.fit(X, Y)
    _, held, _, classes = train_test_split(X, Y, test_size=0.2, random_state=0, stratify=Y)
    found = -np.log(fitted.predict_proba(held)[np.arange(len(held)), classes]).mean()
    losses = fitted.validation_loss_curve_
    assert losses is not None
    assert found == pytest.approx(min(losses))
    assert min(losses) < losses[-1]
    assert fitted.n_iter_ == len(fitted.loss_curve_) == len(losses) < 200


def test_training_that_has_not_come_to_an_end_says_so() -> None:
    with pytest.warns(ConvergenceWarning, match="max_iter = 3"):
        MLPClassifier(max_iter=3).fit(X, Y)


def test_training_that_is_meant_to_go_on_for_ever_does_not(recwarn: pytest.WarningsRecorder) -> None:
    fitted = MLPClassifier((2,), max_iter=30, tol=10.0, n_iter_no_change=np.inf).fit(X, Y)
    assert fitted.n_iter_ == 30
    assert not recwarn.list


def test_training_that_diverges_is_an_error() -> None:
    with pytest.raises(ValueError, match="training diverged"):
        MLPClassifier(solver="sgd", activation="identity", learning_rate_init=1e12, dtype="float32").fit(X, Y)


def test_a_class_weighs_what_is_said() -> None:
    x, y = make_classification(400, weights=[0.95], flip_y=0.2, random_state=0)
    plain = MLPClassifier((8,), random_state=0).fit(x, y).predict(x)
    balanced = MLPClassifier((8,), class_weight="balanced", random_state=0).fit(x, y).predict(x)
    named = MLPClassifier((8,), class_weight={1: 1000.0, 0: 1.0}, random_state=0).fit(x, y).predict(x)
    assert plain.mean() < balanced.mean() < named.mean()


def test_a_row_of_weight_two_is_the_same_row_twice() -> None:
    weight = np.random.RandomState(0).randint(0, 4, len(X))
    once = MLPClassifier((8,), batch_size=1000, random_state=0, max_iter=20).fit(X, Y, weight)
    repeated = MLPClassifier((8,), batch_size=1000, random_state=0, max_iter=20)
    repeated.fit(X.repeat(weight, axis=0), Y.repeat(weight))
    assert once.predict_proba(X) == pytest.approx(repeated.predict_proba(X), rel=1e-9)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(3), "shape"),
        (-np.ones(150), "at least 0"),
        (np.zeros(150), "not all zero"),
        (np.full(150, np.nan), "sample_weight contains NaN"),
    ],
)
def test_weights_that_are_none(weight: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MLPClassifier().fit(X, Y, weight)


def test_the_first_of_many_parts_names_all_classes() -> None:
    with pytest.raises(ValueError, match="takes classes"):
        MLPClassifier().partial_fit(X, Y)
    fitted = MLPClassifier().partial_fit(X[:50], Y[:50], classes=[0, 1, 2])
    assert fitted.predict_proba(X).shape == (150, 3)
    assert fitted.partial_fit(X[50:], Y[50:]).n_iter_ == 2
    with pytest.raises(ValueError, match=r"classes \[7\]"):
        fitted.partial_fit(X[:2], [0, 7])


def test_parts_are_learnt_like_the_whole() -> None:
    whole = MLPClassifier((8,), max_iter=4, random_state=0).fit(X, Y)
    parts = MLPClassifier((8,), random_state=0)
    for _ in range(4):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert np.array_equal(whole.coefs_[0], parts.coefs_[0])
    assert whole.loss_curve_ == parts.loss_curve_


def test_weights_are_to_be_read_only() -> None:
    fitted = MLPClassifier((8,), max_iter=2).fit(X, Y)
    assert [w.shape for w in fitted.coefs_] == [(4, 8), (8, 3)]
    assert [b.shape for b in fitted.intercepts_] == [(8,), (3,)]
    with pytest.raises(ValueError, match="read-only"):
        fitted.coefs_[0][0, 0] = 1


def test_the_engine_computes_in_the_dtype_of_the_rows_or_as_told() -> None:
    single = X.astype(np.float32)
    assert MLPClassifier(max_iter=2).fit(X, Y).predict_proba(X).dtype == np.float64
    assert MLPClassifier(max_iter=2).fit(single, Y).predict_proba(X).dtype == np.float32
    assert MLPClassifier(max_iter=2, dtype="float32").fit(X, Y).predict_proba(X).dtype == np.float32


def test_columns_keep_their_names() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    fitted = MLPClassifier(max_iter=2).fit(frame, Y)
    assert list(fitted.feature_names_in_) == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame.rename(columns={"a": "e"}))


def test_verbose_prints_each_loss(capsys: pytest.CaptureFixture[str]) -> None:
    fitted = MLPClassifier(max_iter=2, verbose=True).fit(X, Y)
    first, second = fitted.loss_curve_
    assert capsys.readouterr().out == f"Iteration 1, loss = {first:.8f}\nIteration 2, loss = {second:.8f}\n"


def test_a_grid_search_over_a_pipeline() -> None:
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((8,), learning_rate_init=0.01, random_state=0))
    search = GridSearchCV(
        pipeline,
        {"mlpclassifier__activation": ["tanh", "gelu"], "mlpclassifier__solver": ["adam", "nadam"]},
        cv=3,
    )
    assert search.fit(X, NAMES).best_score_ > 0.93
    assert search.predict(X[:1]) == ["setosa"]


def test_one_of_many_in_an_ensemble_and_trained_beside_others() -> None:
    estimator = MLPClassifier((8,), learning_rate_init=0.01, max_iter=50, random_state=0)
    alone = cross_val_score(estimator, X, Y, cv=3)
    with parallel_config("threading", n_jobs=2):
        assert np.array_equal(cross_val_score(estimator, X, Y, cv=3), alone)
        assert BaggingClassifier(estimator, 3, random_state=0).fit(X, Y).score(X, Y) > 0.9
