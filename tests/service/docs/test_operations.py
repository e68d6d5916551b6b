"""Every operation's documentation in openapi.json is whole, and true of the service: bodies work, answers look so."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from service.docs.bodies import JOBS, PREDICT_ALL, UPLOADS
from service.docs.dialects import INFER
from service.docs.operations import OPERATIONS
from tests.service.harness import Service

METHODS = {"get", "post", "put", "delete", "patch"}
IDS = [*OPERATIONS]


@dataclass(frozen=True)
class Described:
    """An operation as openapi.json describes it."""

    method: str
    path: str
    about: Mapping[str, Any]

    @property
    def successes(self) -> list[int]:
        return [int(status) for status in self.about["responses"] if status.startswith("2")]

    def examples(self, status: int, kind: str = "application/json") -> Any:
        return self.about["responses"][str(status)]["content"][kind]["example"]


@pytest.fixture
def openapi(service: Service) -> dict[str, Any]:
    described: dict[str, Any] = service.get("/openapi.json").json
    return described


def described_in(openapi: Mapping[str, Any]) -> dict[str, Described]:
    return {
        about["operationId"]: Described(method, path, about)
        for path, item in openapi["paths"].items()
        for method, about in item.items()
        if method in METHODS
    }


def contents(described: Described) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every content that an operation describes, but those of refusals, which are described once for all."""
    for kind, content in described.about.get("requestBody", {"content": {}})["content"].items():
        yield f"body {kind}", content
    for status, response in described.about["responses"].items():
        for kind, content in response.get("content", {}).items():
            yield f"{status} {kind}", content


def is_a_file(content: Mapping[str, Any]) -> bool:
    """Whether a content is bytes, or a form with them, which JSON cannot show."""
    schema = content["schema"]
    return any(part.get("format") == "binary" for part in [schema, *schema.get("properties", {}).values()])


def test_every_operation_has_a_row_in_the_table(openapi: dict[str, Any]) -> None:
    assert set(described_in(openapi)) == set(OPERATIONS), "rows belong in service/docs/operations.py"


def test_every_operation_says_what_it_does_and_how_it_is_asked(openapi: dict[str, Any]) -> None:
    for name, described in described_in(openapi).items():
        assert described.about["summary"], name
        text, _, sample = described.about["description"].partition("\n\n```sh\n")
        assert text, name
        assert "curl" in sample, name


def test_every_body_and_every_answer_has_an_example(openapi: dict[str, Any]) -> None:
    lacking = [
        f"{name} {place}"
        for name, described in described_in(openapi).items()
        for place, content in contents(described)
        if not content.get("example") and not content.get("examples") and not is_a_file(content)
    ]
    assert lacking == []


def test_whatever_takes_a_body_has_one_to_send(openapi: dict[str, Any]) -> None:
    for name, described in described_in(openapi).items():
        assert ("requestBody" in described.about) == bool(OPERATIONS[name].bodies), name


def test_every_parameter_of_a_path_has_an_example_and_every_parameter_a_description_or_a_schema(
    openapi: dict[str, Any],
) -> None:
    for path, item in openapi["paths"].items():
        for parameter in item.get("parameters", ()):
            assert parameter["example"], path
            assert parameter["description"], path


def test_every_example_is_valid_by_its_schema(openapi: dict[str, Any]) -> None:
    places = [
        (f"{name} {place}", content) for name, one in described_in(openapi).items() for place, content in contents(one)
    ]
    places += [
        (name, response["content"]["application/problem+json"])
        for name, response in openapi["components"]["responses"].items()
    ]
    for place, content in places:
        validator = jsonschema_rs.validator_for({**content["schema"], "components": openapi["components"]})
        examples = [example["value"] for example in content.get("examples", {}).values()]
        for value in [*examples, *([content["example"]] if "example" in content else [])]:
            assert [error.message for error in validator.iter_errors(value)] == [], place


def test_every_body_is_taken_with_the_status_that_is_described(service: Service, openapi: dict[str, Any]) -> None:
    service.train(**JOBS["iris"].value)
    sent = 0
    for name, described in described_in(openapi).items():
        for kind, content in described.about.get("requestBody", {"content": {}})["content"].items():
            for example in content.get("examples", {}).values():
                value = example["value"]
                body = value if isinstance(value, str) else json.dumps(value)
                path = described.path.format(ref="iris", model_name="iris", alias="champion", version=1)
                query = OPERATIONS[name].sample.query
                answer: Any = service.client.open(
                    path, query_string=query, method=described.method, data=body, content_type=kind
                )
                assert answer.status_code in described.successes, (name, example["summary"], answer.text)
                sent += 1
    assert sent == sum(len(operation.bodies) for operation in OPERATIONS.values())


@pytest.mark.parametrize("name", JOBS)
def test_every_job_that_is_shown_trains(service: Service, name: str) -> None:
    job = service.train(**JOBS[name].value)
    assert job["model"]["version"] == 1


def test_the_examples_folder_has_the_same_jobs() -> None:
    for name in ("iris", "xor", "wine"):
        assert json.loads(Path(f"examples/{name}.json").read_text()) == JOBS[name].value


