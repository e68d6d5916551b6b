"""What a name means, and that a model has gone, is seen by every process of the service within a second."""

import time
from typing import Any

from tests.end_to_end.stack import Stack

JOB = {"name": "followed", "data": {"builtin": "iris"}, "training": {"epochs": 1}}
ROW = {"instances": [[5.1, 3.5, 1.4, 0.2]], "return": ["predictions"]}
TIMES = 40  # each on a connection of its own, so that by chance alone every process is asked
SEEN_SECONDS = 1.0  # docs/models.md


def trained(stack: Stack) -> Any:
    """Return a new version of the model."""
    return stack.wait(stack.submit(JOB))["model"]


def point(stack: Stack, alias: str, model: Any) -> None:
    answer = stack.request("PUT", f"/v1/models/followed/aliases/{alias}", {"version": model["version"]})
    assert answer.status in {200, 201}, answer


def answering(stack: Stack, ref: str) -> set[Any]:
    """Return the ids of the models that answer to a ref, or the statuses of refusals."""
    answers = [stack.request("POST", f"/v1/models/{ref}/predict", ROW) for _ in range(TIMES)]
    return {answer.body["model"]["id"] if answer.status == 200 else answer.status for answer in answers}


def test_an_alias_that_moves_is_followed_by_every_process(stack: Stack) -> None:
    first, second = trained(stack), trained(stack)
    point(stack, "moving", first)
    assert answering(stack, "followed@moving") == {first["id"]}
    point(stack, "moving", second)
    time.sleep(SEEN_SECONDS)
    assert answering(stack, "followed@moving") == {second["id"]}


def test_a_model_that_was_deleted_answers_in_no_process(stack: Stack) -> None:
    model = trained(stack)
    assert answering(stack, model["id"]) == {model["id"]}
    assert stack.request("DELETE", f"/v1/models/{model['id']}").status == 204
    time.sleep(SEEN_SECONDS)
    assert answering(stack, model["id"]) == {404}
