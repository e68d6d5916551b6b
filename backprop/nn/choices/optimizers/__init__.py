"""Optimizers: from the gradient g to new parameters w, as calls on one flat vector.

The definitions and defaults are PyTorch's, and SciPy's for lbfgs; where the paper differs the optimizer says so.
"""

from collections.abc import Mapping
from types import MappingProxyType

from backprop.nn.choices.optimizers.lbfgs import Lbfgs
from backprop.nn.choices.optimizers.moments import Adam, Adamax, AdamW, AmsGrad, Nadam
from backprop.nn.choices.optimizers.optimizer import OPTIMIZER_CHUNK, Chunk, Optimizer, Stepwise
from backprop.nn.choices.optimizers.sgd import Sgd
from backprop.nn.choices.optimizers.squares import Adadelta, AdaGrad, RmsProp

__all__ = [
    "OPTIMIZERS",
    "OPTIMIZER_CHUNK",
    "STEPWISE",
    "AdaGrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Adamax",
    "AmsGrad",
    "Chunk",
    "Lbfgs",
    "Nadam",
    "Optimizer",
    "RmsProp",
    "Sgd",
    "Stepwise",
]

STEPWISE: Mapping[str, type[Stepwise]] = MappingProxyType(
    {optimizer.name: optimizer for optimizer in (Sgd, Adam, AdamW, AmsGrad, Nadam, Adamax, RmsProp, AdaGrad, Adadelta)}
)
OPTIMIZERS: Mapping[str, type[Optimizer]] = MappingProxyType({**STEPWISE, Lbfgs.name: Lbfgs})
