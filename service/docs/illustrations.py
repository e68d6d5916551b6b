"""Illustrations: the plugin that adds to openapi.json what stands in the table of operations."""

from collections.abc import Iterable, Mapping
from typing import Any

from apispec import BasePlugin

from service.docs.answers import DATASET_ID, JOB_ID, PREDICTION_ID
from service.docs.operation import Operation
from service.docs.operations import OPERATIONS
from service.docs.samples import Request, Shell

PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "job_id": {"description": "the `id` in the answer to the job's submission", "example": JOB_ID},
    "dataset_id": {"description": "the `id` in the answer to the upload", "example": DATASET_ID},
    "prediction_id": {"description": "the `id` in the answer that made the prediction", "example": PREDICTION_ID},
    "ref": {
        "description": "a model's name (its newest version), name and version (`iris@3`), name and alias "
        "(`iris@champion`), or id (`mdl_…`)",
        "example": "iris",
    },
    "model_name": {"description": "a model's name, without a version", "example": "iris"},
    "alias": {"description": "an alias of that name", "example": "champion"},
    "version": {"description": "the number of a version of that name", "example": "1"},
    "Prefer": {"example": "wait=10"},
}
JSON = "application/json"


class Illustrations(BasePlugin):
    """Adds descriptions, samples for a shell, and examples of bodies, parameters and answers."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def path_helper(self, *_: Any, **about: Any) -> None:
        """Say what each of the path's parameters is."""
        _illustrate_parameters(about["parameters"])

    def operation_helper(self, path: str | None = None, operations: Any = None, **_: Any) -> None:
        """Illustrate each operation of a path that stands in the table."""
        for method, described in (operations or {}).items():
            operation = OPERATIONS.get(described["operationId"])
            if operation is not None:
                described["description"] = self._text(operation, method.upper(), path or "")
                _illustrate_parameters(described.get("parameters", ()))
                _illustrate_body(operation, described)
                _illustrate_answers(operation, described["responses"])
                described["responses"] = dict(sorted(described["responses"].items(), key=lambda item: str(item[0])))

    def _text(self, operation: Operation, method: str, path: str) -> str:
        sample = operation.sample
        first = [] if sample.before is None else [sample.before(self._shell)]
        body = next(iter(operation.bodies.values()), None)
        request = Request(method, _address(operation, path), sample.headers, body, sample.options)
        commands = "\n".join([*first, self._shell.curl(request)])
        return f"{operation.text}\n\n```sh\n{commands}\n```"


def _address(operation: Operation, path: str) -> str:
    """Return where the sample goes: ids are in the shell's variables, names are those that the samples before made."""
    sample = operation.sample
    ids = {name: f"${name}" for name in ("job_id", "dataset_id", "prediction_id")}
    named = {name: PARAMETERS[name]["example"] for name in ("ref", "model_name", "alias", "version")}
    names = {**ids, **named, **sample.names}
    return path.format(**names) + (f"?{sample.query}" if sample.query else "")


def _illustrate_parameters(parameters: Iterable[dict[str, Any]]) -> None:
    for parameter in parameters:
        parameter.update(PARAMETERS.get(parameter.get("name", ""), {}))


def _illustrate_body(operation: Operation, described: dict[str, Any]) -> None:
    for name, body in operation.bodies.items():
        examples = described["requestBody"]["content"][body.kind].setdefault("examples", {})
        examples[name] = {"summary": body.summary, "value": body.value}


def _illustrate_answers(operation: Operation, responses: Mapping[Any, Any]) -> None:
    for status, answer in operation.answers.items():
        _response(responses, status)["content"][JSON]["example"] = answer
    for kind, text in operation.texts.items():
        _response(responses, 200)["content"][kind]["example"] = text


def _response(responses: Mapping[Any, Any], status: int) -> Any:
    return responses[status] if status in responses else responses[str(status)]
