"""The tables of codes are whole: mypy sees to it that no error has a code of another name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from backprop import codes
from backprop.codes import FAILURES, PROBLEMS, REFUSALS, FailureCode, Meaning, ProblemCode, RefusalCode

TABLES = [(RefusalCode, REFUSALS), (ProblemCode, PROBLEMS), (FailureCode, FAILURES)]


@pytest.mark.parametrize(("names", "table"), TABLES)
def test_every_code_that_an_error_may_have_has_a_meaning_and_a_remedy(names: Any, table: Mapping[str, Meaning]) -> None:
    assert list(table) == list(get_args(names))
    assert all(found.meaning.endswith(".") and found.remedy.endswith(".") for found in table.values())


def test_a_code_has_one_meaning_wherever_it_comes() -> None:
    names = [*REFUSALS, *PROBLEMS, *FAILURES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("code", [*REFUSALS, *PROBLEMS, *FAILURES])
def test_every_code_is_of_use(code: str) -> None:
    raising = (path for top in ("backprop", "service", "worker") for path in Path(top).rglob("*.py"))
    assert any(
        f'"{code}"' in path.read_text() for path in raising if path != Path(codes.__file__).relative_to(Path.cwd())
    )
