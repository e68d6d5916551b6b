"""Tables that nobody here made go through HTTP as a person would send them, and make models of some use."""

from pathlib import Path
from typing import Any

import pytest
import sklearn.datasets

from tests.service.harness import Service

FOLDER = Path(sklearn.datasets.__file__).parent / "data"
FLOWER = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]


def upload(service: Service, name: str, query: str = "") -> Any:
    content = (FOLDER / name).read_bytes()
    answer: Any = service.client.post(f"/v1/datasets{query}", data=content, content_type="text/csv")
    assert answer.status_code == 201, answer.json
    return answer.json


def said(*names: str) -> str:
    return "?header=false&skip_rows=1" + "".join(f"&columns={name}" for name in names)


def test_a_file_whose_first_line_is_no_header_is_refused_until_that_is_said(service: Service) -> None:
    content = (FOLDER / "iris.csv").read_bytes()  # begins with 150,4,setosa,versicolor,virginica
    answer: Any = service.client.post("/v1/datasets", data=content, content_type="text/csv")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "not_a_number")
    assert "line 1, column 'column_3': 'setosa'" in answer.json["errors"][0]["detail"]
    assert upload(service, "iris.csv", said(*FLOWER))["rows"] == 150


@pytest.mark.parametrize(
    ("name", "columns", "rows"), [("iris.csv", 5, 150), ("wine_data.csv", 14, 178), ("breast_cancer.csv", 31, 569)]
)
def test_a_classification_by_a_public_table(service: Service, name: str, columns: int, rows: int) -> None:
    names = [*(f"x{number}" for number in range(1, columns)), "y"]
    dataset = upload(service, name, said(*names))
    assert (dataset["rows"], {column["kind"] for column in dataset["columns"]}) == (rows, {"numeric"})
    split = {"test": 0.25, "stratify": True}
    training = {"epochs": 30, "optimizer": {"name": "adam", "learning_rate": 0.01}}
    job = service.train(data={"dataset": dataset["id"]}, target="y", split=split, training=training)
    assert job["spec"]["task"] == "classification"
    assert job["results"]["test"]["accuracy"] > 0.9


def test_a_table_parted_by_blanks(service: Service) -> None:
    exercise = upload(service, "linnerud_exercise.csv")
    assert [column["name"] for column in exercise["columns"]] == ["Chins", "Situps", "Jumps"]
    assert service.get(f"/v1/datasets/{exercise['id']}/rows?limit=1").json["rows"] == [[5, 162, 60]]
