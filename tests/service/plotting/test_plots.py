"""Plots of jobs, drawn by the process that draws them: what they show, whom they refuse, and what need not be drawn."""

import struct
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from backprop.store.jobs import claims
from backprop.store.jobs.claims import Cursor, Outcome, Progress
from backprop.store.jobs.metrics import NewMetrics
from tests.backprop.store.situations import bring, take
from tests.service.harness import Service
from tests.service.running import Server

IRIS: dict[str, Any] = {"name": "flowers", "data": {"builtin": "iris"}, "split": {"validation": 30, "test": 30}}
DIABETES: dict[str, Any] = {"data": {"builtin": "diabetes"}, "split": {"test": 100}}
SHORT = {"training": {"epochs": 3}}


def texts(content: bytes) -> set[str]:
    """What is written in an SVG."""
    root = ElementTree.fromstring(content)  # noqa: S314  our own
    return {element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")}


def train(server: Server, **job: Any) -> dict[str, Any]:
    job_id = server.request("POST", "/v1/jobs", job).json["id"]
    server.work()
    shown: dict[str, Any] = server.request("GET", f"/v1/jobs/{job_id}").json
    assert shown["state"] == "succeeded", shown
    return shown


def plot(server: Server, job: dict[str, Any], kind: str) -> set[str]:
    answer = server.request("GET", f"/v1/jobs/{job['id']}/plot.svg?kind={kind}")
    assert answer.status == 200, answer.content
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    return texts(answer.content)


def report(service: Service, loss: list[float]) -> None:
    """Do what a worker does after the first epochs of the first waiting job."""
    held = take(service.database)
    claims.beat(service.database, held, Progress(Cursor(len(loss), 0, 1.0), NewMetrics(1, {"loss": np.array(loss)})))


def test_a_plot_shows_loss_and_accuracy_of_training_and_validation_rows(server: Server) -> None:
    job = train(server, **IRIS, **SHORT)
    said = plot(server, job, "curves")
    assert {"flowers", f"{job['id']} · succeeded, epoch 3 of 3"} <= said
    assert {"loss", "accuracy", "epoch", "training", "validation"} <= said


def test_the_confusion_matrix_is_that_of_the_results(server: Server) -> None:
    job = train(server, **IRIS, training={"epochs": 30})
    said = plot(server, job, "confusion")
    evaluation, accuracy = job["results"]["evaluation"], job["results"]["test"]["accuracy"]
    assert {str(count) for row in evaluation["confusion_matrix"] for count in row} <= said
    assert {"setosa", "versicolor", "virginica", "true", "predicted"} <= said
    assert f"{job['id']} · accuracy {accuracy:.3g} on 30 test rows" in said


def test_the_residuals_are_those_of_the_test_rows(server: Server) -> None:
    job = train(server, **DIABETES, **SHORT)
    said = plot(server, job, "residuals")
    target = job["spec"]["target"]
    assert {f"{target}: predicted against true", f"{target}: residuals"} <= said
    scores = job["results"]["test"]
    assert f"r2 {scores['r2']:.3g}, rmse {scores['rmse']:.3g} on 100 test rows" in said, "it is named by its id already"


def test_labels_are_written_as_json_writes_them(server: Server) -> None:
    inline = {"columns": ["a", "b"], "rows": [[row, row % 2 == 0] for row in range(8)]}
    assert {"true", "false"} <= plot(server, train(server, data={"inline": inline}, target="b", **SHORT), "confusion")


def test_a_png_is_as_large_as_the_svg(server: Server) -> None:
    job = train(server, **IRIS, **SHORT)
    answer = server.request("GET", f"/v1/jobs/{job['id']}/plot.png")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", answer.content[16:24]) == (1200, 600)


def test_nothing_that_stands_in_a_plot_is_run_by_a_browser(server: Server) -> None:
    rows = [[row, ("<script>alert(1)</script>", "b")[row % 2]] for row in range(8)]
    job = train(server, data={"inline": {"columns": ["a", "b"], "rows": rows}}, target="b", **SHORT)
    answer = server.request("GET", f"/v1/jobs/{job['id']}/plot.svg?kind=confusion")
    assert b"<script" not in answer.content
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_server_that_awaits_nothing_gives_the_same_picture(service: Service) -> None:
    answer = service.get(f"/v1/jobs/{service.train(**IRIS, **SHORT)['id']}/plot.svg?kind=confusion")
    assert (answer.status_code, answer.mimetype, answer.content_length) == (200, "image/svg+xml", len(answer.data))
    assert "setosa" in texts(answer.data)


def test_a_job_is_plotted_as_far_as_it_is(service: Service) -> None:
    address = f"/v1/jobs/{service.submit(**IRIS, training={'epochs': 3000})['id']}/plot.svg"
    assert "no epoch has ended yet: the job waits for its turn" in texts(service.get(address).data)
    report(service, [1.0, 0.5])
    said = texts(service.get(address).data)
    assert "loss" in said
    assert [text for text in said if text.endswith("running, epoch 2 of 3,000")]


@pytest.mark.parametrize(
    ("job", "kind", "words"),
    [(IRIS, "residuals", "kind=confusion"), (DIABETES, "confusion", "kind=residuals"), (IRIS, "curve", "'curves'")],
)
def test_a_plot_that_no_such_job_has_is_refused_with_the_remedy(
    service: Service, job: dict[str, Any], kind: str, words: str
) -> None:
    answer = service.get(f"/v1/jobs/{service.train(**job, **SHORT)['id']}/plot.png?kind={kind}")
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert error["pointer"] == "?kind"
    assert words in error["detail"]


@pytest.mark.parametrize(
    ("situation", "words"),
    [
        ("queued", "the job is queued, and this is drawn once it has succeeded; until then ask for kind=curves"),
        ("running", "until then ask for kind=curves"),
        ("cancelled", "the job is cancelled and predicts nothing; ask for kind=curves"),
        ("failed", "ask for kind=curves"),
        ("succeeded", "before evaluations were kept; train it again"),
    ],
)
def test_a_plot_that_a_job_has_not_or_not_yet_is_refused_with_the_remedy(
    service: Service, situation: str, words: str
) -> None:
    job_id = service.submit(**IRIS)["id"]
    bring(service.database, job_id, situation)
    answer = service.get(f"/v1/jobs/{job_id}/plot.svg?kind=confusion")
    assert answer.status_code == 409
    assert words in answer.json["detail"]


def test_of_too_many_classes_there_is_no_confusion_matrix(service: Service) -> None:
    inline = {"columns": ["a", "b"], "rows": [[row, f"c{row}"] for row in range(101)]}
    job = service.train(data={"inline": inline}, target="b", **SHORT)
    answer = service.get(f"/v1/jobs/{job['id']}/plot.svg?kind=confusion")
    assert (answer.status_code, answer.json["code"]) == (409, "no_evaluation")
    assert "so many classes" in answer.json["detail"]


def test_a_job_that_is_not_there_has_no_plot(service: Service) -> None:
    for address in ("/v1/jobs/job_0/plot.svg", "/v1/jobs/job_0/plot.png?kind=confusion"):
        assert service.get(address).status_code == 404


def test_what_a_client_has_already_is_not_drawn_again(service: Service) -> None:
    address = f"/v1/jobs/{service.submit(**IRIS)['id']}/plot.svg"
    first = service.get(address)
    assert first.headers["Cache-Control"] == "no-cache", "kept, and asked about each time"
    tag = first.headers["ETag"]
    again = service.get(address, If_None_Match=tag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    report(service, [1.0, 0.5])
    changed = service.get(address, If_None_Match=tag)
    assert changed.status_code == 200
    tags = {service.get(address.replace("svg", form)).headers["ETag"] for form in ("svg", "png")}
    assert len({tag, *tags}) == 3


def test_the_head_of_a_plot_is_answered_without_drawing_it(service: Service) -> None:
    address = f"/v1/jobs/{service.submit(**IRIS)['id']}/plot.png"
    head = service.client.head(address)
    assert (head.status_code, head.mimetype, head.data) == (200, "image/png", b"")
    assert head.headers["ETag"] == service.get(address).headers["ETag"]


def test_a_diverged_job_shows_where(service: Service) -> None:
    job_id = service.submit(**IRIS)["id"]
    held = take(service.database)
    metrics = NewMetrics(1, {"loss": np.array([1.0, 1e9, np.nan])})
    claims.finish(service.database, held, Outcome("failed", "diverged"), Progress(Cursor(3, 0, 1.0), metrics))
    assert "not finite at epoch 3" in texts(service.get(f"/v1/jobs/{job_id}/plot.svg").data)
