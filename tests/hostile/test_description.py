"""Whatever the description of the service allows or forbids: the service does as it says, and never answers a 5xx."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import pytest
import schemathesis
from schemathesis import Case, HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.hostile.conftest import KEY

PREDICT = "POST /v1/models/{ref}/predict"
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}
CONFIG: Mapping[str, Any] = {
    "headers": AUTHORIZED,
    "continue-on-failure": True,
    "suppress-health-check": ["all"],
    # No NUL: the body that holds one is malformed, which JSON Schema has no word for.
    "generation": {"max-examples": 10, "no-shrink": True, "allow-x00": False},
    "phases": {"stateful": {"max-steps": 10, "generation": {"max-examples": 30, "mode": "positive"}}},
    # A job that is well formed may still not fit its data, and an id may name nothing.
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]}},
    # In the other servers' dialects it is 400 that says so.
    "operations": [
        {
            "include-tag": dialect,
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404"]}},
        }
        for dialect in ("open_inference", "mlflow", "tensorflow")
    ],
}

# Bodies that work, since one that is made up hardly ever fits its data; every other one is left as it was made up.
XOR = {"data": {"builtin": "xor"}, "name": "xor", "training": {"epochs": 2}}
BODIES: Mapping[str, Sequence[Any]] = {
    "POST /v1/jobs": (XOR, None, XOR | {"name": "xor-again"}, None),
    PREDICT: ({"instances": [[0, 1]]}, None, {"instances": [{"x1": 0, "x2": 1}], "return": ["predictions"]}, None),
}


@schemathesis.serializer("application/x-ndjson")
def lines(_context: schemathesis.SerializationContext, text: Any) -> Any:
    """Send JSON lines as they are."""
    return text.encode() if isinstance(text, str) else text


# How far it must come: to a model's predictions, to the end of jobs and models, to each request that a job obeys.
REACHED = {
    ("POST /v1/jobs", 202),
    (PREDICT, 200),
    (PREDICT, 422),
    ("DELETE /v1/jobs/{job_id}", 204),
    ("DELETE /v1/models/{ref}", 204),
    *((f"POST /v1/jobs/{{job_id}}/{ask}", 202) for ask in ("cancel", "pause", "resume")),
}
# What is asked in which order changes with the seed, and with every change of the description.
SEEDS = range(8)


@pytest.mark.filterwarnings("default")  # those of the tool, in its own threads, are none of our errors
def test_the_service_does_as_its_description_says(address: str) -> None:
    answered: set[tuple[str, int | None]] = set()
    for seed in SEEDS:
        answered |= answers(address, seed)
        if answered >= REACHED:
            break
    assert answered >= REACHED


def answers(address: str, seed: int) -> set[tuple[str, int | None]]:
    """Every operation that was asked for and the status of its answer; none of them goes against the description."""
    schema = schemathesis.openapi.from_url(
        f"{address}/openapi.json", config=SchemathesisConfig.from_dict({**CONFIG, "seed": seed}), headers=AUTHORIZED
    )
    bodies = {label: cycle(known) for label, known in BODIES.items()}

    @schema.hook
    def map_case(_context: HookContext, case: Case[Any]) -> Case[Any]:
        if case.meta is not None and case.meta.generation.mode.is_positive and case.operation.label in bodies:
            case.body = next(bodies[case.operation.label]) or case.body
        return case

    failures: list[str] = []
    answered: set[tuple[str, int | None]] = set()
    for event in from_schema(schema).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            for case_id, interaction in event.recorder.interactions.items():
                label = event.recorder.cases[case_id].value.operation.label
                answered.add((label, interaction.response.status_code if interaction.response else None))
        if isinstance(event, events.EngineFinished):
            failures = [f"{failure.operation}: {failure.title}: {failure.message}" for failure in event.failures]
    assert failures == []
    return answered
