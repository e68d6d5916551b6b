"""The dialects' requests, changed by chance: each is answered or refused as its dialect refuses, in finite numbers."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from tests.hostile.mutations import changed_body, changed_headers
from tests.service.harness import Service

HEADER = "Inference-Header-Content-Length"
NUMBERS = {"name": "inputs", "shape": [2, 2], "datatype": "FP32", "data": [[0, 1], [1, 1.5]]}
X1 = {"name": "x1", "shape": [2], "datatype": "FP64", "data": [0, 1]}
X2 = {"name": "x2", "shape": [2, 1], "datatype": "INT8", "data": [0, None]}
BYTES = {"name": "inputs", "shape": [1, 2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}
TEXTS = {"name": "y", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": 13}}
BEHIND = b"\0\0\x80\x3f\0\0\0\x3f\1\0\0\0a\4\0\0\0b\xc3\xa4c"
SERVING: Sequence[Any] = (
    {"instances": [[0, 1], [1, 1]], "signature_name": "serving_default"},
    {"inputs": {"x1": [0, 1], "x2": [1, None]}, "signature_name": "top_k"},
)
SOUND: Mapping[str, Sequence[Any]] = {
    "/v2/models/xor/infer": (
        {"id": "a", "inputs": [NUMBERS], "outputs": [{"name": "outputs", "parameters": {"binary_data": True}}]},
        {"inputs": [X1, X2], "parameters": {"binary_data_output": False}},
        {"inputs": [BYTES, TEXTS]},
        {"inputs": [BYTES, TEXTS, X1]},
    ),
    "/v2/models/xor/versions/1/infer": ({"inputs": [NUMBERS]},),
    "/v2/repository/index": ({"ready": True},),
    "/invocations?model=xor": (
        {"dataframe_split": {"columns": ["x2", "x1"], "index": [0, 1], "data": [[0, 1], [1, None]]}},
        {"dataframe_records": [{"x1": 0, "x2": 1, "y": 2}], "params": {}},
        {"instances": [[0, 1]]},
        {"inputs": {"x1": [0, 1], "x2": [1, 0]}},
    ),
    "/v1/models/xor:predict": SERVING,
    "/v1/models/xor/versions/1:predict": SERVING,
}
TABLE = b"x1,x2\n0,1\n1,\n"


def test_two_thousand_changed_requests_are_answered_as_promised(service: Service) -> None:
    service.client.environ_base["HTTP_AUTHORIZATION"] = "Bearer sesame"
    service.post("/v1/jobs", {"data": {"builtin": "xor"}, "name": "xor", "training": {"epochs": 2}})
    service.work()
    answers: Counter[int] = Counter()
    for path, content, headers in requests(Random(0), 2000):  # noqa: S311  chance that can be had again
        answer: Any = service.client.post(path, data=content, headers=headers)
        answers[answer.status_code] += 1
        assert answer.status_code < 500, (path, content, answer.text)
        look(path, answer)
    assert {200, 400, 401, 415} <= set(answers)
    assert answers[200] > 200


def requests(random: Random, count: int) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    for _ in range(count):
        path = random.choice([*SOUND])
        content, headers = changed_body(random, SOUND[path]), changed_headers(random)
        if path.endswith("/infer") and random.random() < 0.5:
            size = len(content) if random.random() < 0.9 else random.randint(0, 300)
            yield path, content + BEHIND[: random.choice([8, 21, 21, 20])], headers | {HEADER: str(size)}
        elif path.startswith("/invocations") and random.random() < 0.3:
            at = random.randint(0, len(TABLE))
            spoilt = random.choice([b"", b'"', b",", b"\n", b"\0", b"\xff", b"nan", b"1e999"])
            yield path, TABLE[:at] + spoilt + TABLE[at:], {"Content-Type": "text/csv"}
        else:
            yield path, content, headers


def look(path: str, answer: Any) -> None:
    """See that an answer is one of its dialect's."""
    if answer.status_code == 200:
        size = int(answer.headers.get(HEADER, len(answer.data)))
        assert is_finite(json.loads(answer.data[:size]))
    else:
        assert answer.mimetype == "application/json", (path, answer.text)
        assert set(answer.json) == ({"error_code", "message"} if path.startswith("/inv") else {"error"})
        assert answer.status_code != 422


def is_finite(value: Any) -> bool:
    """Whether an answer holds neither null nor a number that is not finite."""
    if isinstance(value, dict | list):
        return all(map(is_finite, value.values() if isinstance(value, dict) else value))
    return value is not None and (not isinstance(value, float) or math.isfinite(value))
