"""Multi-layer perceptrons and their training by backpropagation, in NumPy.

Five lines train a network on x (rows, inputs) and y (rows, outputs), and ask it; docs/engine.md has the rest:

    from backprop.nn import Examples, Layer, Network, Predictor, Recipe, Training

    network = Network(4, (Layer(16, "relu"), Layer(3, "softmax")))
    training = Training(network, Recipe("cross_entropy"), Examples(x, y))
    losses = [epoch.loss for epoch in training.epochs()]
    outputs = Predictor(network, training.parameters).outputs(x)

    x      what a layer reads: the inputs, or the activations of the layer below
    y      targets
    w, b   weights and biases
    z      weighted inputs, z = w^T x + b
    a      activations, a = f(z)
    delta  dL/dz, the loss's derivative by the weighted inputs
    g      dL/dw, the gradient

Backpropagation is read in this order: `layers` holds a layer's equations, `plan` strings them together (feed forward,
backward to the output layer, backward to each hidden layer), `choices.optimizers` is the weight update, `steps` makes
one list of all of it, and `training` replays that list, epoch after epoch. `calls` says what such a list is, `products`
holds the one matrix product.

Nothing here reads a file or a clock, logs, or keeps a global; arrays that come in are finite. C-contiguous ones of the
network's dtype are the quickest; others are converted batch by batch, to the same result.
"""

from backprop.nn.choices.activations import ACTIVATIONS, Activation
from backprop.nn.choices.initializers import INITIALIZERS, Initializer
from backprop.nn.choices.losses import LOSSES, Loss
from backprop.nn.choices.optimizers import OPTIMIZERS, STEPWISE, Optimizer
from backprop.nn.choices.parameter import parameter
from backprop.nn.choices.schedules import SCHEDULES, Schedule
from backprop.nn.cost import buffer_bytes, flops_per_row
from backprop.nn.evaluation import evaluate
from backprop.nn.network import Layer, Network, digest, flatten, initial_parameters, named_parameters
from backprop.nn.passes.accuracy import LIKELY
from backprop.nn.prediction import Predictor
from backprop.nn.training.batches import Examples
from backprop.nn.training.epoch import Epoch
from backprop.nn.training.health import Health, examined_epochs
from backprop.nn.training.recipe import Recipe
from backprop.nn.training.regularization import Regularization
from backprop.nn.training.stack import Stack, stack_size
from backprop.nn.training.state import State, StateError
from backprop.nn.training.stopping import Monitor, Stop
from backprop.nn.training.training import Training, first_state

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LIKELY",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "STEPWISE",
    "Activation",
    "Epoch",
    "Examples",
    "Health",
    "Initializer",
    "Layer",
    "Loss",
    "Monitor",
    "Network",
    "Optimizer",
    "Predictor",
    "Recipe",
    "Regularization",
    "Schedule",
    "Stack",
    "State",
    "StateError",
    "Stop",
    "Training",
    "buffer_bytes",
    "digest",
    "evaluate",
    "examined_epochs",
    "first_state",
    "flatten",
    "flops_per_row",
    "initial_parameters",
    "named_parameters",
    "parameter",
    "stack_size",
]
