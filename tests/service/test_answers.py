"""Answers' JSON: what Python has and JSON has not."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf, nan
from typing import Any

import pytest
from flask import Flask

from service.answers import Json


@dataclass(frozen=True)
class Seen:
    """Something that views return."""

    at: datetime
    value: Any


AT = datetime(2030, 1, 31, 12, 0, 0, 120_000, UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (nan, None),
        ([1.5, inf, -inf], [1.5, None, None]),
        (10**30, 10**30),
        ([10**30, nan], [10**30, None]),
    ],
    ids=["NaN", "infinities", "more than 64 bits", "both"],
)
def test_what_json_has_no_form_for_becomes_null_and_numbers_keep_their_digits(value: Any, shown: Any) -> None:
    text = Json(Flask("test")).dumps({"seen": Seen(AT, value)})
    assert json.loads(text) == {"seen": {"at": "2030-01-31T12:00:00.120Z", "value": shown}}


def test_what_has_no_form_at_all_is_an_error() -> None:
    with pytest.raises(TypeError, match="no form in JSON"):
        Json(Flask("test")).dumps({"seen": object()})
