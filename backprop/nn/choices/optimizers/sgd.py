"""Stochastic gradient descent, plain or with momentum."""

from collections.abc import Mapping
from dataclasses import dataclass

from backprop.nn.calls import Calls
from backprop.nn.choices.optimizers.optimizer import Chunk, Stepwise, descend, fade
from backprop.nn.choices.parameter import parameter
from backprop.nn.training.position import Position


@dataclass(frozen=True)
class Sgd(Stepwise):
    """w -= learning_rate * g; with momentum (Polyak 1964) along a velocity u = momentum * u + g instead.

    With nesterov along g + momentum * u. As torch.optim.SGD: the learning rate multiplies the velocity, where
    Sutskever et al. 2013 put it inside, which is the same while the rate does not change. Without momentum nesterov
    changes nothing. The default rate is Keras', ten times PyTorch's.
    """

    name = "sgd"
    learning_rate: float = parameter(0.01, above=0.0)
    momentum: float = parameter(0.0, at_least=0.0, below=1.0)
    nesterov: bool = parameter(False)

    @property
    def slots(self) -> Mapping[str, float]:
        """The velocity, where there is momentum."""
        return {"velocity": 0.0} if self.momentum else {}

    def step(self, chunk: Chunk, position: Position) -> Calls:
        """See the class."""
        w, g = chunk.w, chunk.g
        if not self.momentum:
            return [descend(w, g, position)]
        u = chunk.slots["velocity"]
        velocity = fade(u, self.momentum, g)
        if not self.nesterov:
            return [*velocity, descend(w, u, position)]
        return [*velocity, descend(w, g, position), descend(w, u, position, self.momentum)]
