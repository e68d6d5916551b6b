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
    "generation": {"max-examples": 10, "no-shrink": True, "deterministic": True, "allow-x00": False},
    "phases": {"stateful": {"max-steps": 10, "generation": {"max-examples": 30, "mode": "positive"}}},
    # A job that is well formed may still not fit its data, and an id may name nothing.
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]}},
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


@pytest.mark.filterwarnings("default")  # those of the tool, in its own threads, are none of our errors
def test_the_service_does_as_its_description_says(address: str) -> None:
    schema = schemathesis.openapi.from_url(
        f"{address}/openapi.json", config=SchemathesisConfig.from_dict(dict(CONFIG)), headers=AUTHORIZED
    )
    bodies = {label: cycle(known) for label, known in BODIES.items()}

    @schema.hook
    def map_case(_context: HookContext, case: Case[Any]) -> Case[Any]:
        if case.meta is not None and case.meta.generation.mode.is_positive and case.operation.label in bodies:
            case.body = next(bodies[case.operation.label]) or case.body
        return case

    failures, answered = [], set()
    for event in from_schema(schema).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            for case_id, interaction in event.recorder.interactions.items():
                label = event.recorder.cases[case_id].value.operation.label
                answered.add((label, interaction.response and interaction.response.status_code))
        if isinstance(event, events.EngineFinished):
            failures = [f"{failure.operation}: {failure.title}: {failure.message}" for failure in event.failures]
    assert failures == []
    # It has come as far as a model's predictions. What is obeyed besides depends on an order that is drawn anew with
    # every change of the description.
    assert answered >= {("POST /v1/jobs", 202), (PREDICT, 200), (PREDICT, 422)}
    asked = {label for label, _ in answered}
    assert asked >= {"DELETE /v1/jobs/{job_id}", "DELETE /v1/models/{ref}"}
    assert asked >= {f"POST /v1/jobs/{{job_id}}/{ask}" for ask in ("cancel", "pause", "resume")}
