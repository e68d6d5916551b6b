"""Predictions by the client: asked for once, waited for, and downloaded whole."""

from pathlib import Path

import pytest

from backprop.client import Client, ConflictError, InvalidError, NotFoundError, PredictionJob
from tests.backprop.client.served import Served, broken_after

JOB = {"name": "iris", "data": {"builtin": "iris"}, "training": {"epochs": 2}}


@pytest.fixture
def trained(served: Served, client: Client) -> None:
    """There is a model `iris`."""
    client.jobs.create(JOB)
    served.work()


def succeeded(served: Served, client: Client) -> PredictionJob:
    asked = client.predictions.create("iris", {"builtin": "iris"}, include=["species"], returns=["predictions"])
    served.work()
    return client.predictions.wait(asked.id, timeout=5)


@pytest.mark.usefixtures("trained")
def test_a_prediction_is_made_and_downloaded(served: Served, client: Client, tmp_path: Path) -> None:
    prediction = succeeded(served, client)
    assert (prediction.state, prediction.results) == ("succeeded", {"rows": 150, "rejected": 0})
    assert (prediction.progress.rows, prediction.progress.total) == (150, 150)
    assert prediction.model is not None
    assert (prediction.model.name, prediction.data, prediction.include) == ("iris", {"builtin": "iris"}, ["species"])
    client.predictions.download(prediction.id, tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert (len(lines), lines[0]) == (151, '"species","prediction"')
    client.predictions.download(prediction.id, tmp_path / "out.pq")
    assert (tmp_path / "out.pq").read_bytes()[:4] == b"PAR1"
    client.predictions.download(prediction.id, tmp_path / "out", file_format="ndjson")
    assert (tmp_path / "out").read_text().startswith('{"species":"setosa"')
    assert [file.name for file in sorted(tmp_path.iterdir()) if file.name.startswith("tmp")] == []


@pytest.mark.usefixtures("trained")
def test_it_is_asked_for_once_although_an_answer_is_lost(served: Served, client: Client) -> None:
    served.faults = [broken_after]
    prediction = client.predictions.create("iris", {"builtin": "iris"})
    assert [one.id for one in client.predictions.list(model="iris")] == [prediction.id]
    assert client.predictions.pause(prediction.id).state == "paused"
    assert client.predictions.resume(prediction.id).state == "queued"
    assert client.predictions.cancel(prediction.id).state == "cancelled"
    client.predictions.delete(prediction.id)
    with pytest.raises(NotFoundError):
        client.predictions.get(prediction.id)


@pytest.mark.usefixtures("trained")
def test_what_is_refused_leaves_no_file(client: Client, tmp_path: Path) -> None:
    prediction = client.predictions.create("iris", {"builtin": "iris"})
    with pytest.raises(ConflictError, match="queued"):
        client.predictions.download(prediction.id, tmp_path / "out.csv")
    assert list(tmp_path.glob("out*")) == list(tmp_path.glob("tmp*")) == []
    with pytest.raises(InvalidError) as refused:
        client.predictions.create("iris", {"builtin": "wine"})
    assert {problem.code for problem in refused.value.problems} == {"unknown_column"}
