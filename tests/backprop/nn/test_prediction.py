"""A row's answer has the same bits alone and in any batch."""

import io
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop.nn import ACTIVATIONS, Layer, Network, Predictor, initial_parameters
from backprop.nn.prediction import LARGE

networks = st.builds(
    lambda inputs, hidden, outputs, activation, dtype, bias: Network(
        inputs, (*(Layer(units, activation) for units in hidden), Layer(outputs, "softmax")), bias, dtype
    ),
    st.integers(1, 90),
    st.lists(st.integers(1, 130), max_size=3),
    st.integers(1, 12),
    st.sampled_from(sorted(ACTIVATIONS)),
    st.sampled_from(["float32", "float64"]),
    st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(networks, st.integers(1, 400), st.integers(0, 2**32 - 1))
def test_alone_and_in_any_batch(network: Network, rows: int, seed: int) -> None:
    random = np.random.RandomState(seed)
    x = random.normal(size=(rows, network.inputs)).astype(network.dtype)
    predictor = Predictor(network, initial_parameters(network, seed))
    together = predictor.outputs(x)
    assert together.shape == (rows, network.outputs)
    assert together.dtype == network.dtype
    for row in {0, rows // 3, rows - 1}:
        assert predictor.outputs(x[row : row + 1]).tobytes() == together[row].tobytes()
    cut = random.randint(rows)
    assert predictor.outputs(x[cut:]).tobytes() == together[cut:].tobytes()


@settings(max_examples=20, deadline=None)
@given(networks, st.integers(1, 70), st.integers(0, 2**32 - 1), st.integers(-30, 30))
def test_every_row_alone_however_large_or_small_its_numbers(network: Network, rows: int, seed: int, size: int) -> None:
    x = (np.random.RandomState(seed).normal(size=(rows, network.inputs)) * 10.0**size).astype(network.dtype)
    predictor = Predictor(network, initial_parameters(network, seed))
    for ask in (predictor.outputs, predictor.logits):
        together = ask(x)
        assert b"".join(ask(x[row : row + 1]).tobytes() for row in range(rows)) == together.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_whose_parameters_no_cache_holds_is_as_even(dtype: str) -> None:
    network = Network(700, (Layer(2000, "relu"), Layer(500, "tanh"), Layer(10, "softmax")), dtype=dtype)
    assert network.parameter_count > LARGE
    predictor = Predictor(network, initial_parameters(network, 0))
    x = np.random.RandomState(0).normal(size=(21, 700)).astype(dtype)
    together = predictor.outputs(x)
    for start, stop in ((0, 1), (7, 8), (20, 21), (3, 14)):
        assert predictor.outputs(x[start:stop]).tobytes() == together[start:stop].tobytes()


DIGEST = """
import hashlib
import numpy as np
from backprop.nn import Layer, Network, Predictor, initial_parameters

found = hashlib.sha256()
for dtype in ("float32", "float64"):
    for inputs, units in ((4, 16), (33, 65), (784, 128)):
        network = Network(inputs, (Layer(units, "tanh"), Layer(units, "sigmoid"), Layer(5, "softmax")), dtype=dtype)
        x = np.random.RandomState(0).normal(size=(77, inputs)).astype(dtype)
        found.update(Predictor(network, initial_parameters(network, 0)).outputs(x).tobytes())
print(found.hexdigest())
"""


def test_every_process_answers_the_same_bits() -> None:
    runs = [subprocess.run([sys.executable, "-c", DIGEST], capture_output=True, check=True) for _ in range(2)]
    with redirect_stdout(io.StringIO()) as here:
        exec(DIGEST, {})  # noqa: S102 - the very same lines
    assert {run.stdout.decode() for run in runs} == {here.getvalue()}


def test_threads_that_ask_at_once_get_their_own_rows() -> None:
    network = Network(30, (Layer(40, "tanh"), Layer(3, "softmax")))
    predictor, random = Predictor(network, initial_parameters(network, 0)), np.random.RandomState(0)
    parts = [random.normal(size=(rows, 30)).astype("float32") for rows in range(1, 60)]
    expected = [predictor.outputs(part).tobytes() for part in parts]
    with ThreadPoolExecutor(8) as pool:
        assert [found.tobytes() for found in pool.map(predictor.outputs, parts)] == expected


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_outputs_are_made_of_logits(activation: str) -> None:
    hidden = Layer(5, "tanh")
    network = Network(3, (hidden, Layer(4, activation)), dtype="float64")
    flat, x = initial_parameters(network, 1), np.random.RandomState(0).normal(size=(70, 3))
    linear = Predictor(Network(3, (hidden, Layer(4, "identity")), dtype="float64"), flat)
    predictor = Predictor(network, flat)
    assert predictor.logits(x).tobytes() == linear.outputs(x).tobytes()
    assert predictor.logits(x[7:8]).tobytes() == predictor.logits(x)[7].tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outputs_are_the_feed_forward_pass(dtype: str) -> None:
    network = Network(3, (Layer(5, "tanh"), Layer(2, "identity")), dtype=dtype)
    flat = initial_parameters(network, 1)
    flat += np.linspace(0, 1, flat.size, dtype=dtype)
    x = np.random.RandomState(0).normal(size=(10, 3)).astype(dtype)
    w1, b1, w2, b2 = flat[:15].reshape(3, 5), flat[15:20], flat[20:30].reshape(5, 2), flat[30:]
    expected = np.tanh(x @ w1 + b1) @ w2 + b2
    assert Predictor(network, flat).outputs(x) == pytest.approx(expected, rel=1e-5 if dtype == "float32" else 1e-13)


def test_no_rows_give_no_answers() -> None:
    network = Network(3, (Layer(2, "softmax"),))
    assert Predictor(network, initial_parameters(network, 0)).outputs(np.empty((0, 3), np.float32)).shape == (0, 2)


def test_a_predictor_keeps_its_parameters() -> None:
    network = Network(3, (Layer(2, "softmax"),))
    flat, x = initial_parameters(network, 0), np.ones((1, 3), np.float32)
    predictor = Predictor(network, flat)
    before = predictor.outputs(x)
    flat[:] = 7
    assert np.array_equal(predictor.outputs(x), before)


def test_a_predictor_is_pickled_with_its_parameters() -> None:
    network = Network(3, (Layer(4, "tanh", batch_norm=True), Layer(2, "softmax")))
    predictor, x = Predictor(network, initial_parameters(network, 0)), np.ones((5, 3), np.float32)
    again = pickle.loads(pickle.dumps(predictor))  # noqa: S301 - our own bytes
    assert again.outputs(x).tobytes() == predictor.outputs(x).tobytes()


def test_rows_of_another_type_and_order_are_converted() -> None:
    network = Network(3, (Layer(4, "tanh"), Layer(2, "softmax")))
    predictor, x = Predictor(network, initial_parameters(network, 0)), np.arange(60.0).reshape(20, 3)
    expected = predictor.outputs(x.astype(np.float32)).tobytes()
    assert predictor.outputs(x).tobytes() == expected
    assert predictor.outputs(np.asfortranarray(x, int)).tobytes() == expected
