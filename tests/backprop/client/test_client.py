"""The client against the service: what is asked is done, and what is refused is an error of its own class."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from backprop.client import (
    AddressError,
    Client,
    ConflictError,
    InvalidError,
    Job,
    MalformedError,
    NotFoundError,
    TooLargeError,
    UnauthorizedError,
    UnexpectedAnswerError,
    UnreachableError,
    WaitedError,
)
from tests.backprop.client.served import QUICK, Served, answering

JOB = {"name": "flowers", "data": {"builtin": "iris"}, "split": {"test": 0.2}, "training": {"epochs": 30}}
FLOWER = [5.1, 3.5, 1.4, 0.2]


def trained(served: Served, client: Client) -> Job:
    submitted = client.jobs.create(JOB)
    served.work()
    return client.jobs.wait(submitted.id, timeout=10)


def test_a_job_is_shown_as_it_was_submitted_with_every_default(client: Client) -> None:
    job = client.jobs.create(JOB)
    assert (job.name, job.state, job.ended, job.progress.epochs) == ("flowers", "queued", False, 30)
    assert job.spec is not None
    assert job.spec["training"]["optimizer"]["name"] == "adam"
    assert abs(datetime.now(UTC) - job.created_at) < timedelta(minutes=1)
    assert (job.model, job.results, job.error, job.started_at) == (None, None, None, None)
    assert client.jobs.get(job.id) == job


def test_a_job_that_has_ended_has_results_and_a_model_that_predicts(served: Served, client: Client) -> None:
    job = trained(served, client)
    assert job.state == "succeeded"
    assert job.model is not None
    assert job.results is not None
    assert set(job.results["test"] or {}) == {"loss", "accuracy"}
    prediction = client.models.predict("flowers", np.array([FLOWER, FLOWER]))
    assert prediction.classes == ["setosa", "versicolor", "virginica"]
    assert prediction.predictions[0] in prediction.classes
    assert np.array(prediction.outputs).shape == (2, 3)
    assert prediction.model.sha256 == client.models.get(job.model.id).sha256
    assert client.models.predict("flowers@1", [FLOWER], outputs=False).outputs is None


def test_a_prediction_has_what_else_is_wanted(served: Served, client: Client) -> None:
    trained(served, client)
    prediction = client.models.predict(
        "flowers", [FLOWER, [*FLOWER[:3], 99]], also=["probabilities", "logits"], top_k=2
    )
    assert prediction.probabilities == prediction.outputs
    assert np.array(prediction.logits).shape == (2, 3)
    assert [ranked[0]["class"] for ranked in prediction.top_k or ()] == prediction.predictions
    assert [warning["pointer"] for warning in prediction.warnings or ()] == ["#/instances/1/3"]
    assert client.models.predict("flowers", [FLOWER]).warnings is None


def test_a_job_with_folds_has_their_mean_and_deviation(served: Served, client: Client) -> None:
    job = client.jobs.create(JOB | {"split": {"folds": 3}})
    assert job.cross_validation is None
    served.work()
    found = client.jobs.get(job.id).cross_validation
    assert found is not None
    assert {*found.mean} == {*found.std} == {"loss", "accuracy"}
    held_out = [client.jobs.rows(job.id, "validation", fold=fold) for fold in (1, 2, 3)]
    assert sorted(row for rows in held_out for row in rows) == client.jobs.rows(job.id) == [*range(150)]
    with pytest.raises(InvalidError, match="3 folds"):
        client.jobs.rows(job.id, fold=4)


def test_a_plot_is_a_file_to_keep(served: Served) -> None:
    with served.client(timeout=30.0) as client:  # the first takes as long as matplotlib takes to load
        job = trained(served, client)
        assert b">flowers<" in client.jobs.plot(job.id)
        assert client.jobs.plot(job.id, kind="confusion", form="png").startswith(b"\x89PNG")
        with pytest.raises(InvalidError, match="ask for kind=confusion"):
            client.jobs.plot(job.id, kind="residuals")


def test_metrics_are_columns(served: Served, client: Client) -> None:
    metrics = client.jobs.metrics(trained(served, client).id, since=10)
    assert metrics.epoch == list(range(11, 31))
    assert len(metrics.loss) == 20
    assert metrics.accuracy is not None
    assert metrics.validation_loss is None


def test_weights_come_as_lists_and_as_a_file(served: Served, client: Client) -> None:
    trained(served, client)
    assert np.shape(client.models.weights("flowers")["w1"]) == (4, 100)
    assert client.models.download("flowers", "npz").startswith(b"PK")


def test_a_model_goes_into_a_file_and_comes_back_from_it(served: Served, client: Client, tmp_path: Path) -> None:
    trained(served, client)
    sha256 = client.models.get("flowers").sha256
    for file_format in ("safetensors", "npz", "json"):
        path = tmp_path / f"flowers.{file_format}"
        path.write_bytes(client.models.export("flowers", file_format))
        model = client.models.create(path, name=f"again-{file_format}")
        assert (model.sha256, model.job, model.version) == (sha256, None, 1)
    assert client.models.create(client.models.export("flowers")).name == "flowers"
    with pytest.raises(InvalidError, match="no whole npz"):
        client.models.create(b"PK\3\4", name="flowers")


def test_lists_come_page_by_page_until_there_is_enough(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backprop.client.pages.PAGE", 2)
    ids = [client.jobs.create(JOB).id for _ in range(5)]
    assert [job.id for job in client.jobs.list()] == ids[::-1]
    assert [job.id for job in client.jobs.list(limit=3)] == ids[:1:-1]
    assert not list(client.jobs.list(state=["running", "paused"]))
    assert not list(client.jobs.list(name="another"))


def test_jobs_are_paused_resumed_cancelled_and_deleted(client: Client) -> None:
    job_id = client.jobs.create(JOB).id
    assert client.jobs.pause(job_id).state == "paused"
    assert client.jobs.resume(job_id).state == "queued"
    assert client.jobs.cancel(job_id).state == "cancelled"
    with pytest.raises(ConflictError, match="cannot resume"):
        client.jobs.resume(job_id)
    client.jobs.delete(job_id)
    with pytest.raises(NotFoundError):
        client.jobs.get(job_id)


def test_models_are_listed_and_deleted(served: Served, client: Client) -> None:
    trained(served, client)
    (model,) = client.models.list(name="flowers")
    assert (model.name, model.version, model.spec) == ("flowers", 1, None)
    client.models.delete("flowers")
    with pytest.raises(NotFoundError):
        client.models.get("flowers")


def test_built_in_sets_and_health(client: Client) -> None:
    assert "iris" in {builtin.name for builtin in client.datasets.builtin()}
    assert client.health().status == "ok"


def test_each_problem_of_an_invalid_job_is_named(client: Client) -> None:
    with pytest.raises(InvalidError) as refused:
        client.jobs.create({"data": {"builtin": "iris"}, "training": {"epochs": "many", "seed": -1}})
    assert {problem.pointer for problem in refused.value.problems} == {"#/training/epochs", "#/training/seed"}
    assert (refused.value.status, refused.value.code) == (422, "invalid")
    assert refused.value.request_id
    assert "#/training/epochs: " in str(refused.value)


def test_errors_have_a_class_by_status(client: Client) -> None:
    with pytest.raises(TooLargeError):
        client.jobs.create({"metadata": {"note": "x" * 200_000}})
    client.jobs.create(JOB, idempotency_key="mine")
    with pytest.raises(ConflictError):
        client.jobs.create(JOB | {"name": "weeds"}, idempotency_key="mine")
    with pytest.raises(MalformedError):
        client.jobs.create({"a": "\udcff"})
    with pytest.raises(NotFoundError):
        client.models.predict("../jobs?x#y", [FLOWER])


def test_a_number_that_is_not_finite_is_not_sent(served: Served, client: Client) -> None:
    with pytest.raises(ValueError, match="JSON"):
        client.models.predict("flowers", [[float("nan")] * 4])
    assert not served.asked


def test_the_api_key_is_sent(guarded: Served) -> None:
    with guarded.client() as client, guarded.client(api_key="wrong") as stranger:
        assert list(client.jobs.list()) == []
        with pytest.raises(UnauthorizedError):
            list(stranger.jobs.list())


def test_a_wait_is_given_up_in_time(client: Client) -> None:
    job = client.jobs.create(JOB)
    with pytest.raises(WaitedError, match="it goes on"):
        client.jobs.wait(job.id, timeout=0.05)


def test_an_address_where_nobody_answers(served: Served) -> None:
    with Client("http://127.0.0.1:1", retries=QUICK) as client, pytest.raises(UnreachableError, match="refused"):
        client.jobs.get("job_0")
    for nonsense in ("127.0.0.1:8000", "ftp://here", "http://", "http://here:port"):
        with pytest.raises(AddressError):
            Client(nonsense)
    served.faults = [answering("200 OK", b"<html>"), answering("404 Not Found", b"[]")]
    with served.client() as client:
        for _ in range(2):
            with pytest.raises(UnexpectedAnswerError):
                client.jobs.get("job_0")


def test_what_a_newer_service_says_is_kept(client: Client) -> None:
    document = dict(client.jobs.create(JOB).document)
    newer = Job.of(document | {"colour": "green", "progress": {**document["progress"], "mood": "good"}})
    assert newer.document["colour"] == "green"
    assert newer.progress.document["mood"] == "good"
    assert newer == Job.of(document)
