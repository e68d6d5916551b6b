"""A training that was saved and continued ends in the same bits, whatever batch it was saved at."""

import numpy as np
import pytest

from backprop.nn import (
    SCHEDULES,
    STEPWISE,
    Epoch,
    Examples,
    Layer,
    Network,
    Optimizer,
    Recipe,
    Schedule,
    State,
    Stop,
    Training,
)
from backprop.nn.choices.optimizers import AdaGrad, Adam, RmsProp, Sgd
from backprop.nn.choices.schedules import Constant, Cosine, OneCycle, Plateau, Step

ROWS = 13
OPTIMIZER_CHOICES: dict[str, Optimizer] = {
    **{name: optimizer(0.05, weight_decay=0.1) for name, optimizer in STEPWISE.items()},
    "momentum": Sgd(0.05, momentum=0.9),
    "nesterov": Sgd(0.05, momentum=0.9, nesterov=True),
    "rmsprop centred": RmsProp(0.01, momentum=0.5, centred=True),
    "adagrad from an accumulator": AdaGrad(0.1, learning_rate_decay=0.1, initial_accumulator=0.1),
}
SCHEDULE_CHOICES: dict[str, Schedule] = {
    **{name: schedule() for name, schedule in SCHEDULES.items()},
    "step": Step(step_epochs=2),
    "cosine": Cosine(restart_epochs=2),
    "plateau": Plateau(patience=0, threshold=0.5, cooldown=1),
    "plateau after warm-up": Plateau(warmup_epochs=1, patience=0, threshold=0.5),
    "one cycle after warm-up": OneCycle(warmup_epochs=1),
}
LAYER_CHOICES = {
    "plain": (Layer(6, "relu"), Layer(5, "tanh")),
    "dropout": (Layer(6, "relu", 0.3), Layer(5, "tanh", 0.3)),
    "batch norm": (Layer(6, "relu", batch_norm=True), Layer(5, "tanh", batch_norm=True)),
    "both": (Layer(6, "relu", 0.3, batch_norm=True), Layer(5, "tanh", 0.3)),
}
STOPS = {
    "none": Stop(),
    "patience": Stop(patience=2, min_delta=0.05, monitor="validation_loss"),
    "baseline": Stop(patience=2, baseline=0.9, monitor="accuracy"),
}


def examples(rows: int, seed: int) -> Examples:
    random = np.random.RandomState(seed)
    x = random.normal(size=(rows, 4)).astype(np.float32)
    return Examples(x, np.eye(3, dtype=np.float32)[x[:, :3].argmax(1)])


def bits(state: State) -> bytes:
    return state.to_bytes()


def assert_it_continues_to_the_same_bits_from_every_batch(layers: str, recipe: Recipe) -> None:
    network = Network(4, (*LAYER_CHOICES[layers], Layer(3, "softmax")))
    train, validation = examples(ROWS, 1), examples(9, 2)

    whole = Training(network, recipe, train, validation)
    saved: list[bytes] = []
    records: list[Epoch | None] = []
    for record in whole.steps(most=1):
        saved.append(bits(whole.state()))
        records.append(record)
    assert len(saved) == -(-ROWS // recipe.batch_size) * whole.position.epoch

    for at, data in enumerate(saved):
        continued = Training(network, recipe, train, validation, state=State.from_bytes(data))
        later = list(continued.epochs())
        assert bits(continued.state()) == saved[-1]
        assert later == [record for record in records[at + 1 :] if record is not None]


@pytest.mark.parametrize("layers", LAYER_CHOICES)
@pytest.mark.parametrize("schedule", SCHEDULE_CHOICES)
@pytest.mark.parametrize("optimizer", OPTIMIZER_CHOICES)
def test_every_optimizer_schedule_and_layer_resumes(optimizer: str, schedule: str, layers: str) -> None:
    recipe = Recipe("cross_entropy", OPTIMIZER_CHOICES[optimizer], SCHEDULE_CHOICES[schedule], 3, 5)
    assert_it_continues_to_the_same_bits_from_every_batch(layers, recipe)


@pytest.mark.parametrize("batch_size", [1, 5, 13])
@pytest.mark.parametrize("stop", STOPS)
def test_every_stop_and_batch_size_resumes(stop: str, batch_size: int) -> None:
    recipe = Recipe("cross_entropy", Adam(0.05), SCHEDULE_CHOICES["plateau"], 6, batch_size, stop=STOPS[stop])
    assert_it_continues_to_the_same_bits_from_every_batch("dropout", recipe)


def test_how_far_apart_the_safe_points_are_changes_no_bit() -> None:
    network = Network(4, (Layer(6, "relu", 0.5), Layer(3, "softmax")))
    recipe = Recipe("cross_entropy", Adam(), Constant(), 3, 2)
    ends = []
    for most in (None, 1, 3):
        training = Training(network, recipe, examples(ROWS, 1))
        for _ in training.steps(most):
            pass
        ends.append(bits(training.state()))
    assert ends[0] == ends[1] == ends[2]


def test_a_state_is_a_copy() -> None:
    network = Network(4, (Layer(3, "softmax"),))
    recipe = Recipe("cross_entropy", Adam(), Constant(), 3, 5, stop=Stop(patience=3))
    training = Training(network, recipe, examples(ROWS, 1))
    steps = training.steps(most=1)
    next(steps)
    state = training.state()
    before = bits(state)
    list(steps)
    assert bits(state) == before
    list(Training(network, recipe, examples(ROWS, 1), state=state).epochs())
    assert bits(state) == before


def test_another_seed_takes_other_batches_and_drops_other_units() -> None:
    network = Network(4, (Layer(8, "relu", 0.5), Layer(3, "softmax")))
    start = np.full(network.parameter_count, 0.1, np.float32)

    def trained(seed: int, shuffle_seed: int | None, dropout_network: Network = network) -> bytes:
        constant = Constant()
        recipe = Recipe("cross_entropy", Sgd(), constant, 1, 5, seed=seed, shuffle_seed=shuffle_seed)
        training = Training(dropout_network, recipe, examples(ROWS, 1), parameters=start)
        list(training.epochs())
        return training.parameters.tobytes()

    plain = Network(4, (Layer(8, "relu"), Layer(3, "softmax")))
    assert trained(1, None) != trained(2, None)
    assert trained(1, 7) != trained(2, 7)  # the same batches, other units dropped
    assert trained(1, 7, plain) == trained(2, 7, plain)
    assert trained(1, 7, plain) != trained(1, 8, plain)
