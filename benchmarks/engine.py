"""The engine beside scikit-learn's MLP: same data, batches, optimizer, epochs and dtype; medians of interleaved runs.

python -m benchmarks.engine [repeats]
"""

import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits, load_iris
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from backprop.nn import Examples, Layer, Network, Recipe, Training
from backprop.nn.choices.optimizers import Adam, Sgd
from backprop.nn.choices.schedules import Constant

NEVER = {"tol": 0.0, "n_iter_no_change": 10**9, "alpha": 0.0, "random_state": 0}


class Work(NamedTuple):
    """One piece of work, ready to be done by both."""

    name: str
    goal: float
    theirs: Callable[[], object]
    ours: Callable[[], object]


def train(network: Network, recipe: Recipe, x: Any, y: Any) -> None:
    """Trains to the last epoch, making every epoch's record as a job would."""
    for _ in Training(network, recipe, Examples(x, y)).epochs():
        pass


def recipe(loss: str, optimizer: Any, epochs: int, batch_size: int) -> Recipe:
    """A recipe at a constant rate; its epochs tell the loss and no accuracy, as scikit-learn's."""
    return Recipe(loss, optimizer, Constant(), epochs=epochs, batch_size=batch_size, accuracy=False)


def work_a(shuffle: bool) -> Work:
    """The tutorial's iris: 4-2-3 sigmoid without bias, full batch, 5000 steps of gradient descent.

    scikit-learn has no sigmoid outputs with a squared error; its nearest is one-hot labels as independent yes or no.
    As it comes it shuffles a full batch too, which changes nothing but its time.
    """
    x, labels = load_iris(return_X_y=True)
    x, y = np.ascontiguousarray(x[:130], np.float32), np.eye(3, dtype=np.float32)[labels[:130]]
    network = Network(4, (Layer(2, "sigmoid"), Layer(3, "sigmoid")), bias=False)
    ours = recipe("mse", Sgd(0.1), 5000, 130)
    settings = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1, "shuffle": shuffle, **NEVER}
    theirs = MLPClassifier((2,), "logistic", batch_size=130, max_iter=5000, **settings)
    name = "a. iris 4-2-3" if shuffle else "a. without its shuffle"
    return Work(name, 20, lambda: theirs.fit(x, y), lambda: train(network, ours, x, y))


def work_b() -> Work:
    """Iris, 4-16-3 relu and softmax, adam, batches of 32, 200 epochs."""
    x, labels = load_iris(return_X_y=True)
    x, y = np.ascontiguousarray(x, np.float32), np.eye(3, dtype=np.float32)[labels]
    network = Network(4, (Layer(16, "relu"), Layer(3, "softmax")))
    ours = recipe("cross_entropy", Adam(), 200, 32)
    theirs = MLPClassifier((16,), "relu", batch_size=32, max_iter=200, **NEVER)
    return Work("b. iris 4-16-3", 8, lambda: theirs.fit(x, labels), lambda: train(network, ours, x, y))


def work_c() -> Work:
    """Digits, 64-100-10 relu and softmax, adam, batches of 200, 50 epochs."""
    x, labels = load_digits(return_X_y=True)
    x, y = np.ascontiguousarray(x / 16, np.float32), np.eye(10, dtype=np.float32)[labels]
    network = Network(64, (Layer(100, "relu"), Layer(10, "softmax")))
    ours = recipe("cross_entropy", Adam(), 50, 200)
    theirs = MLPClassifier((100,), "relu", batch_size=200, max_iter=50, **NEVER)
    return Work("c. digits 64-100-10", 3, lambda: theirs.fit(x, labels), lambda: train(network, ours, x, y))


def seconds(run: Callable[[], object]) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main(repeats: int) -> None:
    """Measures every work and prints the table."""
    warnings.simplefilter("ignore")  # scikit-learn says that it has not converged; it was told not to
    print(f"{'work':<24}{'scikit-learn':>14}{'ours':>12}{'ratio':>8}{'goal':>6}   (milliseconds, one thread, float32)")
    for work in (work_a(shuffle=True), work_a(shuffle=False), work_b(), work_c()):
        work.ours()
        pairs = [(seconds(work.theirs), seconds(work.ours)) for _ in range(repeats)]
        theirs, ours = (1000 * statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"{work.name:<24}{theirs:>14.1f}{ours:>12.1f}{theirs / ours:>8.1f}{work.goal:>6.0f}")


if __name__ == "__main__":
    with threadpool_limits(1):  # one BLAS thread each, whichever BLAS it is
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
