"""Datasets by the client: sent from a path or as bytes, again where no answer comes, and looked at."""

from pathlib import Path

import pytest

from backprop.client import Client, ConflictError, InvalidError, NotFoundError, TooLargeError
from tests.backprop.client.served import Served, broken_after

FRUIT = b"grams;kind\n" + b"150;apple\n140;orange\n" * 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "fruit.csv"
    file.write_bytes(FRUIT)
    return file


def test_a_file_is_uploaded_once_by_path_or_bytes(client: Client, path: Path) -> None:
    dataset = client.datasets.create(path, name="fruit")
    assert (dataset.name, dataset.rows, dataset.format, dataset.bytes) == ("fruit", 40, "csv", len(FRUIT))
    assert client.datasets.create(FRUIT, media_type="text/csv") == dataset
    assert client.datasets.get(dataset.id) == dataset
    assert [column["name"] for column in dataset.columns] == ["grams", "kind"]
    assert dataset.columns[0]["mean"] == 145


def test_how_it_is_to_be_read_may_be_said(client: Client, path: Path) -> None:
    dataset = client.datasets.create(path, delimiter=",", header=False, columns=["all"], text=["all"])
    assert client.datasets.rows(dataset.id, offset=1, limit=1).rows == [["150;apple"]]


def test_an_upload_whose_answer_is_lost_is_sent_again_whole(served: Served, client: Client, path: Path) -> None:
    served.faults = [broken_after]
    assert client.datasets.create(path).rows == 40
    assert served.asked == ["POST /v1/datasets"] * 2
    assert len(list(client.datasets.list())) == 1


def test_datasets_are_listed_and_deleted_unless_in_use(client: Client, path: Path) -> None:
    dataset = client.datasets.create(path)
    job = client.jobs.create({"data": {"dataset": dataset.id}, "target": "kind", "training": {"epochs": 1}})
    with pytest.raises(ConflictError, match=job.id):
        client.datasets.delete(dataset.id)
    client.jobs.cancel(job.id)
    client.datasets.delete(dataset.id)
    assert list(client.datasets.list()) == []
    with pytest.raises(NotFoundError):
        client.datasets.rows(dataset.id)


def test_what_is_refused_is_named_by_row(client: Client) -> None:
    with pytest.raises(InvalidError) as refused:
        client.datasets.create(b"a,b\n1,2\n3\n")
    assert [problem.pointer for problem in refused.value.problems] == ["#/rows/1"]


def test_a_file_over_the_limit_is_too_large(client: Client) -> None:
    with pytest.raises(TooLargeError):
        client.datasets.create(b"a\n" * 60_000)
