"""What the tests of the data layer share: how a refusal is read, and tables that Hypothesis makes."""

from collections.abc import Callable
from typing import Any

import pytest

from backprop.errors import InvalidError


@pytest.fixture(scope="session")
def refusal() -> Callable[..., list[tuple[str, str]]]:
    """Call a function that must raise InvalidError and return its problems as (pointer, code)."""

    def call(function: Callable[..., Any], *given: Any) -> list[tuple[str, str]]:
        with pytest.raises(InvalidError) as caught:
            function(*given)
        assert all(problem.detail for problem in caught.value.problems)
        return [(problem.pointer, problem.code) for problem in caught.value.problems]

    return call
