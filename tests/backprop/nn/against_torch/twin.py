"""A network's twin in PyTorch, trained by its autograd and its optimizers from the same weights on the same batches."""

from typing import Any

import numpy as np
import torch

from backprop.nn import Examples, Layer, Network, Recipe, initial_parameters, named_parameters
from backprop.nn.calls import Array

torch.set_num_threads(1)

NETWORK = Network(5, (Layer(7, "tanh"), Layer(6, "tanh"), Layer(3, "softmax")), dtype="float64")
START = initial_parameters(NETWORK, seed=1)
ROWS, BATCH, EPOCHS = 23, 5, 10  # 50 steps, every fifth on the 3 rows that are left


def examples() -> Examples:
    """Three classes that a network can tell apart."""
    x = np.random.RandomState(0).normal(size=(ROWS, NETWORK.inputs))
    return Examples(x, np.eye(3)[x[:, :3].argmax(1)])


class Twin:
    """The network in PyTorch: tanh in hidden layers, cross entropy from the last layer's weighted inputs."""

    def __init__(self) -> None:
        named = named_parameters(NETWORK, START)
        self.rate = 0.0
        self.tensors = [torch.tensor(value, requires_grad=True) for value in named.values()]

    def loss(self, x: Any, y: Any) -> Any:
        """The batch's mean loss."""
        *hidden, (w, b) = zip(self.tensors[::2], self.tensors[1::2], strict=True)
        for layer_w, layer_b in hidden:
            x = torch.tanh(x @ layer_w + layer_b)
        return torch.nn.functional.cross_entropy(x @ w + b, y)

    def epoch(self, optimizer: Any, scheduler: Any = None) -> float:
        """Trains on every batch, the rows in their own order, and returns their mean loss.

        `scheduler` steps after every batch; `self.rate` is the last batch's.
        """
        data = examples()
        total = 0.0
        for start in range(0, ROWS, BATCH):
            x, y = data.x[start : start + BATCH], data.y[start : start + BATCH]
            optimizer.zero_grad()
            loss = self.loss(torch.tensor(x), torch.tensor(y))
            loss.backward()
            optimizer.step()
            self.rate = optimizer.param_groups[0]["lr"]
            if scheduler is not None:
                scheduler.step()
            total += loss.item() * len(x)
        return total / ROWS

    def flat(self) -> Array:
        """The parameters in the flat vector's order."""
        return np.concatenate([tensor.detach().numpy().reshape(-1) for tensor in self.tensors])


def recipe(optimizer: Any, schedule: Any, epochs: int = EPOCHS) -> Recipe:
    """What the twin does, as a recipe."""
    return Recipe("cross_entropy", optimizer, schedule, epochs, BATCH, shuffle=False)
