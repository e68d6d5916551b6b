"""The works: networks as people train them here, the same for every peer; one dtype, float32."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits, load_iris

from backprop.nn import Examples, Layer, Network, Recipe, Training
from backprop.nn.choices.optimizers import Adam, Sgd, Stepwise

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Work:
    """What is trained on, by which network and how; `goals` are times of scikit-learn and PyTorch over ours."""

    letter: str
    what: str
    data: Callable[[], tuple[Array, Array]]
    network: Network
    loss: str
    optimizer: Stepwise
    epochs: int
    batch: int
    threads: int = 1
    goals: tuple[float, float] = (1.0, 1.0)

    def examples(self) -> Examples:
        """The rows, float32; labels as one-hot."""
        x, y = self.data()
        return Examples(np.ascontiguousarray(x, np.float32), np.ascontiguousarray(y, np.float32))

    def recipe(self) -> Recipe:
        """As a recipe; epochs tell the loss and no accuracy, as the peers'."""
        return Recipe(self.loss, self.optimizer, epochs=self.epochs, batch_size=self.batch, accuracy=False)

    def train(self, examples: Examples) -> None:
        """Trains to the last epoch, making every epoch's record as a job would."""
        for _ in Training(self.network, self.recipe(), examples).epochs():
            pass


def _iris(rows: int) -> tuple[Array, Array]:
    x, labels = load_iris(return_X_y=True)
    return x[:rows], np.eye(3)[labels[:rows]]


def _digits() -> tuple[Array, Array]:
    x, labels = load_digits(return_X_y=True)
    return x / 16, np.eye(10)[labels]


def _images() -> tuple[Array, Array]:
    """As many numbers as MNIST has; what they are changes no time."""
    random = np.random.RandomState(0)
    return random.random_sample((60_000, 784)), np.eye(10)[random.randint(10, size=60_000)]


def _some_images() -> tuple[Array, Array]:
    x, y = _images()
    return x[:5120], y[:5120]


def _values() -> tuple[Array, Array]:
    random = np.random.RandomState(0)
    x = random.normal(size=(20_000, 8))
    return x, np.sin(x.sum(1, keepdims=True))


def classes(*units: int) -> Network:
    """ReLUs under a softmax, of so many units a layer, the inputs first."""
    inputs, *hidden, outputs = units
    return Network(inputs, (*(Layer(width, "relu") for width in hidden), Layer(outputs, "softmax")))


WORKS = (
    Work("a", "iris 4-2-3 sigmoid, full batch", lambda: _iris(130),
         Network(4, (Layer(2, "sigmoid"), Layer(3, "sigmoid")), bias=False),
         "mse", Sgd(0.1), epochs=5000, batch=130, goals=(26, 34)),
    Work("b", "iris 4-16-3, adam, 32", lambda: _iris(150), classes(4, 16, 3),
         "cross_entropy", Adam(), epochs=200, batch=32, goals=(12, 18)),
    Work("c", "digits 64-100-10, adam, 200", _digits, classes(64, 100, 10),
         "cross_entropy", Adam(), epochs=50, batch=200, goals=(4, 4.2)),
    Work("f", "values 8-64-64-1, adam, 200", _values,
         Network(8, (Layer(64, "relu"), Layer(64, "relu"), Layer(1, "identity"))),
         "mse", Adam(), epochs=5, batch=200, goals=(5, 5.4)),
    Work("d", "784-256-128-10, adam, 128", _images, classes(784, 256, 128, 10),
         "cross_entropy", Adam(), epochs=1, batch=128, threads=2, goals=(1.9, 1.3)),
    Work("e", "784-2048-2048-10, adam, 512", _some_images, classes(784, 2048, 2048, 10),
         "cross_entropy", Adam(), epochs=1, batch=512, threads=2, goals=(1.6, 1.0)),
)  # fmt: skip
