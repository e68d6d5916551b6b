import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from backprop.store.jobs.decimation import pick

VALUES = arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e6, 1e6))


@given(values=VALUES, most=st.integers(2, 60))
def test_it_keeps_the_ends_and_the_extremes_in_order(values: NDArray[np.float64], most: int) -> None:
    picked = pick(values, most)
    assert len(picked) <= most or len(picked) == len(values)
    assert np.all(np.diff(picked) > 0)
    assert (picked[0], picked[-1]) == (0, len(values) - 1)
    if most >= 4:
        assert values[picked].min() == values.min()
        assert values[picked].max() == values.max()


@pytest.mark.parametrize("spike", [1e9, -1e9, np.nan, np.inf])
def test_a_single_spike_among_a_million_is_seen(spike: float) -> None:
    values = np.exp(-np.linspace(0, 5, 1_000_000))
    values[123_456] = spike
    picked = pick(values, 1000)
    assert 123_456 in picked
    assert len(picked) <= 1000


def test_few_values_are_all_kept() -> None:
    assert pick(np.arange(5.0), 10).tolist() == [0, 1, 2, 3, 4]
