"""Models as JSON: the parameters as nested lists by name, and beside them the model's document."""

import json
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from backprop import strict_json
from backprop.errors import InvalidError, Problem
from backprop.exchange import scikit_learn
from backprop.exchange.bundle import Bundle
from backprop.exchange.documents import KEY, described, document_of
from backprop.exchange.lists import array_of
from backprop.schemas.flaws import shown


def write(bundle: Bundle, *, whole: bool) -> bytes:
    """Return a model's parameters as JSON text, where it is to be `whole` with its document."""
    # orjson takes no whole number of more than 64 bits, and a document may hold one.
    document = {KEY: orjson.Fragment(json.dumps(document_of(bundle)))} if whole else {}
    return orjson.dumps({**document, **{name: values.tolist() for name, values in bundle.tensors.items()}})


def read(content: bytes, most_bytes: int) -> Bundle:
    """Return the model that JSON text holds, an export or scikit-learn's MLP.

    Raises MalformedError, TooLargeError, and InvalidError by its pointer.
    """
    given = strict_json.loads(content)
    if not isinstance(given, dict):
        raise InvalidError([Problem("#", "wrong_type", f"takes an object, not {shown(given)}")])
    if scikit_learn.MARK in given:
        return scikit_learn.read(given)
    if KEY not in given:
        detail = f"takes a {KEY} beside its parameters, as an export has it, or {scikit_learn.MARK} of scikit-learn"
        raise InvalidError([Problem(f"#/{KEY}", "required", detail)])
    found = described(given.pop(KEY))
    found.check_size(most_bytes)
    found.check_names(set(given))
    return found.filled({name: _array(name, value) for name, value in given.items()})


def _array(name: str, value: Any) -> NDArray[np.float64]:
    return array_of(value, 2 if name.startswith("w") else 1, f"#/{name}")
