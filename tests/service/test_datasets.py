"""Datasets over HTTP: a file goes in, is looked at, trains a model that takes raw records, and goes."""

import io
from typing import Any

import pytest

from backprop.data import BUILTINS
from tests.service.harness import Service

FRUIT = b"grams,skin,ripe,kind\n" + b"150,smooth,true,apple\n,smooth,false,apple\n140,rough,true,orange\n" * 10


def upload(service: Service, content: bytes = FRUIT, media_type: str = "text/csv", query: str = "") -> Any:
    return service.client.post(f"/v1/datasets{query}", data=content, content_type=media_type)


def send_form(service: Service, *files: tuple[str, bytes, str], **fields: str) -> Any:
    parts: dict[str, Any] = {name: (io.BytesIO(content), filename) for name, content, filename in files}
    return service.client.post("/v1/datasets", data=parts | fields, content_type="multipart/form-data")


def leftovers(service: Service) -> list[str]:
    """Return every trace of a dataset, in the database and on the disk."""
    listed = [dataset["id"] for dataset in service.get("/v1/datasets").json["data"]]
    return listed + [path.name for path in service.database.blob_dir.glob("**/*")]


def test_every_builtin_set_is_listed_with_its_columns_and_target(service: Service) -> None:
    sets = {entry["name"]: entry for entry in service.get("/v1/datasets/builtin").json["data"]}
    assert set(sets) == set(BUILTINS)
    iris = sets["iris"]
    assert (iris["rows"], iris["target"], iris["task"]) == (150, "species", "classification")
    assert {column["name"] for column in iris["columns"]} > {"species"}


def test_an_upload_is_made_once(service: Service) -> None:
    first, again = upload(service, query="?name=fruit"), upload(service, query="?name=other")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["Location"] == again.headers["Location"] == f"/v1/datasets/{first.json['id']}"
    assert again.json == first.json == service.get(first.headers["Location"]).json
    assert (first.json["name"], first.json["rows"], first.json["bytes"]) == ("fruit", 30, len(FRUIT))
    assert upload(service, query="?text=grams").status_code == 201, "read in another way it is another dataset"


def test_columns_are_shown_with_their_statistics(service: Service) -> None:
    grams, skin, ripe, _ = upload(service).json["columns"]
    assert (grams["kind"], grams["missing"], grams["mean"]) == ("numeric", 10, 145)
    assert (grams["min"], grams["max"]) == (140, 150)
    assert sum(grams["histogram"]["counts"]) == 20
    assert (skin["kind"], skin["top"][0]) == ("text", {"value": "smooth", "count": 20})
    assert (ripe["kind"], ripe["distinct"]) == ("boolean", 2)


def test_lists_show_datasets_without_statistics(service: Service) -> None:
    shown = upload(service, query="?name=fruit").json
    (listed,) = service.get("/v1/datasets?name=fruit").json["data"]
    assert listed == shown | {"columns": listed["columns"]}
    assert listed["columns"][0] == {"name": "grams", "kind": "numeric", "missing": 10, "notes": []}


def test_rows_are_paged_through(service: Service) -> None:
    address = upload(service).headers["Location"]
    page = service.get(f"{address}/rows?offset=1&limit=2").json
    assert page == {
        "columns": ["grams", "skin", "ripe", "kind"],
        "rows": [[None, "smooth", False, "apple"], [140, "rough", True, "orange"]],
        "offset": 1,
        "total": 30,
    }
    assert service.get(f"{address}/rows?offset=30").json["rows"] == []


def test_a_form_carries_a_file_and_its_name(service: Service) -> None:
    answer = send_form(service, ("file", FRUIT, "my fruit.csv"))
    assert (answer.status_code, answer.json["name"], answer.json["format"]) == (201, "my_fruit", "csv")
    assert upload(service).status_code == 200, "the same bytes are the same dataset, however they come"


@pytest.mark.parametrize("filename", ["../fruit.csv", "/etc/passwd"])
def test_a_name_with_a_path_in_it_is_refused(service: Service, filename: str) -> None:
    answer = send_form(service, ("file", FRUIT, filename))
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "bad_name")
    assert upload(service, query=f"?name={filename}").json["errors"][0]["pointer"] == "?name"
    assert leftovers(service) == []


def test_a_form_has_one_file(service: Service) -> None:
    for answer in (
        send_form(service, ("other", FRUIT, "a.csv")),
        send_form(service, ("file", FRUIT, "a.csv"), also="this"),
        send_form(service, ("file", FRUIT, "a.csv"), ("more", FRUIT, "b.csv")),
    ):
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "wrong_keys")


