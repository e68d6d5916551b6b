"""Predictions for whole datasets survive as trainings do: who dies over them costs no row, and doubles none."""

import hashlib
import os
import signal
import urllib.request
from typing import Any

import pytest

from tests.end_to_end.stack import Stack, until

ROWS = 600_000  # some seconds
JOB = {"name": "scored", "data": {"builtin": "iris"}, "training": {"epochs": 2}}
COLUMNS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")


@pytest.fixture(scope="module")
def asked(stack: Stack) -> dict[str, Any]:
    """A prediction for many rows, to be asked for."""
    stack.wait(stack.submit(JOB))
    lines = [",".join(COLUMNS), *(f"5.{row % 10},3.{row % 7},{row % 61 / 10},0.{row % 3}" for row in range(ROWS))]
    uploaded = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}/v1/datasets", "\n".join(lines).encode(), {"Content-Type": "text/csv"}
    )
    with urllib.request.urlopen(uploaded) as answer:  # noqa: S310
        return {"model": "scored", "data": {"dataset": answer.headers["Location"].rpartition("/")[2]}}


def submit(stack: Stack, asked: dict[str, Any]) -> str:
    answer = stack.request("POST", "/v1/predictions", asked)
    assert answer.status == 202, answer
    return str(answer.body["id"])


def ended(stack: Stack, prediction_id: str) -> Any:
    """Return a prediction that has ended, or None."""
    shown = stack.get(f"/v1/predictions/{prediction_id}")
    return shown if shown["state"] in {"succeeded", "failed"} else None


def result(stack: Stack, prediction_id: str) -> tuple[int, str]:
    """Return how many lines the result has as CSV, and their digest."""
    shown = until(lambda: ended(stack, prediction_id))
    assert shown["state"] == "succeeded", shown
    address = f"http://127.0.0.1:{stack.port}/v1/predictions/{prediction_id}/result?format=csv"
    with urllib.request.urlopen(address) as answer:
        content = answer.read()
    return content.count(b"\n"), hashlib.sha256(content).hexdigest()


def test_a_killed_child_costs_no_row(stack: Stack, asked: dict[str, Any]) -> None:
    undisturbed = result(stack, submit(stack, asked))
    hurt = submit(stack, asked)
    until(lambda: stack.get(f"/v1/predictions/{hurt}")["progress"]["rows"])
    for pid in stack.worker_children():
        os.kill(pid, signal.SIGKILL)
    assert result(stack, hurt) == undisturbed == (ROWS + 1, undisturbed[1])
    assert stack.get(f"/v1/predictions/{hurt}")["crashes"] == 1
    stack.workers_are_back()
