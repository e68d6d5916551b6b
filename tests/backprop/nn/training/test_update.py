"""What the update does beside the mathematics."""

import numpy as np

from backprop.nn import Examples, Layer, Network, Recipe, Training
from backprop.nn.choices.optimizers import Sgd
from backprop.nn.training.update import SWEEP_STEPS

RECIPE = Recipe("mse", Sgd(0.1, momentum=0.9), epochs=15, batch_size=8)


def training() -> Training:
    """Of inputs that are zero, as is then the gradient."""
    rows = 8 * SWEEP_STEPS
    nothing = Examples(np.zeros((rows, 3), "f"), np.zeros((rows, 1), "f"))
    return Training(Network(3, (Layer(1, "identity"),), bias=False), RECIPE, nothing)


def test_what_has_faded_away_is_zero_and_no_slow_subnormal_number() -> None:
    fading = training()
    fading.live.slots["velocity"][...] = [1, -1, 1e-3]
    for _ in fading.epochs():
        pass
    assert fading.position.step * np.log2(0.9) < np.log2(np.finfo("f").tiny)
    assert not fading.live.slots["velocity"].any()


def test_what_is_no_number_stays_and_is_seen() -> None:
    dead = training()
    dead.live.slots["velocity"][...] = [np.nan, 0, 0]
    for _ in dead.epochs():
        pass
    assert np.isnan(dead.live.slots["velocity"][0])
    assert dead.stop_reason == "diverged"
