"""The peers: the same work by scikit-learn's MLP and by PyTorch, as their users would write it for speed."""

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from backprop.nn import Examples, Network
from backprop.nn.choices.optimizers import Sgd
from benchmarks.engine.works import Work

NEVER = {"tol": 0.0, "n_iter_no_change": 10**9, "alpha": 0.0, "random_state": 0}
NAMES = {"sigmoid": "logistic", "relu": "relu"}


def scikit_learn(work: Work, examples: Examples) -> Callable[[], object]:
    """Its MLP. It has no sigmoid outputs with a squared error: one-hot labels as independent yes or no are nearest.

    A full batch is not shuffled, which it does by itself, and which changes nothing but its time.
    """
    hidden = tuple(layer.units for layer in work.network.layers[:-1])
    kind = MLPRegressor if work.network.outputs == 1 else MLPClassifier
    settings: dict[str, Any] = {"solver": "adam", **NEVER}
    if isinstance(work.optimizer, Sgd):
        settings |= {"solver": "sgd", "momentum": 0.0, "learning_rate_init": work.optimizer.learning_rate}
    model = kind(
        hidden_layer_sizes=hidden,
        activation=NAMES[work.network.layers[0].f.name],
        batch_size=work.batch,
        max_iter=work.epochs,
        shuffle=work.batch < examples.rows,
        **settings,
    )
    y = examples.y if work.loss == "mse" and work.network.outputs > 1 else _labels(examples)
    return lambda: model.fit(examples.x, y)


def _labels(examples: Examples) -> Any:
    return examples.y[:, 0] if examples.y.shape[1] == 1 else examples.y.argmax(1)


class PyTorch:
    """Eager PyTorch with fused optimizers, and rows indexed from memory instead of by a DataLoader, which is slower."""

    def __init__(self) -> None:
        import torch  # noqa: PLC0415 - only where it is installed

        self.torch = torch

    def threads(self, count: int) -> None:
        """How many threads it uses from here on, in the whole process."""
        self.torch.set_num_threads(count)

    def work(self, work: Work, examples: Examples, *, compiled: bool = False) -> Callable[[], object]:
        """Trains the work to its last epoch; compiled: the forward pass and the loss by torch.compile."""
        torch = self.torch
        x, y = torch.from_numpy(examples.x), torch.from_numpy(examples.y)
        targets = y if work.loss == "mse" else y.argmax(1)
        criterion = torch.nn.MSELoss() if work.loss == "mse" else torch.nn.CrossEntropyLoss()

        def run() -> None:
            model = self._model(work.network)
            forward = torch.compile(model) if compiled else model
            kind = torch.optim.SGD if isinstance(work.optimizer, Sgd) else torch.optim.Adam
            optimizer = kind(model.parameters(), lr=work.optimizer.learning_rate, fused=True)
            for _ in range(work.epochs):
                full = work.batch >= len(x)
                order = None if full else torch.randperm(len(x))
                total = 0.0
                for start in range(0, len(x), work.batch):
                    rows = slice(None) if order is None else order[start : start + work.batch]
                    optimizer.zero_grad(set_to_none=True)
                    loss = criterion(forward(x[rows]), targets[rows])
                    loss.backward()
                    optimizer.step()
                    total += float(loss.detach())

        return run

    def _model(self, network: Network) -> Any:
        nn = self.torch.nn
        layers: list[Any] = []
        for layer, (inputs, units) in zip(network.layers, network.fan, strict=True):
            layers.append(nn.Linear(inputs, units, bias=network.bias))
            if layer.f.name in ("relu", "sigmoid"):
                layers.append(nn.ReLU() if layer.f.name == "relu" else nn.Sigmoid())
        return nn.Sequential(*layers)


def pytorch(threads: int) -> PyTorch | None:
    """PyTorch with so many threads, where it is installed."""
    if importlib.util.find_spec("torch") is None:
        return None
    torch = PyTorch()
    torch.threads(threads)
    return torch


def peers(
    work: Work, examples: Examples, torch: PyTorch | None, *, compiled: bool = False
) -> dict[str, Callable[[], object]]:
    """Everyone's way of doing the work, ours first, by name."""
    runs = {"ours": lambda: work.train(examples), "scikit-learn": scikit_learn(work, examples)}
    if torch is not None:
        runs["pytorch"] = torch.work(work, examples)
    if torch is not None and compiled:
        runs["compiled"] = torch.work(work, examples, compiled=True)
    return runs


def grid_search(work: Work, examples: Examples, networks: int) -> Callable[[], object]:
    """scikit-learn's GridSearchCV in one process: as many fits of the work, each at a learning rate of its own."""
    from sklearn.model_selection import GridSearchCV, PredefinedSplit  # noqa: PLC0415 - this peer's alone

    hidden = tuple(layer.units for layer in work.network.layers[:-1])
    model = MLPClassifier(hidden, "relu", batch_size=work.batch, max_iter=work.epochs, **NEVER)
    rates = np.geomspace(1e-4, 1e-2, networks)
    one_split = PredefinedSplit(np.r_[0, np.full(examples.rows - 1, -1)])
    search = GridSearchCV(model, {"learning_rate_init": rates}, cv=one_split, refit=False)
    return lambda: search.fit(examples.x, _labels(examples))
