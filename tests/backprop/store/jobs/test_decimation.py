import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from backprop.store.jobs.decimation import pick

VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(np.nan), st.just(np.inf))


@st.composite
def several(draw: st.DrawFn) -> list[NDArray[np.float64]]:
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 400)))
    return list(draw(arrays(np.float64, shape, elements=VALUES)))


def extremes(values: NDArray[np.float64]) -> tuple[float, float] | None:
    finite = values[np.isfinite(values)]
    return (finite.min(), finite.max()) if len(finite) else None


@given(curves=several(), most=st.integers(2, 60))
def test_it_keeps_the_ends_and_each_curves_finite_extremes_in_order(
    curves: list[NDArray[np.float64]], most: int
) -> None:
    picked = pick(curves, most)
    assert len(picked) <= most
    assert np.all(np.diff(picked) > 0)
    assert (picked[0], picked[-1]) == (0, len(curves[0]) - 1)
    for place, curve in enumerate(curves):
        if most >= 2 + 2 * (place + 1):  # there is room for them
            assert extremes(curve[picked]) == extremes(curve)


@pytest.mark.parametrize("spike", [1e9, -1e9])
@pytest.mark.parametrize("spiked", [0, 1])
def test_a_single_spike_among_a_million_is_seen(spike: float, spiked: int) -> None:
    curves = [np.exp(-np.linspace(0, 5, 1_000_000)) for _ in range(2)]
    curves[spiked][123_456] = spike
    picked = pick(curves, 1000)
    assert 123_456 in picked
    assert 400 < len(picked) <= 1000


def test_few_values_are_all_kept() -> None:
    assert pick([np.arange(5.0)], 10).tolist() == [0, 1, 2, 3, 4]