def test_answers_look_as_they_are_shown(service: Service, openapi: dict[str, Any]) -> None:
    """What the service answers has the parts, of the kinds, that the examples of answers have."""
    shown = described_in(openapi)
    queued = service.submit(**JOBS["iris"].value)
    same_parts(queued, shown["jobs.submit"].examples(202))
    path = f"/v1/jobs/{queued['id']}"
    same_parts(service.post(f"{path}/pause", None).json, shown["jobs.pause"].examples(200))
    same_parts(service.post(f"{path}/resume", None).json, shown["jobs.resume"].examples(202))
    service.work()
    for version in (1, 2):
        alias = service.client.put("/v1/models/iris/aliases/champion", json={"version": version})
        service.train(**JOBS["iris"].value)
    same_parts(alias.json, shown["aliases.move"].examples(200))
    uploaded: Any = service.client.post("/v1/datasets?name=fruit", data=UPLOADS["csv"].value, content_type="text/csv")
    same_parts(uploaded.json, shown["datasets.create"].examples(201))
    asked = service.post("/v1/predictions", PREDICT_ALL["iris"].value).json
    same_parts(asked, shown["scoring.submit"].examples(202))
    service.work()
    for name, answer in {
        "jobs.show": service.get(path),
        "jobs.index": service.get("/v1/jobs"),
        "course.metrics": service.get(f"{path}/metrics?max_points=2"),
        "course.events": service.get(f"{path}/events"),
        "parts.rows": service.get(f"{path}/rows?part=test&limit=5"),
        "models.annotate": service.client.patch("/v1/models/iris", json={"tags": {"stage": "a"}, "note": "b"}),
        "models.index": service.get("/v1/models"),
        "models.show": service.get("/v1/models/iris"),
        "models.weights": service.get("/v1/models/iris/weights"),
        "aliases.show": service.get("/v1/models/iris/aliases/champion"),
        "aliases.index": service.get("/v1/models/iris/aliases"),
        "aliases.rollback": service.post("/v1/models/iris/aliases/champion/rollback", None),
        "aliases.history": service.get("/v1/models/iris/aliases/champion/history"),
        "open_inference.model": service.get("/v2/models/iris"),
        "open_inference.model_infer": service.post("/v2/models/iris/infer", INFER["matrix"].value),
        "open_inference.index": service.post("/v2/repository/index", {}),
        "tensorflow.status": service.get("/v1/models/iris/versions/1"),
        "predictions.predict": service.post("/v1/models/iris/predict", {"instances": [[5.1, 3.5, 1.4, 0.2]]}),
        "scoring.index": service.get("/v1/predictions"),
        "scoring.show": service.get(f"/v1/predictions/{asked['id']}"),
        "scoring.events": service.get(f"/v1/predictions/{asked['id']}/events"),
        "datasets.index": service.get("/v1/datasets"),
        "datasets.show": service.get(f"/v1/datasets/{uploaded.json['id']}"),
        "datasets.rows": service.get(f"/v1/datasets/{uploaded.json['id']}/rows?limit=2"),
        "datasets.builtin": service.get("/v1/datasets/builtin"),
        "workers.queue": service.get("/v1/queue"),
        "health.live": service.get("/healthz/live"),
        "health.ready": service.get("/healthz/ready"),
    }.items():
        assert answer.status_code == 200, name
        same_parts(answer.json, shown[name].examples(200), name)


def test_a_comparison_looks_as_it_is_shown(service: Service, openapi: dict[str, Any]) -> None:
    for seed in (10, 11):
        service.train(**JOBS["iris"].value | {"training": {"seed": seed, "epochs": 5}})
    shown = described_in(openapi)["comparisons.show"].examples(200)
    same_parts(service.get("/v1/models/iris@1/compare?with=iris").json, shown)


def test_a_reproduction_looks_as_it_is_shown(service: Service, openapi: dict[str, Any]) -> None:
    shown = described_in(openapi)["reproductions.reproduce"]
    service.train(**JOBS["iris"].value)
    queued = service.post("/v1/models/iris/reproduce", None).json
    same_parts(queued, shown.examples(202))
    service.work()
    same_parts(service.get(f"/v1/jobs/{queued['id']}").json, shown.examples(200))


def test_the_tutorials_figures_are_those_that_are_shown(service: Service, openapi: dict[str, Any]) -> None:
    job = service.train(**JOBS["iris"].value)
    shown = described_in(openapi)["jobs.show"].examples(200)
    assert job["results"].pop("evaluation") == shown["results"]["evaluation"]
    for part, scores in job["results"].items():
        assert scores == (shown["results"][part] and pytest.approx(shown["results"][part]))
    assert job["spec"] == shown["spec"]


def same_parts(real: Any, shown: Any, at: str = "") -> None:
    """See that two answers have the same keys all the way down; a list is told by its first item, null by nothing."""
    if isinstance(shown, dict) and isinstance(real, dict):
        assert set(real) == set(shown), at
        for key, value in shown.items():
            same_parts(real[key], value, f"{at}/{key}")
    elif isinstance(shown, list) and isinstance(real, list) and shown and real:
        same_parts(real[0], shown[0], f"{at}/0")
    elif real is not None and shown is not None:
        assert (type(real) in {int, float}) == (type(shown) in {int, float}), at
        assert type(real) is type(shown) or type(real) in {int, float}, at
