"""A state's bytes are whole and unchanged, or refused."""

import numpy as np
import pytest

from backprop.nn import State, StateError
from backprop.nn.choices.schedules import Memory
from backprop.nn.training.state import Sums, finite
from backprop.nn.training.stopping import Watch


def state() -> State:
    return State(
        parameters=np.array([1.5, -2.0, 0.1], np.float32),
        slots={"m": np.ones(3, np.float32), "v": np.zeros(3, np.float32)},
        best=np.array([0.0, 1.0, 2.0], np.float32),
        epoch=3,
        batch=2,
        step=17,
        sums=Sums(float("inf"), 4, 9),
        watch=Watch(0.1, 2, 1),
        memory=Memory(0.01, None, 3, 0),
        stop_reason=None,
    )


def test_comes_back_as_it_was() -> None:
    back = State.from_bytes(state().to_bytes())
    assert back.to_bytes() == state().to_bytes()
    assert (back.epoch, back.batch, back.step, back.stop_reason) == (3, 2, 17, None)
    assert back.sums == Sums(float("inf"), 4, 9)
    assert back.watch == Watch(0.1, 2, 1)
    assert back.memory == Memory(0.01, None, 3, 0)
    assert back.best is not None
    assert np.array_equal(back.best, [0, 1, 2])
    assert set(back.slots) == {"m", "v"}
    assert back.parameters.dtype == np.float32
    assert back.parameters.flags.writeable


def test_every_changed_or_missing_byte_is_noticed() -> None:
    data = state().to_bytes()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1
        with pytest.raises(StateError):
            State.from_bytes(bytes(changed))
        with pytest.raises(StateError):
            State.from_bytes(data[:at])
    with pytest.raises(StateError):
        State.from_bytes(data + b"\0")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_finite_finds_what_is_not(bad: float) -> None:
    vector = np.ones(1000, np.float32)
    assert finite(vector)()
    vector[500] = bad
    assert not finite(vector)()


def test_finite_is_not_deceived_by_large_numbers() -> None:
    assert finite(np.full(10, 1e30, np.float32))()
