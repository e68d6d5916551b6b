"""Row weights: how much each training row counts, from what a job and its data say."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.data.encoding import Encoding
from backprop.data.inputs import Matrix
from backprop.data.prepare import Prepared
from backprop.errors import InvalidError, Problem
from backprop.spec import JobSpec


def class_weights(encoding: Encoding, spec: JobSpec) -> Mapping[int, float]:
    """Return the weights that a job names, by the class's place among the outputs; a class that it leaves out has 1.

    A class is named by its label, or as JSON writes it where it is no text. InvalidError, by pointers into the spec,
    for a class that the target does not have.
    """
    given = spec.training.class_weight
    if given is None or given == "balanced":
        return {}
    places = {_key(label): place for place, label in enumerate(encoding.classes or ())}
    problems = [
        Problem(f"#/training/class_weight/{name}", "unknown_name", f"the classes are {', '.join(places)}")
        for name, _ in given
        if name not in places
    ]
    if problems:
        raise InvalidError(problems)
    return {places[name]: weight for name, weight in given}


def row_weights(prepared: Prepared, spec: JobSpec) -> Matrix | None:
    """Return (training rows,) in the spec's dtype: a row's class's weight by its own; None where all count the same.

    "balanced" is rows / (classes * rows of the class), as scikit-learn's compute_class_weight.
    """
    y = prepared.train.y
    if spec.training.class_weight is None:
        return None if prepared.weight is None else prepared.weight.astype(y.dtype)
    of_class = np.ones(y.shape[1])
    if spec.training.class_weight == "balanced":
        counts = np.maximum(y.sum(0, dtype=np.float64), 1)
        of_class = len(y) / (np.count_nonzero(y.any(0)) * counts)
    for place, weight in class_weights(prepared.encoding, spec).items():
        of_class[place] = weight
    weights = of_class[y.argmax(1)]
    if prepared.weight is not None:
        weights = weights * prepared.weight
    found: Matrix = weights.astype(y.dtype)
    return found


def _key(label: Any) -> str:
    return label if isinstance(label, str) else json.dumps(label)
