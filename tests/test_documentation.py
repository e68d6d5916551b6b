"""The Python in the documentation is run, word for word."""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import backprop.nn
from backprop.exchange import plain
from backprop.nn import Predictor

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(document: str) -> list[str]:
    return BLOCK.findall((ROOT / document).read_text())


def run(document: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for block in blocks(document):
        exec(compile(block, document, "exec"), names)  # noqa: S102 - our own documentation
    return names


def test_five_lines_train_a_network_and_ask_it() -> None:
    names = run("README.md")
    assert names["losses"][-1] < 0.3 < names["losses"][0]
    assert (names["outputs"].argmax(1) == names["species"]).mean() > 0.95


def test_the_engine_begins_with_the_same_lines() -> None:
    lines = textwrap.indent(blocks("README.md")[1], " " * 4)
    assert len([line for line in lines.splitlines() if line.strip()]) == 5
    assert backprop.nn.__doc__ is not None
    assert lines in backprop.nn.__doc__


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_engine_as_a_library() -> None:
    names = run("docs/engine.md")
    assert names["accuracy"] > 0.95
    assert names["loss"] < 0.2
    assert names["score"] > 0.95
    assert names["epoch"].epoch < 100


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_scikit_learn_has_learnt_is_a_model() -> None:
    names = run("docs/exchange.md")
    bundle = plain.read(names["text"].encode(), 10**6)
    outputs = Predictor(bundle.network, bundle.flat).outputs(names["x"])
    assert bundle.encoding.decode(outputs) == names["network"].predict(names["x"]).tolist()
