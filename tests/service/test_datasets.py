"""Datasets over HTTP."""

from backprop.data import BUILTINS
from tests.service.harness import Service


def test_every_builtin_set_is_listed_with_its_columns_and_target(service: Service) -> None:
    sets = {entry["name"]: entry for entry in service.get("/v1/datasets/builtin").json["data"]}
    assert set(sets) == set(BUILTINS)
    iris = sets["iris"]
    assert (iris["rows"], iris["target"], iris["task"]) == (150, "species", "classification")
    assert {column["name"] for column in iris["columns"]} > {"species"}