@pytest.mark.parametrize("media_type", ["text/html", "application/xml", "image/png"])
def test_another_content_type_is_415(service: Service, media_type: str) -> None:
    assert upload(service, media_type=media_type).status_code == 415
    assert service.client.post("/v1/datasets", data=FRUIT, headers={"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(
    ("content", "media_type", "status", "pointer"),
    [
        (b"a,b\n1,2\n1,2,3\n", "text/csv", 422, "#/rows/1"),
        (b"a,a\n1,2\n", "text/csv", 422, "#/columns/1"),
        (b"", "text/csv", 422, "#/rows"),
        (b"PAR1 and no more", "application/vnd.apache.parquet", 422, "#"),
        (b"PK\x03\x04 and no more", "application/x-npz", 422, "#"),
        (b"ARROW1 and no more", "application/octet-stream", 422, "#"),
        (b'{"columns": [', "application/json", 400, None),
    ],
)
def test_a_refused_upload_leaves_nothing(
    service: Service, content: bytes, media_type: str, status: int, pointer: str | None
) -> None:
    answer = upload(service, content, media_type)
    assert answer.status_code == status, answer.json
    assert [error["pointer"] for error in answer.json["errors"]] == ([pointer] if pointer else [])
    assert leftovers(service) == []


@pytest.mark.parametrize(
    "query", ["delimiter=ab", "delimiter=x", "format=xls", "encoding=rot13", "header=yes", "skip_rows=-1", "decimal=x"]
)
def test_what_is_said_of_a_file_is_checked(service: Service, query: str) -> None:
    answer = upload(service, query=f"?{query}")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, f"?{query.partition('=')[0]}")


def test_a_model_trained_on_an_upload_takes_raw_records(service: Service) -> None:
    dataset = upload(service).json
    job = service.train(name="fruit", data={"dataset": dataset["id"]}, target="kind", training={"epochs": 50})
    assert job["spec"]["data"] == {"dataset": dataset["id"]}
    records = [{"skin": "smooth", "ripe": True}, {"grams": 140, "skin": "rough", "ripe": False, "kind": "apple"}]
    answer = service.post("/v1/models/fruit/predict", {"instances": records})
    assert answer.json["predictions"] == ["apple", "orange"]


def test_a_dataset_in_use_stays(service: Service) -> None:
    dataset_id = upload(service).json["id"]
    service.train(name="fruit", data={"dataset": dataset_id}, target="kind", training={"epochs": 1})
    answer: Any = service.client.delete(f"/v1/datasets/{dataset_id}")
    assert (answer.status_code, answer.json["code"]) == (409, "in_use")
    service.client.delete("/v1/models/fruit")
    assert service.client.delete(f"/v1/datasets/{dataset_id}").status_code == 204
    assert service.get(f"/v1/datasets/{dataset_id}").status_code == 404


def test_an_upload_over_the_limit_is_413(cramped: Service) -> None:
    content = b"a,b\n" + b"1,2\n" * 10_000
    assert upload(cramped, content).status_code == 413
    assert send_form(cramped, ("file", content, "a.csv")).status_code == 413
    answer: Any = cramped.client.post(
        "/v1/datasets",
        content_type="text/csv",
        input_stream=io.BytesIO(content),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 413
    assert leftovers(cramped) == []


def test_an_upload_that_unpacks_to_more_than_the_limit_is_413(cramped: Service) -> None:
    answer = upload(cramped, b"a,b\n" + b"1,2\n" * 2000)
    assert (answer.status_code, answer.json["code"]) == (413, "file_too_large")
    assert leftovers(cramped) == []


def test_the_rows_of_each_part_can_be_asked_for(service: Service) -> None:
    dataset_id = upload(service).json["id"]
    asked = {"split": {"group": "skin", "test": 1}, "weight": "grams", "training": {"epochs": 1}}
    refused = service.post("/v1/jobs", {"data": {"dataset": dataset_id}, "target": "kind", **asked})
    assert refused.json["errors"][0]["pointer"] == "#/weight", "some grams are missing"
    job = service.submit(data={"dataset": dataset_id}, target="kind", split={"test": 0.2, "random_state": 1})
    test = service.get(f"/v1/jobs/{job['id']}/rows?part=test").json
    train = service.get(f"/v1/jobs/{job['id']}/rows?limit=10&offset=20").json
    assert (test["total"], len(test["rows"]), train["total"], len(train["rows"])) == (6, 6, 24, 4)
    assert not set(test["rows"]) & set(train["rows"])


def test_a_messy_file_makes_a_model_that_takes_a_row_as_it_came(service: Service) -> None:
    kinds = ("house", "flat", "barn")
    lines = [
        f"{n},{'' if n % 7 == 0 else 50 + n % 40},{kinds[n % 3]},2024-0{1 + n % 9}-1{n % 10},{1000 * (50 + n % 40)}"
        for n in range(200)
    ]
    content = "\n".join(["id,size,sort,sold,price", *lines]).encode()
    dataset_id = upload(service, content).json["id"]
    job = service.train(
        name="prices", data={"dataset": dataset_id}, target="price", split={"time": "sold", "test": 0.2},
        preprocessing={"numeric": "quantile", "missing": "median", "indicators": True, "unseen": "ignore"},
    )  # fmt: skip
    assert job["spec"]["features"] == ["id", "size", "sort", "sold"]
    rows = service.get(f"/v1/datasets/{dataset_id}/rows?limit=1").json
    record = dict(zip(rows["columns"], rows["rows"][0], strict=True)) | {"sort": "castle"}
    answer = service.post("/v1/models/prices/predict", {"instances": [record, {"size": 60}]})
    assert answer.status_code == 200, answer.json
    assert len(answer.json["predictions"]) == 2
