"""Rows of numbers come out of JSON text as an array, and everything else as strict JSON has it."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from backprop import strict_json
from backprop.errors import MalformedError
from service.predicting import number_rows

PADDING = b" " * number_rows.LEAST_BYTES
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
matrices = array_shapes(min_dims=2, max_dims=2, max_side=6).flatmap(
    lambda shape: arrays(object, shape, elements=numbers)
)


@given(matrices)
def test_rows_of_numbers_come_as_the_floats_that_lists_would_give(rows: Any) -> None:
    text = json.dumps({"instances": rows.tolist()}).encode() + PADDING

    document: Any = number_rows.loads(text)

    expected = np.array(rows.tolist(), np.float64) + 0.0  # JSON's -0 is a whole number, which has no sign
    found = document["instances"] + 0.0
    assert isinstance(document["instances"], np.ndarray)
    assert found.tobytes() == expected.tobytes()


ODD = [
    '{"instances": [[1, 2], [3]]}',
    '{"instances": [[1, [2]], [3, 4]]}',
    '{"instances": [[1, 2], 3]}',
    '{"instances": [[1, true]]}',
    '{"instances": [[1, null]]}',
    '{"instances": [["a"]]}',
    '{"instances": [{"a": 1}]}',
    '{"instances": [[]]}',
    '{"instances": []}',
    '{"instances": 1}',
    '{"other": [[1]]}',
    '{"instances": [[1]], "return": ["outputs"]}',
    '{"instances": [[123456789012345678901234567890]]}',
    "[[1, 2]]",
]


@pytest.mark.parametrize("text", ODD)
def test_everything_else_comes_as_strict_json_has_it(text: str) -> None:
    content = text.encode() + PADDING

    assert number_rows.loads(content) == strict_json.loads(content)


MALFORMED = [
    '{"instances": [[1e999]]}',
    '{"instances": [[NaN]]}',
    '{"instances": [[01]]}',
    '{"instances": [[1]]} x',
    '{"instances": [[1],]}',
    '{"instances": [[1]], "instances": [[2]]}',
    '{"instances": [[1]',
]


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        number_rows.loads(text.encode() + PADDING)


def test_short_text_comes_as_lists() -> None:
    assert number_rows.loads(b'{"instances": [[1, 2.5]]}') == {"instances": [[1, 2.5]]}
