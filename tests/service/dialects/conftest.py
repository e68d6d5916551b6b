"""Models for every dialect: one of numbers, and one of numbers, texts, booleans and times with gaps."""

from typing import Any

import pytest

from tests.service.harness import Service

IRIS: dict[str, Any] = {"name": "iris", "data": {"builtin": "iris"}, "training": {"epochs": 30}}
COLUMNS: list[str] = ["grams", "skin", "ripe", "picked", "kind"]
FRUITS: list[list[Any]] = [
    [150.5, "smooth", True, "2030-01-01T08:00:00Z", "apple"],
    [170.0, "smooth", False, "2030-01-02T09:00:00Z", "apple"],
    [140.0, "rough", True, "2030-01-03T20:00:00Z", "orange"],
    [None, "rough", None, "2030-01-04T07:00:00Z", "orange"],
    [135.0, None, False, None, "orange"],
]
FRUIT: dict[str, Any] = {"name": "fruit", "target": "kind", "training": {"epochs": 20, "dtype": "float64"}}
FRUIT_CSV = """grams,skin,ripe,picked,kind
150.5,smooth,true,2030-01-01T08:00:00Z,apple
170,smooth,false,2030-01-02T09:00:00Z,apple
140,rough,true,2030-01-03T20:00:00Z,orange
,rough,,2030-01-04T07:00:00Z,orange
135,,false,,orange
"""
ROW = [5.1, 3.5, 1.4, 0.2]
NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]


@pytest.fixture
def trained(service: Service) -> Service:
    """The service with both models."""
    service.train(**IRIS)
    uploaded: Any = service.client.post("/v1/datasets", data=FRUIT_CSV, content_type="text/csv")
    service.train(**FRUIT, data={"dataset": uploaded.json["id"]})
    return service


def ours(service: Service, instances: Any, ref: str = "iris") -> Any:
    """What our own dialect says."""
    answer = service.post(f"/v1/models/{ref}/predict", {"instances": instances})
    assert answer.status_code == 200, answer.json
    return answer.json
